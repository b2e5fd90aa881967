"""Agree to be rung, ring at the minute, and record what the line reports. Each action is safe to repeat."""

import secrets
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from calls import messages
from calls.joining import rules, telephone
from calls.joining.queries import child_came
from calls.models import CallSlot, CallWish
from calls.phones import numbers_for, phones_of, that_can_ring
from calls.policies import holds_today
from calls.rules import is_a_talk
from calls.telling.actions import tell
from delivery.actions import queue_messages, queue_notices
from delivery.models import OutboxMessage, VoiceCall
from delivery.voice.rules import ENDED, FIRST, JOINED, NOT_RUNG, SECOND, TALKED, Event
from guardians.actions import dispute_address, record_contact
from guardians.models import Contact, ContactPoint

State = CallSlot.State
# Final states of a message for which no phone ever rang.
NEVER_RANG = (
    OutboxMessage.State.FAILED,
    OutboxMessage.State.EXPIRED,
    OutboxMessage.State.SUPPRESSED,
)
# minutes after the start of a call during which "please dial" still helps
DIALLED_UNTIL_MINUTES = 15


@transaction.atomic
def agree(*, slot_id: int, at: datetime) -> bool:
    """Record that the parent wants to be rung for this call, which also confirms its time.

    Return False if that is not possible.
    """
    slot = _locked(slot_id)
    if slot.state != State.BOOKED or slot.starts_at <= at or not numbers_for([slot], at):
        return False
    if not slot.join_key:
        slot.join_key = draw_key(slot.adult_id, is_home=slot.place.is_home)
    slot.confirmed_at = slot.confirmed_at or at
    slot.save(update_fields=["join_key", "confirmed_at"])
    return True


def draw_key(adult_id: int, *, is_home: bool) -> str:
    """Return the key that this parent presses when we ring."""
    agreed = [point.agreed_key for point in phones_of([adult_id]).get(adult_id, [])]
    # 60 is divisible by one to five, so each free key is equally likely.
    return rules.key_for(agreed, secrets.randbelow(60), is_home=is_home)


@transaction.atomic
def dial_instead(*, slot_id: int, at: datetime) -> None:
    """Record that the parent dials instead of being rung."""
    CallSlot.objects.filter(pk=slot_id, state=State.BOOKED, starts_at__gt=at).update(join_key="")


def _locked(slot_id: int) -> CallSlot:
    rows = CallSlot.objects.select_for_update(of=("self",))
    return rows.select_related("place__carer", "school", "student", "adult").get(pk=slot_id)


def ring(*, at: datetime) -> int:
    """Queue the calls that are about to begin, each once, and return how many messages are new.

    Tell parents to dial if nothing can ring or nothing did. The number of queries is the same for one
    call and for a thousand.
    """
    near = CallSlot.objects.filter(
        holds_today(timezone.localdate(at)),
        state=State.BOOKED,
        starts_at__gt=at - timedelta(minutes=DIALLED_UNTIL_MINUTES),
        starts_at__lte=at + timedelta(minutes=rules.QUEUED_BEFORE_MINUTES),
    )
    slots = list(near.exclude(join_key="").select_related("place__carer", "adult"))
    if not slots:
        return 0
    queued = OutboxMessage.objects.filter(dedupe_key__in=[key_of(one) for one in slots])
    known = {row.dedupe_key: row for row in queued}
    rung = set(
        VoiceCall.objects.filter(
            idempotency_key__in=[row.idempotency_key for row in known.values()]
        ).values_list("idempotency_key", flat=True)
    )
    new = [one for one in slots if key_of(one) not in known]
    ringing = [one for one in that_can_ring(new, at) if at < rules.rings_until(one.starts_at)]
    queue_messages([_message(one) for one in ringing])
    fresh = {one.pk for one in ringing}
    dialling = []
    for one in slots:
        row = known.get(key_of(one))
        never = row is not None and row.state in NEVER_RANG and row.idempotency_key not in rung
        if one.starts_at <= at and one.pk not in fresh and (row is None or never):
            dialling.append(
                messages.news_of(one, one.adult_id, messages.Which.DIAL, at, one.ends_at)
            )
    return len(ringing) + queue_notices(dialling)


def key_of(slot: CallSlot) -> str:
    return f"join:{slot.pk}"


def _message(slot: CallSlot) -> OutboxMessage:
    return OutboxMessage(
        kind=OutboxMessage.Kind.JOIN,
        school_id=slot.school_id,
        dedupe_key=key_of(slot),
        adult_id=slot.adult_id,
        about_id=slot.pk,
        due_at=slot.starts_at,
        expires_at=rules.rings_until(slot.starts_at),
        payload={
            "ring": True,
            "student": slot.student_id,
            "over_at": slot.ends_at.isoformat(),
        },
    )


