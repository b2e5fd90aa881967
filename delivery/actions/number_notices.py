"""Notices to an adult of a family when the school adds or removes one of their numbers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from delivery import rules
from delivery.actions.outbox import queue_messages
from delivery.actions.staff_accounts import TOLD_FOR_DAYS
from delivery.models import OutboxMessage
from guardians.models import NumberChange

What = NumberChange.What
WORDS = {
    What.WRITTEN: gettext_noop("%(school)s added a new number for you."),
    What.REMOVED: gettext_noop("%(school)s removed one of your numbers."),
}


@transaction.atomic
def queue_number_notices(*, at: datetime) -> int:
    """Queue one message for each change and each earlier address, even one that is no longer recorded
    anywhere.

    Return how many are new.
    """
    changes = NumberChange.objects.filter(changed_at__gt=at - timedelta(days=TOLD_FOR_DAYS))
    due = {
        f"number:{change.pk}:{place}": (change, means, address)
        for change in changes
        for place, (means, address) in enumerate(change.ways)
    }
    known = OutboxMessage.objects.filter(dedupe_key__in=due).values_list("dedupe_key", flat=True)
    fresh = sorted(due.keys() - set(known))
    rows = []
    for key in fresh:
        change, means, address = due[key]
        row = OutboxMessage(
            kind=OutboxMessage.Kind.ACCOUNT,
            school_id=change.school_id,
            dedupe_key=key,
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_LATE_AFTER_HOURS),
            adult_id=change.adult_id,
            payload={"words": WORDS[What(change.what)], "means": means, "address": address},
        )
        rows.append(row)
    queue_messages(rows)
    return len(fresh)
