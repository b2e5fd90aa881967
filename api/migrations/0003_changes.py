"""Triggers that record what webhooks have to report, in the transaction of the change.

No package has to know of webhooks, and no way of writing can forget one. Without a webhook, each statement
costs one look at a small table.
"""

from django.db import migrations

# table → event (api.models.Event)
TOLD = {
    "schools_schoolyear": "roster.changed",
    "schools_schoolclass": "roster.changed",
    "students_student": "roster.changed",
    "students_enrolment": "roster.changed",
    "classroom_classregister": "attendance.changed",
    "classroom_attendancemark": "attendance.changed",
    "figures_publishedweek": "figures.published",
}
# The clock: core.clock.NOW_SQL.
FUNCTION = """
CREATE FUNCTION public.api_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.api_webhookchange (webhook_id, event, at)
    SELECT webhook.id, tg_argv[0], now()
        + coalesce(nullif(current_setting('jiaqiao.clock_offset', true), ''), '0')::interval
    FROM public.api_webhook webhook JOIN public.api_apitoken token ON token.id = webhook.token_id
    WHERE webhook.stopped_at IS NULL AND token.revoked_at IS NULL AND tg_argv[0] = ANY (webhook.told_of)
        AND token.school_id IN (SELECT school_id FROM changed);
    RETURN NULL;
END;
$$;
"""
TRIGGER = """
CREATE TRIGGER api_note_{operation} AFTER {operation} ON public.{table}
REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.api_note_change('{event}');
"""
ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
BACK = "DROP TRIGGER api_note_{operation} ON public.{table};"


def _each(text: str) -> str:
    return "\n".join(
        text.format(operation=operation, rows=rows, table=table, event=event)
        for table, event in TOLD.items()
        for operation, rows in ROWS.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_webhooks"),
        ("classroom", "0006_pictures"),
        ("figures", "0001_initial"),
        ("schools", "0002_sending_started"),
        ("students", "0003_care_grounds"),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION + _each(TRIGGER), _each(BACK) + "DROP FUNCTION public.api_note_change();"
        ),
    ]
