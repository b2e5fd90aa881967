"""A trigger that records for webhooks that a roster was applied, could not be applied, or was undone.

The roster is one that the other system sent. As in 0003, the trigger runs in the transaction of the change.
"""

from django.db import migrations

# The clock: core.clock.NOW_SQL.
FORWARD = """
CREATE FUNCTION public.api_note_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.api_webhookchange (webhook_id, event, at)
    SELECT webhook.id, 'job.done', now()
        + coalesce(nullif(current_setting('jiaqiao.clock_offset', true), ''), '0')::interval
    FROM public.api_webhook webhook JOIN public.api_apitoken token ON token.id = webhook.token_id
    WHERE webhook.stopped_at IS NULL AND token.revoked_at IS NULL AND 'job.done' = ANY (webhook.told_of)
        AND token.account_id IN (
            SELECT later.uploaded_by_id FROM later JOIN earlier USING (id)
            WHERE later.state IN ('done', 'failed', 'undone') AND later.state <> earlier.state
        );
    RETURN NULL;
END;
$$;
CREATE TRIGGER api_note_job AFTER UPDATE ON public.rosters_rosterimport
REFERENCING OLD TABLE AS earlier NEW TABLE AS later
FOR EACH STATEMENT EXECUTE FUNCTION public.api_note_job();
"""
BACK = """
DROP TRIGGER api_note_job ON public.rosters_rosterimport;
DROP FUNCTION public.api_note_job();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0004_more_scopes"),
        ("rosters", "0002_rollover"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACK)]
