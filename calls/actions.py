"""Book, change and settle calls. Each action is one transaction and safe to repeat."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from accounts.models import User
from calls import messages
from calls.joining.actions import draw_key
from calls.models import CalendarFeed, CallPeriod, CallPlace, CallSlot, CallWish
from calls.policies import holds_today, with_child_gone
from calls.queries import ahead_of, last_day_of, offer_of
from calls.reported import Counted, Meant
from calls.things.actions import follow_call
from core.clock import local_date
from core.database import run_step
from guardians.actions import record_contact, retract_contact
from guardians.models import Adult, Contact
from schools.models import School
from students.models import Student

SETTLE_BEFORE_MINUTES = 15  # minutes before its start from which a call may be settled
CALL_MINUTES_MAX = 600  # minutes; the same limit as for a contact that staff enter by hand


class TimeTaken(Exception):
    """Someone else has booked this time, or the school does not offer it."""


class NotYet(Exception):
    """The call has not begun, so nobody can say yet whether it took place."""


def book(
    *,
    student: Student,
    adult: Adult,
    place_id: int,
    starts_at: datetime,
    booked_by: str,
    key: uuid.UUID,
    at: datetime,
    by: User | None = None,
) -> CallSlot:
    """Book a time, and cancel the call that this child and adult had booked before.

    Repeating it with the same `key` returns the same booking. Raises TimeTaken.
    """
    try:
        with transaction.atomic():
            # Bookings of one school wait for each other. Otherwise two at the same moment could
            # each wait for the other's row in the exclusion constraint, and PostgreSQL would end
            # one as a deadlock.
            places = CallPlace.objects.select_for_update(no_key=True).order_by("pk")
            list(places.filter(school_id=student.school_id).values_list("pk"))
            done = CallSlot.objects.filter(key=key, adult=adult, student=student).first()
            if done:
                return done
            return _book(student, adult, place_id, starts_at, booked_by, key, at, by)
    except IntegrityError as clash:
        raise TimeTaken from clash


def _book(
    student: Student,
    adult: Adult,
    place_id: int,
    starts_at: datetime,
    booked_by: str,
    key: uuid.UUID,
    at: datetime,
    by: User | None,
) -> CallSlot:
    former = ahead_of(student.pk, [adult.pk], at)
    is_own = booked_by == CallSlot.BookedBy.FAMILY
    offer = offer_of(
        student.school,
        at,
        but_not=former,
        at_home=student if is_own else None,
        last_on=last_day_of(student),
    )
    free = offer.free_for(student.pk, adult)
    chosen = next(
        (one for one in free if one.starts_at == starts_at and one.place_id == place_id), None
    )
    if chosen is None:
        raise TimeTaken
    if former:
        _cancel(former, booked_by, at, by)
    CallWish.objects.filter(student=student, adult=adult, settled_at=None).update(
        settled_at=at, settled_by=by
    )
    # If the family moves a call for which we ring, we ring for its replacement, too, with the same
    # key where that key may be shown.
    join_key = former.join_key if former and is_own else ""
    if former and join_key and not former.place.is_home and place_id in offer.home_ids:
        join_key = draw_key(adult.pk, is_home=True)
    slot = CallSlot.objects.create(
        school_id=student.school_id,
        place_id=place_id,
        student=student,
        adult=adult,
        starts_at=chosen.starts_at,
        ends_at=chosen.ends_at,
        booked_by=booked_by,
        booked_at=at,
        confirmed_at=at if is_own else None,
        join_key=join_key,
        key=key,
    )
    messages.queue_news(slot, at)
    return slot


def _cancel(slot: CallSlot, cancelled_by: str, at: datetime, by: User | None) -> None:
    slot.state, slot.cancelled_by = CallSlot.State.CANCELLED, cancelled_by
    slot.settled_at, slot.settled_by = at, by
    slot.save(update_fields=["state", "cancelled_by", "settled_at", "settled_by"])


@transaction.atomic
def cancel(*, slot_id: int, cancelled_by: str, at: datetime, by: User | None = None) -> bool:
    """Cancel a booked call. Return False if it was no longer booked, or was deleted with the child's file."""
    slot = CallSlot.objects.select_for_update().filter(pk=slot_id).first()
    if slot is None or slot.state != CallSlot.State.BOOKED:
        return False
    _cancel(slot, cancelled_by, at, by)
    messages.queue_news(slot, at)
    return True