@transaction.atomic
def hear(
    *,
    slot_id: int,
    event: Event,
    call: uuid.UUID,
    contact_point_id: int | None,
    address: str,
    at: datetime,
) -> None:
    """Record what happened on the line. Events may arrive in any order, each once.

    `call` is the key of the message, `address` the parent's number that was rung.
    """
    if not CallSlot.objects.filter(pk=slot_id).exists():
        return  # the child's file was deleted
    slot = _locked(slot_id)
    if what := telephone.told_by(event):
        tell(student=slot.student, school_id=slot.school_id, what=what, call=str(call), at=at)
    if telephone.is_stranger(event) and contact_point_id is not None:
        dispute_address(contact_point_id=contact_point_id, address=address, at=at)
    elif telephone.is_stranger_at_home(event) and slot.place.carer_id:
        # The number at which we rang the child belongs to somebody else now.
        rung = VoiceCall.objects.filter(idempotency_key=call).values("first_address")
        carer_id = slot.place.carer_id
        for point in ContactPoint.objects.filter(adult_id=carer_id, address__in=rung):
            dispute_address(contact_point_id=point.pk, at=at)
    # The key may arrive after the end: a call that only the line settled as missed can still be put
    # off.
    is_open = slot.is_ahead or (slot.state == State.MISSED and slot.settled_by_id is None)
    if event.kind == JOINED and slot.state == State.BOOKED:
        slot.state, slot.started_at = State.RUNNING, at
        slot.save(update_fields=["state", "started_at"])
    elif event.kind == ENDED:
        _end(slot, event, call, at)
    elif telephone.choice_of(event) and is_open:
        _put_off(slot, event, at)
    elif telephone.is_child_there(event) and slot.missed_side == CallSlot.Side.CHILD:
        slot.missed_side = ""  # the key arrived after the end
        slot.save(update_fields=["missed_side"])


def _put_off(slot: CallSlot, event: Event, at: datetime) -> None:
    """Cancel the call because somebody pressed the key for "not now".

    The other side hears it on the line; a parent who has not been rung yet gets a message. If another
    time was asked for, the class teacher finds one with them.
    """
    slot.state, slot.cancelled_by = State.CANCELLED, CallSlot.CancelledBy.FAMILY
    slot.settled_at, slot.missed_side = at, ""
    slot.save(update_fields=["state", "cancelled_by", "settled_at", "missed_side"])
    if telephone.choice_of(event) == telephone.ANOTHER_TIME:
        CallWish.objects.get_or_create(
            student=slot.student,
            adult=slot.adult,
            settled_at=None,
            defaults={
                "school_id": slot.school_id,
                "by_key": True,
                "key": uuid.uuid4(),
                "asked_at": at,
            },
        )
    messages.queue_news(slot, at)
    if event.leg == FIRST:
        until = at + timedelta(hours=messages.NEW_TIME_OFFERED_HOURS)
        which = messages.Which.NOT_NOW
        queue_notices([messages.news_of(slot, slot.adult_id, which, at, until)])


def _end(slot: CallSlot, event: Event, call: uuid.UUID, at: datetime) -> None:
    """Settle the call at its end.

    A talk counts whatever anybody has marked in the meantime, because the line has counted its seconds.
    If the child's phone could not be rung, nobody missed the call: it stays booked and the parent dials.
    """
    seconds = event.seconds or 0 if event.result == TALKED else 0
    if seconds:
        slot.talked_seconds = seconds
        slot.save(update_fields=["talked_seconds"])
    if is_a_talk(seconds):
        _count(slot, seconds, at)
    elif event.leg == FIRST and event.result in NOT_RUNG:
        if slot.state == State.BOOKED:
            slot.join_key = ""  # so that the page also says to dial
            slot.save(update_fields=["join_key"])
            if at < slot.ends_at:
                which = messages.Which.DIAL
                queue_notices([messages.news_of(slot, slot.adult_id, which, at, slot.ends_at)])
    elif slot.is_ahead:
        slot.missed_side = _side_missed(event, call)
        slot.state, slot.settled_at = State.MISSED, at
        slot.save(update_fields=["state", "settled_at", "missed_side"])
        messages.queue_news(slot, at)


def _side_missed(event: Event, call: uuid.UUID) -> str:
    """Return which side was not there; empty if both were, or if we do not know."""
    if event.result == TALKED:
        return ""
    if event.leg == SECOND:
        return CallSlot.Side.PARENT
    return CallSlot.Side.CHILD if event.leg == FIRST and not child_came(call) else ""


def _count(slot: CallSlot, seconds: int, at: datetime) -> None:
    """Record the talk once, under the key of the booking.

    A call cancelled while they talked stays cancelled.
    """
    zone = ZoneInfo(slot.school.time_zone)
    record_contact(
        student=slot.student,
        adult=slot.adult,
        happened_on=slot.starts_at.astimezone(zone).date(),
        reported_by=Contact.ReportedBy.LINE,
        kind=Contact.Kind.CALL,
        minutes=rules.minutes_talked(seconds),
        source_key=slot.contact_key,
        at=at,
    )
    if slot.state in (State.CANCELLED, State.DONE):
        return
    slot.state, slot.settled_at, slot.settled_by, slot.missed_side = State.DONE, at, None, ""
    slot.save(update_fields=["state", "settled_at", "settled_by", "missed_side"])
    messages.queue_news(slot, at)
