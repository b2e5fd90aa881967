"""What the rooms below say is due for a family becomes outbox rows: once per key."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain

from django.db import transaction

from delivery.models import OutboxMessage
from guardians.family import messages_due as guardians_due
from postcards.family import messages_due as postcards_due
from privacy.family import messages_due as privacy_due
from reunions.family import messages_due as reunions_due
from schools.notices import DueMessage

ROOMS: tuple[Callable[[datetime], Iterable[DueMessage]], ...] = (
    guardians_due,
    postcards_due,
    privacy_due,
    reunions_due,
)
PULLED = (
    "notice:"  # how the keys begin of what is asked for here; rooms above have keys of their own
)
Kind, State = OutboxMessage.Kind, OutboxMessage.State


@transaction.atomic
def queue_due_notices(*, at: datetime) -> int:
    """Writes a row for each message that is due and has none; what no longer holds and has not gone
    out stays unsent. Running twice, or two at once, changes nothing. Returns how many are new.
    """
    due = {f"{PULLED}{one.key}": one for one in chain.from_iterable(room(at) for room in ROOMS)}
    _call_off(set(due), at)
    known = set(
        OutboxMessage.objects.filter(dedupe_key__in=due).values_list("dedupe_key", flat=True)
    )
    rows = [_row(key, one) for key, one in due.items() if key not in known]
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def _row(key: str, one: DueMessage) -> OutboxMessage:
    payload: dict[str, object] = {"words": one.words, "path": one.path}
    if one.student_id is not None:
        payload["student"] = one.student_id
    return OutboxMessage(
        kind=Kind.NOTICE,
        school_id=one.school_id,
        dedupe_key=key,
        adult_id=one.adult_id,
        due_at=one.due_at,
        expires_at=one.expires_at,
        payload=payload,
    )


def _call_off(keys: set[str], at: datetime) -> None:
    """Rows that a worker holds are left alone: what was claimed is looked at again by dispatch."""
    waiting = OutboxMessage.objects.filter(
        kind=Kind.NOTICE,
        dedupe_key__startswith=PULLED,
        state__in=[State.DUE, State.RETRY],
        expires_at__gt=at,
    )
    void = [pk for pk, key in waiting.values_list("pk", "dedupe_key") if key not in keys]
    OutboxMessage.objects.filter(pk__in=void, state__in=[State.DUE, State.RETRY]).update(
        state=State.SUPPRESSED, cause="no_longer_due", finished_at=at
    )