def call_off_barred(*, at: datetime) -> int:
    """Cancel calls at the school's phones whose parent is blocked or no longer belongs to the child.

    Runs every minute; return how many were cancelled. `homes.actions.call_off_lost` does the same for
    calls at home. A carer who was reminded is notified; the parent is not.
    """
    ahead = CallSlot.objects.filter(
        ~holds_today(local_date(at)), state=CallSlot.State.BOOKED, starts_at__gt=at
    )
    slots = list(ahead.exclude(place__kind=CallPlace.Kind.HOME))
    return sum(bool(run_step(call_off, slot, at)) for slot in slots)


def call_off_gone(*, at: datetime) -> int:
    """Cancel calls at the school's phones after the child's last day there, and notify the parents.

    Runs every minute; return how many were cancelled.
    """
    ahead = CallSlot.objects.filter(state=CallSlot.State.BOOKED, starts_at__gt=at)
    gone = with_child_gone(ahead.exclude(place__kind=CallPlace.Kind.HOME)).select_related("place")
    return sum(bool(run_step(call_off_and_tell, slot, at)) for slot in gone)


@transaction.atomic
def call_off_and_tell(slot: CallSlot, at: datetime) -> bool:
    """Cancel it and tell the parent, in one transaction."""
    is_off = call_off(slot, at)
    if is_off:
        messages.tell_off([slot], at)
    return is_off


def call_off(slot: CallSlot, at: datetime) -> bool:
    """Cancel a call that can no longer take place; return whether it was still ahead."""
    return cancel(slot_id=slot.pk, cancelled_by=CallSlot.CancelledBy.ITSELF, at=at)


def confirm(*, slot_id: int, at: datetime) -> None:
    """Record that the family confirmed the time chosen by the school."""
    CallSlot.objects.filter(pk=slot_id, confirmed_at=None, state=CallSlot.State.BOOKED).update(
        confirmed_at=at
    )


@transaction.atomic
def mark(*, slot_id: int, state: str, by: User, at: datetime) -> CallSlot:
    """Set the state of a call: running, done or missed. Setting it to booked undoes the others.

    A call that is done becomes a contact of the weekly clock; undoing retracts that contact. Raises
    NotYet, and TimeTaken if someone else has since booked the time of a cancelled call.
    """
    slot = (
        CallSlot.objects.select_for_update(of=("self",))
        .select_related("place", "school")
        .get(pk=slot_id)
    )
    if slot.state == state:
        return slot
    was_ahead = slot.state in (CallSlot.State.BOOKED, CallSlot.State.RUNNING)
    is_reopened = state == CallSlot.State.BOOKED
    if not is_reopened and slot.starts_at > at + timedelta(minutes=SETTLE_BEFORE_MINUTES):
        raise NotYet
    if not is_reopened and slot.state == CallSlot.State.CANCELLED:
        return slot
    if state == CallSlot.State.RUNNING:
        slot.started_at = at
    elif is_reopened:
        slot.started_at = slot.talked_seconds = None
    slot.missed_side = ""
    slot.state = state
    is_settled = state in (CallSlot.State.DONE, CallSlot.State.MISSED)
    slot.settled_at, slot.settled_by = (at, by) if is_settled else (None, None)
    slot.cancelled_by = ""
    fields = [
        "state", "started_at", "settled_at", "settled_by", "cancelled_by", "talked_seconds", "missed_side",
    ]  # fmt: skip
    try:
        with transaction.atomic():
            slot.save(update_fields=fields)
    except IntegrityError as clash:
        raise TimeTaken from clash
    if state == CallSlot.State.DONE:
        _record_talk(slot, by, at)
    elif not was_ahead:
        retract_contact(source_key=slot.contact_key, at=at)
    messages.queue_news(slot, at)
    return slot


def _record_talk(slot: CallSlot, by: User, at: datetime) -> None:
    is_video = slot.place.kind == CallPlace.Kind.VIDEO
    # We know how long it lasted only if staff marked the start and the end as they happened.
    minutes = None
    if slot.started_at is not None:
        ran = round((at - slot.started_at).total_seconds() / 60)
        longest = round((slot.ends_at - slot.starts_at).total_seconds() / 60) * 2
        minutes = ran if 1 <= ran <= min(longest, CALL_MINUTES_MAX) else None
    record_contact(
        student=slot.student,
        adult=slot.adult,
        happened_on=slot.starts_at.astimezone(ZoneInfo(slot.school.time_zone)).date(),
        reported_by=Contact.ReportedBy.STAFF,
        kind=Contact.Kind.VIDEO if is_video else Contact.Kind.CALL,
        minutes=minutes,
        source_key=slot.contact_key,
        by=by,
        at=at,
    )


