"""Messages to families about calls: queue them, and check before sending that they still apply.

News is queued together with the action that causes it. A reminder is queued when it is due, by the facts
at that time: the adult's hours and the carers at home may change between the booking and the call. A
message names neither child nor adult; the page behind it does.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from calls import rules
from calls.models import CallSlot
from calls.phones import childs_phones
from calls.policies import holds_today
from calls.queries import AHEAD
from delivery.actions import queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from guardians.hours import day_of, evening_before
from guardians.models import Adult, Guardianship
from guardians.queries import current_guardianships

CANCELLED_TOLD_HOURS = 24  # hours after which news of a cancelled call is out of date
NEW_TIME_OFFERED_HOURS = 48  # hours after a missed call
HOW_IT_WAS_ASKED_HOURS = 24  # hours after a call
REMINDED_AT_MOST_DAYS_BEFORE = 2  # days; the evening before a call lies within this span


class Which(StrEnum):
    """The messages about one call."""

    CONFIRM = "confirm"
    DAY_BEFORE = "day-before"
    SOON = "soon"
    HOME = "home"
    HOME_TODAY = "home-today"
    MISSED = "missed"
    OFF = "off"
    OFF_AT_HOME = "off-at-home"
    HOME_SOON = "home-soon"
    MOOD = "mood"
    DIAL = "dial"
    NOT_NOW = "not-now"


WORDS = {
    Which.CONFIRM: gettext_noop(
        "The school has reserved a time for a call with your child. Does it suit you? Tap to see."
    ),
    Which.DAY_BEFORE: gettext_noop("Your call with your child is tomorrow. Tap to see the time."),
    Which.SOON: gettext_noop("Your call with your child is soon. Tap to see the time."),
    Which.HOME: gettext_noop(
        "There is a call with the family at the school tomorrow. Tap to see the time."
    ),
    # For a carer whose reminder did not go the evening before, as after a failure. Everybody else is reminded
    # an hour before as well.
    Which.HOME_TODAY: gettext_noop(
        "There is a call with the family at the school today. Tap to see the time."
    ),
    Which.MISSED: gettext_noop("The call did not take place. Tap to choose another time."),
    Which.OFF: gettext_noop("The school had to cancel the call. Tap to choose another time."),
    Which.OFF_AT_HOME: gettext_noop("The call with the family at the school is cancelled."),
    Which.HOME_SOON: gettext_noop(
        "There is a call with the family on your phone soon. Tap to see the time."
    ),
    Which.MOOD: gettext_noop("How was your call? One tap is enough."),
    Which.DIAL: gettext_noop(
        "Your phone will not ring automatically for this call. Please dial: tap to see the number."
    ),
    Which.NOT_NOW: gettext_noop(
        "Your child cannot come to the phone now. Tap to choose another time."
    ),
}

# Texts for when the child is rung on the carer's own phone.
WORDS_AT_HOME = {
    Which.HOME: gettext_noop(
        "There is a call with the family on your phone tomorrow. Tap to see the time."
    ),
    Which.OFF_AT_HOME: gettext_noop("The call with the family on your phone is cancelled."),
    Which.OFF: gettext_noop("The call at home cannot take place. Tap to choose another time."),
    Which.DIAL: gettext_noop(
        "Your phone will not ring automatically for this call. Please call home as you usually do, or"
        " tap to choose another time."
    ),
}


def queue_news(slot: CallSlot, at: datetime) -> None:
    """Queue the news about the call's new state, in the same transaction as the action.

    Safe to call twice.
    """
    queue_notices([one for one in _news(slot, at) if one.due_at < one.expires_at])


def _news(slot: CallSlot, at: datetime) -> Iterator[OutboxMessage]:
    match slot.state:
        case CallSlot.State.BOOKED if slot.confirmed_at is None:
            yield news_of(slot, slot.adult_id, Which.CONFIRM, at, slot.starts_at)
        case CallSlot.State.DONE if slot.mood is None:
            until = at + timedelta(hours=HOW_IT_WAS_ASKED_HOURS)
            yield news_of(slot, slot.adult_id, Which.MOOD, at, until)
        case CallSlot.State.MISSED:
            until = at + timedelta(hours=NEW_TIME_OFFERED_HOURS)
            yield news_of(slot, slot.adult_id, Which.MISSED, at, until)
        case CallSlot.State.CANCELLED:
            # A family that cancels the call itself needs no message.
            if slot.cancelled_by == CallSlot.CancelledBy.STAFF:
                until = at + timedelta(hours=CANCELLED_TOLD_HOURS)
                yield news_of(slot, slot.adult_id, Which.OFF, at, until)
            for carer in _beside(slot, _carers([slot.student_id], at)):
                # We reminded this carer of the call, so we tell them that it is cancelled.
                is_told = any(
                    due and slot.booked_at < due <= at for _which, due in _told_carer(slot, carer)
                )
                if is_told and carer.pk != slot.adult_id:
                    yield news_of(slot, carer.pk, Which.OFF_AT_HOME, at, slot.starts_at)


def queue_reminders(*, at: datetime) -> int:
    """Queue reminders that are due now for the calls ahead, each once; return how many are new.

    The number of queries is the same for one call and for a thousand.
    """
    soon = at + timedelta(days=REMINDED_AT_MOST_DAYS_BEFORE)
    slots = list(
        CallSlot.objects.filter(
            holds_today(timezone.localdate(at)),
            state__in=AHEAD,
            starts_at__gt=at,
            starts_at__lte=soon,
        ).select_related("adult", "place")
    )
    carers = _carers({slot.student_id for slot in slots}, at)
    planned = (one for slot in slots for one in _reminders(slot, _beside(slot, carers), at))
    due = [one for one in planned if one.due_at <= at < one.expires_at]
    evenings = {
        one.dedupe_key: f"notice:{_key(one.about_id, Which.HOME, one.adult_id)}"
        for one in due
        if one.payload["which"] == Which.HOME_TODAY and one.about_id and one.adult_id
    }
    return queue_notices(due, unless_sent=evenings)


def _reminders(slot: CallSlot, carers: Iterable[Adult], at: datetime) -> Iterator[OutboxMessage]:
    starts_at = slot.starts_at
    moments: list[tuple[Adult, Which, datetime | None]] = [
        (slot.adult, Which.DAY_BEFORE, evening_before(slot.adult.hours, starts_at)),
        (slot.adult, Which.SOON, rules.hour_before(slot.adult.hours, starts_at)),
        *(
            (carer, which, due_at)
            for carer in carers
            if carer.pk != slot.adult_id
            for which, due_at in _told_carer(slot, carer)
        ),
    ]
    for adult, which, due_at in moments:
        until = starts_at
        if which in (Which.DAY_BEFORE, Which.HOME):
            # "Tomorrow" is untrue from midnight on.
            until = day_of(adult.hours, starts_at)
            if at >= until and which is Which.HOME and not slot.place.is_home:
                until, which = starts_at, Which.HOME_TODAY
        # Nobody needs a reminder that was already due when the call was booked.
        if due_at and slot.booked_at < due_at:
            yield news_of(slot, adult.pk, which, due_at, until)


def _told_carer(slot: CallSlot, carer: Adult) -> list[tuple[Which, datetime | None]]:
    """Return when the carer is reminded: the evening before, and an hour before if their own phone rings."""
    reminders: list[tuple[Which, datetime | None]] = [
        (Which.HOME, evening_before(carer.hours, slot.starts_at))
    ]
    if slot.place.is_home:
        reminders.append((Which.HOME_SOON, rules.hour_before(carer.hours, slot.starts_at)))
    return reminders


def tell_off(slots: Sequence[CallSlot], at: datetime) -> None:
    """Tell the parents that these calls are cancelled, in the same transaction."""
    until = at + timedelta(hours=CANCELLED_TOLD_HOURS)
    queue_notices([news_of(slot, slot.adult_id, Which.OFF, at, until) for slot in slots])


def news_of(
    slot: CallSlot, adult_id: int, which: Which, due_at: datetime, expires_at: datetime
) -> OutboxMessage:
    page = "mood" if which is Which.MOOD else "book"
    at_home = WORDS_AT_HOME.get(which) if slot.place.is_home else None
    return room_notice(
        about="call",
        about_id=slot.pk,
        which=which,
        key=_key(slot.pk, which, adult_id),
        school_id=slot.school_id,
        adult_id=adult_id,
        words=at_home or WORDS[which],
        path=reverse(f"family_calls:{page}", args=[slot.student_id]),
        due_at=due_at,
        expires_at=expires_at,
        student_id=slot.student_id,
        is_awaited=which in (Which.DIAL, Which.NOT_NOW),
    )


def _key(slot_id: int, which: Which, adult_id: int) -> str:
    of_carer = {
        Which.HOME: f"home-{adult_id}",
        Which.HOME_TODAY: f"today-{adult_id}",
        Which.OFF_AT_HOME: f"off-{adult_id}",
    }
    return f"call:{slot_id}:{of_carer.get(which, which)}"


def _beside(slot: CallSlot, carers: dict[int, list[Adult]]) -> list[Adult]:
    """Return who is with the child for this call; at home, the carer whose phone rings."""
    found = carers.get(slot.student_id, [])
    return [one for one in found if one.pk == slot.place.carer_id] if slot.place.is_home else found


def _carers(student_ids: Collection[int], at: datetime) -> dict[int, list[Adult]]:
    held = (
        current_guardianships(timezone.localdate(at))
        .filter(
            student_id__in=student_ids,
            kind=Guardianship.Kind.CARER,
            adult__blocked_at=None,
        )
        .select_related("adult")
    )
    carers: dict[int, list[Adult]] = {}
    for row in held:
        carers.setdefault(row.student_id, []).append(row.adult)
    return carers


class CallNotice(RoomNotice):
    """A message about a call. `about_id` is the call, `which` is a Which."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        """Yield the messages that still apply. Three queries, and three more for calls at home.

        A child and adult with another call ahead need no news of one that is over: moving a call is not a
        cancellation, and a missed call has been replaced.
        """
        rows = CallSlot.objects.filter(pk__in={one.about_id for one in asked})
        held = rows.annotate(holds=holds_today(timezone.localdate(at)))
        slots = held.select_related("place").in_bulk()
        phones = childs_phones([one for one in slots.values() if one.place.is_home], at)
        children = {slot.student_id for slot in slots.values()}
        ahead = CallSlot.objects.filter(Q(ends_at__gt=at), student_id__in=children, state__in=AHEAD)
        booked = set(ahead.values_list("student_id", "adult_id"))
        carers = _carers(children, at)
        for one in asked:
            slot, which = slots.get(one.about_id), Which(one.which)
            # A carer is also told that a call is off if the parent no longer belongs to the child.
            if slot is None or not (slot.holds or which is Which.OFF_AT_HOME):
                continue
            is_at_home = one.adult_id in {adult.pk for adult in carers.get(slot.student_id, [])}
            is_rung = not slot.place.is_home or slot.pk in phones
            is_booked = (slot.student_id, slot.adult_id) in booked
            if which in (Which.HOME, Which.HOME_SOON) and not is_rung:
                continue
            if _holds(slot, which, is_booked=is_booked, is_at_home=is_at_home):
                yield one.message_id


def _holds(slot: CallSlot, which: Which, *, is_booked: bool, is_at_home: bool) -> bool:
    is_cancelled = slot.state == CallSlot.State.CANCELLED and not is_booked
    return {
        Which.CONFIRM: slot.is_ahead and slot.confirmed_at is None,
        Which.DAY_BEFORE: slot.is_ahead,
        Which.SOON: slot.is_ahead,
        Which.HOME: slot.is_ahead and is_at_home,
        Which.HOME_TODAY: slot.is_ahead and is_at_home,
        Which.HOME_SOON: slot.is_ahead and is_at_home,
        Which.MISSED: slot.state == CallSlot.State.MISSED and not is_booked,
        Which.OFF: is_cancelled
        and (slot.cancelled_by != CallSlot.CancelledBy.FAMILY or slot.place.is_home),
        Which.OFF_AT_HOME: is_cancelled and is_at_home,
        Which.MOOD: slot.state == CallSlot.State.DONE and slot.mood is None,
        Which.DIAL: slot.state == CallSlot.State.BOOKED,
        Which.NOT_NOW: is_cancelled,
    }[which]
