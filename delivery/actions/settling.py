"""Lets a person settle `unknown` messages, after asking the family or looking at the provider's own list."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from delivery import rules
from delivery.kinds import tell_failed
from delivery.models import DeliveryReceipt, OutboxMessage, Settlement

State = OutboxMessage.State


@transaction.atomic
def settle_unknown(
    *, message: OutboxMessage, has_arrived: bool, by: User, at: datetime, goes_again: bool = True
) -> Settlement | None:
    """Record whether the message arrived. Return None if a report or another person has settled it already.

    If it did not arrive, the same text is sent again under a new key once the time for undoing is over. If
    that would be too late, or nobody wants it, the ladder continues at once.
    """
    locked = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    if locked.state != State.UNKNOWN:
        return None
    settlement = Settlement.objects.create(
        school_id=locked.school_id,
        message=locked,
        has_arrived=has_arrived,
        cause_before=locked.cause,
        by=by,
        at=at,
    )
    locked.state = State.DELIVERED if has_arrived else State.FAILED
    locked.cause = "" if has_arrived else "said_missing"
    locked.save(update_fields=["state", "cause"])
    due_at = at + timedelta(seconds=rules.SETTLING_UNDO_SECONDS)
    if not has_arrived and goes_again and due_at < locked.expires_at:
        doubts = ("unsure", "only")
        settlement.again = OutboxMessage.objects.create(
            school_id=locked.school_id,
            dedupe_key=f"settled:{settlement.pk}",
            kind=locked.kind,
            adult_id=locked.adult_id,
            user_id=locked.user_id,
            about_id=locked.about_id,
            step=locked.step,
            contact_point_id=locked.contact_point_id,
            payload={key: value for key, value in locked.payload.items() if key not in doubts},
            due_at=due_at,
            expires_at=locked.expires_at,
        )
        settlement.save(update_fields=["again"])
    elif not has_arrived:
        tell_failed([(locked.kind, locked.about_id)], at)
    return settlement


@transaction.atomic
def undo_settlement(*, settlement: Settlement, by: User, at: datetime) -> bool:
    """Undo a settlement. Return False if it is too late, because the new message may be on its way, or
    because the provider has reported since that the message arrived.
    """
    held = Settlement.objects.select_for_update().get(pk=settlement.pk)
    if held.undone_at is not None or at >= rules.settling_undo_until(held.at):
        return False
    arrived = DeliveryReceipt.objects.filter(
        message=held.message_id, is_proof=True, verdict=DeliveryReceipt.Verdict.DELIVERED
    )
    if arrived.exists():
        return False
    if held.again_id is not None:
        waiting = OutboxMessage.objects.filter(pk=held.again_id, state=State.DUE)
        if not waiting.update(state=State.SUPPRESSED, cause="no_longer_due", finished_at=at):
            return False
    OutboxMessage.objects.filter(pk=held.message_id).update(
        state=State.UNKNOWN, cause=held.cause_before
    )
    held.undone_at = at
    held.save(update_fields=["undone_at"])
    return True