@transaction.atomic
def take_reported(*, found: Sequence[Meant], by: User, at: datetime) -> list[Counted]:
    """Count each call that the exchange reports once, after the checks in calls.reported.

    A call that a person has since retracted is not counted again.
    """
    keys = [one.source_key for one in found]
    known = set(Contact.objects.filter(source_key__in=keys).values_list("source_key", flat=True))
    told = []
    for one in found:
        if one.source_key in known:
            told.append(Counted.BEFORE)
        elif one.adult is None:
            told.append(Counted.NO)
        else:
            record_contact(
                student=one.student,
                adult=one.adult,
                happened_on=one.on,
                reported_by=Contact.ReportedBy.STAFF,
                kind=Contact.Kind.CALL,
                minutes=one.minutes,
                source_key=one.source_key,
                by=by,
                at=at,
            )
            told.append(Counted.YES)
    return told


def set_mood(*, slot_id: int, mood: int) -> None:
    """Record how the call felt for the parent: 1 very happy … 5 sad."""
    CallSlot.objects.filter(pk=slot_id, state=CallSlot.State.DONE).update(mood=mood)


@transaction.atomic
def set_child_mood(*, slot: CallSlot, mood: int, at: datetime) -> None:
    """Record how the call felt for the child, as told on the pupil pages.

    The same answer also ends what the child had wanted this parent to ask before the call ended.
    """
    CallSlot.objects.filter(pk=slot.pk, state=CallSlot.State.DONE).update(child_mood=mood)
    follow_call(slot=slot, mood=mood, at=at)


def tell_none_fits(
    *, student: Student, adult: Adult, words: str, key: uuid.UUID, at: datetime
) -> CallWish:
    """Tell the teacher that none of the offered times suits, so that the teacher finds one.

    While a wish is open, telling it again only replaces its text.
    """
    with transaction.atomic():
        wish, is_new = CallWish.objects.get_or_create(
            student=student,
            adult=adult,
            settled_at=None,
            defaults={
                "school_id": student.school_id,
                "words": words,
                "key": key,
                "asked_at": at,
            },
        )
        if not is_new and words and words != wish.words:
            wish.words = words
            wish.save(update_fields=["words"])
    return wish


def settle_wish(*, wish_id: int, by: User, at: datetime) -> None:
    CallWish.objects.filter(pk=wish_id, settled_at=None).update(settled_at=at, settled_by=by)


def reopen_wish(*, wish_id: int) -> None:
    try:
        with transaction.atomic():
            CallWish.objects.filter(pk=wish_id).update(settled_at=None, settled_by=None)
    except IntegrityError:
        return  # the family has asked again in the meantime, and that wish is open


def add_place(
    *, school: School, name: str, kind: str, how_to_join: str, rings_at: str = ""
) -> CallPlace:
    return CallPlace.objects.create(
        school=school, name=name, kind=kind, how_to_join=how_to_join, rings_at=rings_at
    )


def change_place(*, place: CallPlace, **changes) -> None:
    for field, value in changes.items():
        setattr(place, field, value)
    place.save(update_fields=list(changes))


def add_period(
    *,
    place: CallPlace,
    weekdays: list[int],
    starts: time,
    ends: time,
    slot_minutes: int,
    during_lessons: bool,
) -> None:
    """Add the same time on several weekdays at once."""
    with transaction.atomic():
        for weekday in weekdays:
            CallPeriod.objects.create(
                school_id=place.school_id,
                place=place,
                weekday=weekday,
                starts=starts,
                ends=ends,
                slot_minutes=slot_minutes,
                during_lessons=during_lessons,
            )


def remove_period(*, period: CallPeriod) -> None:
    """Remove this time on all its weekdays. Calls that are already booked stay booked."""
    CallPeriod.objects.filter(
        place=period.place_id, starts=period.starts, ends=period.ends
    ).delete()


def renew_feed(*, user: User, door: str, at: datetime) -> CalendarFeed:
    """Create a new address. The old one stops working."""
    feed, _ = CalendarFeed.objects.update_or_create(
        user=user, door=door, defaults={"secret": secrets.token_urlsafe(32), "made_at": at}
    )
    return feed


def end_feed(*, user: User, door: str) -> None:
    CalendarFeed.objects.filter(user=user, door=door).delete()
