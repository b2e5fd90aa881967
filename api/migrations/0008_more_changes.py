"""Triggers that record further changes for webhooks, in the transaction of the change (see 0003).

They are changes of talks, of the weekly question and of survey rounds, and messages of the other system that
failed.

Nothing is recorded about a blocked adult, nor when a family that has not answered asks for help: a system that
listens learns of neither. An answered question is recorded for its line, which holds the answer; that its
check-in ended with it is not recorded again.
"""

from django.db import migrations

# Event → from which schools' changes; the clock: core.clock.NOW_SQL.
NOTE = """
    INSERT INTO public.api_webhookchange (webhook_id, event, at)
    SELECT webhook.id, '{event}', now()
        + coalesce(nullif(current_setting('jiaqiao.clock_offset', true), ''), '0')::interval
    FROM public.api_webhook webhook JOIN public.api_apitoken token ON token.id = webhook.token_id
    WHERE webhook.stopped_at IS NULL AND token.revoked_at IS NULL AND '{event}' = ANY (webhook.told_of)
        AND {where};
"""
FUNCTION = """
CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{note}    RETURN NULL;
END;
$$;
"""
ADDED = """
CREATE TRIGGER {trigger} AFTER INSERT ON public.{table}
REFERENCING NEW TABLE AS later FOR EACH STATEMENT EXECUTE FUNCTION public.{name}();
"""
CHANGED = """
CREATE TRIGGER {trigger} AFTER UPDATE ON public.{table}
REFERENCING OLD TABLE AS earlier NEW TABLE AS later
FOR EACH STATEMENT EXECUTE FUNCTION public.{name}();
"""
FAILED = """
CREATE TRIGGER {trigger} AFTER UPDATE ON public.{table} FOR EACH ROW
WHEN (NEW.state = 'failed' AND OLD.state <> 'failed' AND NEW.dedupe_key ~ '^note:[0-9]+:a[0-9]+')
EXECUTE FUNCTION public.{name}();
"""
SCHOOLS = "token.school_id IN (SELECT later.school_id FROM later {joined})"
WITH_ADULT = (
    "JOIN public.guardians_adult adult ON adult.id = later.adult_id AND adult.blocked_at IS NULL"
)
# Of a check-in: steps of its ladder. Of a line: an answer, or that it was taken back. Help asked for after another
# answer looks as if that one had been taken back.
STEPS = f"""JOIN earlier USING (id) {WITH_ADULT}
    WHERE later.state <> earlier.state AND 'answered' NOT IN (later.state, earlier.state)"""
ANSWERS = """JOIN earlier USING (id)
    JOIN public.messaging_checkin asked ON asked.id = later.check_in_id
    JOIN public.guardians_adult adult ON adult.id = asked.adult_id AND adult.blocked_at IS NULL
    WHERE later.answer <> earlier.answer
        AND NOT ('' IN (later.answer, earlier.answer) AND 'need_help' IN (later.answer, earlier.answer))"""
# Of a message to fewer than ten families, that one failed would say which family could not be reached.
OF_A_MESSAGE = """token.account_id IN (
            SELECT notice.sent_for_id FROM public.notices_notice notice
            JOIN public.guardians_adult adult ON adult.id = NEW.adult_id AND adult.blocked_at IS NULL
            WHERE notice.id = split_part(NEW.dedupe_key, ':', 2)::bigint AND 10 <= (
                SELECT count(DISTINCT child.family) FROM public.notices_noticechild child
                WHERE child.notice_id = notice.id
            )
        )"""
# Function → table, event, which trigger, of which schools or systems.
NOTED = {
    "api_note_contact_added": ("guardians_contact", "contacts.changed", ADDED, WITH_ADULT),
    "api_note_contact": ("guardians_contact", "contacts.changed", CHANGED, WITH_ADULT),
    "api_note_check_in_added": ("messaging_checkin", "checkins.changed", ADDED, WITH_ADULT),
    "api_note_check_in": ("messaging_checkin", "checkins.changed", CHANGED, STEPS),
    "api_note_answer": ("messaging_checkinline", "checkins.changed", CHANGED, ANSWERS),
    "api_note_round_added": ("surveys_round", "rounds.changed", ADDED, ""),
    "api_note_round": ("surveys_round", "rounds.changed", CHANGED, ""),
    "api_note_failure": ("delivery_outboxmessage", "delivery.failed", FAILED, OF_A_MESSAGE),
}


def _forward() -> str:
    made = []
    for name, (table, event, trigger, which) in NOTED.items():
        where = which if trigger is FAILED else SCHOOLS.format(joined=which)
        note = NOTE.format(event=event, where=where)
        made.append(FUNCTION.format(name=name, note=note))
        made.append(trigger.format(trigger=name, table=table, name=name))
    return "".join(made)


BACK = "".join(
    f"DROP TRIGGER {name} ON public.{table}; DROP FUNCTION public.{name}();\n"
    for name, (table, *_rest) in NOTED.items()
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0007_more_events"),
        ("delivery", "0008_joined_calls"),
        ("guardians", "0004_joined_calls"),
        ("messaging", "0005_kept_no_longer"),
        ("notices", "0003_texts_for_systems"),
        ("surveys", "0005_studies"),
    ]

    operations = [migrations.RunSQL(_forward(), BACK)]
