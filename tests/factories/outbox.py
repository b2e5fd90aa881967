"""Notices in the outbox, seen by the last look before sending."""

from datetime import datetime

from delivery import rules
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage

KEPT_BACK = (rules.Verdict.SUPPRESS, rules.Verdict.EXPIRE)


def standing(at: datetime) -> dict[str, OutboxMessage]:
    """Notices that have come due and still hold, by key without its "notice:". Whether the school has a
    channel, and whether the adult is awake, does not matter.
    """
    waiting = OutboxMessage.objects.filter(
        kind="notice", state__in=["due", "retry"], due_at__lte=at
    ).in_bulk()
    return {
        waiting[row.id].dedupe_key.removeprefix("notice:"): waiting[row.id]
        for row in read_facts(sorted(waiting), at)
        if rules.recheck(row.facts, at).verdict not in KEPT_BACK
    }


def cause_at(message: OutboxMessage, at: datetime) -> str:
    """Why the last look at `at` keeps this message back; empty where it does not."""
    [row] = read_facts([message.pk], at)
    decision = rules.recheck(row.facts, at)
    return decision.cause if decision.verdict in KEPT_BACK else ""
