"""The addresses that a token opens, and by which scope; tests/access/test_matrix.py has all others."""

# name → scope by method.
API: dict[str, dict[str, str]] = {
    "api:figures": {"get": "figures.read"},
    "api:definitions": {"get": "figures.read"},
    "api:attendance": {"get": "attendance.read", "post": "attendance.write"},
    "api:contacts": {"post": "contacts.write"},
    "api:check_ins": {"get": "checkins.read"},
    "api:calls": {"get": "calls.read"},
    "api:observations": {"post": "observations.write"},
    "api:message_texts": {"get": "messages.write"},
    "api:messages": {"post": "messages.write"},
    "api:message": {"get": "messages.write"},
    "api:events": {"get": "events.read"},
    "api:lessons": {"get": "events.read"},
    "api:survey_rounds": {"get": "surveys.read"},
    "api:survey_progress": {"get": "surveys.read"},
    "api:survey_responses": {"get": "responses.read"},
    "api:roster_jobs": {"get": "roster.write", "post": "roster.write"},
    "api:roster_job": {"get": "roster.write"},
    "api:roster_apply": {"post": "roster.apply"},
    **{
        f"oneroster:{name}": {"get": "roster.read"}
        for name in (
            "orgs org schools school academic_sessions academic_session courses course classes class "
            "students student users user enrollments enrollment"
        ).split()
    },
}
