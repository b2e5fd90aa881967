"""The addresses of the API: by which scope a token opens them, and which session of a person reads them.
tests/access/test_matrix.py has all others.
"""

# name → scope by method, or scopes that are needed together; None: no token opens it.
API: dict[str, dict[str, str | None]] = {
    "api:figures": {"get": "figures.read"},
    "api:definitions": {"get": "figures.read"},
    "api:attendance": {"get": "attendance.read", "post": "attendance.write"},
    "api:contacts": {"post": "contacts.write"},
    "api:check_ins": {"get": "checkins.read"},
    "api:calls": {"get": "calls.read"},
    "api:observations": {"get": None, "post": "observations.write"},
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
            "students student users user enrollments enrollment terms term grading_periods school_classes "
            "school_courses school_enrollments school_students school_terms school_class_enrollments "
            "school_class_students class_students course_classes term_classes term_grading_periods "
            "student_classes user_classes"
        ).split()
    },
    **{f"oneroster:{name}": {"get": "adults.read"} for name in ("teachers", "teacher")},
    **{
        f"oneroster:{name}": {"get": "roster.read adults.read"}
        for name in "school_teachers school_class_teachers class_teachers teacher_classes".split()
    },
}

TEACHERS = "teacher next_teacher far_teacher"
SCHOOL = "counsellor principal admin"
OWN_CLASS = f"teacher {SCHOOL}"  # what is asked for is of the class of 徐梦瑶
# name → who reads it with a browser's session; everybody else is a stranger. Nobody writes so.
PEOPLE: dict[str, str] = {
    "api:figures": SCHOOL,
    "api:definitions": SCHOOL,
    "api:attendance": "teacher counsellor principal",  # as the register, which an administrator does not open
    "api:observations": "teacher counsellor principal",
    "api:check_ins": OWN_CLASS,
    "api:calls": f"{TEACHERS} {SCHOOL}",
    "api:events": f"{TEACHERS} {SCHOOL}",
    "api:lessons": f"{TEACHERS} {SCHOOL}",
    "api:survey_rounds": "counsellor principal",
    "api:survey_progress": "counsellor principal",
    **{
        f"oneroster:{name}": f"{TEACHERS} {SCHOOL}"
        for name in (
            "orgs schools academic_sessions terms grading_periods courses classes students teachers users "
            "enrollments"
        ).split()
    },
    **{
        f"oneroster:{name}": f"teacher next_teacher {SCHOOL}"
        for name in (
            "org school academic_session term course school_classes school_courses school_enrollments "
            "school_students school_teachers school_terms course_classes term_classes term_grading_periods"
        ).split()
    },
    **{
        f"oneroster:{name}": OWN_CLASS
        for name in (
            "class student teacher user enrollment class_students class_teachers school_class_students "
            "school_class_teachers school_class_enrollments student_classes teacher_classes user_classes"
        ).split()
    },
}
