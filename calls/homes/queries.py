"""Which phones at home take calls, and when. Whether one may ring is checked again at every step."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from calls.homes import rules
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.policies import holds_today
from calls.rules import FreeTime, OpenTime, may_ring
from delivery.queries.calls import schools_that_join
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.queries import (
    current_guardianships,
    may_be_asked,
    usable_contact_points,
)
from students.models import Student
from students.queries import child_gone


def caring(on: date) -> QuerySet[Guardianship]:
    """Return ties of carers at home who may be rung: not blocked, and willing to get messages.

    Children who have left the school are left out.
    """
    ties = current_guardianships(on).filter(may_be_asked(), kind=Guardianship.Kind.CARER)
    return ties.filter(~child_gone(before=on))


def lost(slots: Collection[CallSlot], at: datetime) -> dict[CallSlot, bool]:
    """Return, of these booked calls at home, those that can no longer take place. `place` must be loaded.

    This is so if nobody may be rung there for the child, if no number is left for a call that we ring, or
    if the parent is blocked or no longer belongs to the child. The value tells whether the parent may be
    notified. A parent who wants no messages still has the call.
    """
    stand = _standing(slots, at)
    phones = _phones_of({*stand.values()})
    held = CallSlot.objects.filter(
        holds_today(timezone.localdate(at)), pk__in=[one.pk for one in slots]
    )
    parents = set(held.values_list("pk", flat=True))

    def can_be(slot: CallSlot) -> bool:
        carer = stand.get(slot.pk)
        return slot.pk in parents and carer is not None and (not slot.join_key or carer in phones)

    return {one: one.pk in parents for one in slots if not can_be(one)}


def _has_number() -> Exists:
    """Match rows whose `adult` has a telephone that may be rung."""
    points = usable_contact_points().filter(kind=ContactPoint.Kind.PHONE)
    return Exists(points.filter(adult_id=OuterRef("adult_id")))


def times_at_home(student: Student, on: date) -> dict[OpenTime, CallPlace]:
    """Return the times when this child may be rung at home, with the place.

    Boarders are at home only at weekends.
    """
    ties = caring(on).filter(_has_number(), student=student, adult_id=OuterRef("place__carer_id"))
    rows = CallPeriod.objects.filter(
        Exists(ties), place__kind=CallPlace.Kind.HOME, place__is_active=True
    )
    if student.is_boarding:
        rows = rows.filter(weekday__gte=min(rules.WEEKEND))
    return {
        OpenTime(row.place_id, row.weekday, row.starts, row.ends, row.slot_minutes): row.place
        for row in rows.select_related("place__carer")
    }


def may_be_rung_at_home(on: date) -> QuerySet[Guardianship]:
    """Return ties of carers whose phone may ring for some call with the child.

    This is `times_at_home` for many children.
    """
    agreed = CallPeriod.objects.filter(place__carer=OuterRef("adult_id"), place__is_active=True)
    weekend = agreed.filter(weekday__gte=min(rules.WEEKEND))
    is_at_home = Exists(weekend) | (~Q(student__is_boarding=True) & Exists(agreed))
    return caring(on).filter(_has_number(), is_at_home)


def in_hours(slots: Iterable[FreeTime], places: Iterable[CallPlace]) -> list[FreeTime]:
    """Return the times at which the carer may be rung."""
    carers = {place.pk: place.carer for place in places}
    return [
        slot
        for slot in slots
        if (carer := carers[slot.place_id]) and may_ring(carer.hours, slot.starts_at)
    ]


def phones_at_home(slots: Collection[CallSlot], at: datetime) -> dict[int, ContactPoint]:
    """Return, by call, the phone that rings for the child at home.

    Leave out calls for which nobody may be rung there, or whose time the carer no longer agrees to. Three
    queries for any number of calls.
    """
    stand = _standing(slots, at)
    points = _phones_of({*stand.values()})
    return {call: points[carer] for call, carer in stand.items() if carer in points}


def _standing(slots: Collection[CallSlot], at: datetime) -> dict[int, int]:
    """Return, by call at home, the carer whose phone it is for.

    Leave out calls for which that carer may not be rung, or whose time the carer no longer agrees to.
    """
    carer_of = {one.pk: one.place.carer_id for one in slots if one.place.carer_id}
    if not carer_of:
        return {}
    ties = caring(timezone.localdate(at)).filter(adult__in=carer_of.values())
    boards = {
        (student, carer): bool(is_boarding)
        for student, carer, is_boarding in ties.values_list(
            "student_id", "adult_id", "student__is_boarding"
        )
    }
    places = {one.place_id for one in slots if one.pk in carer_of}
    # By place: (weekday, from, until) that the carer agrees to now, and the time zone of these
    # times.
    rows = CallPeriod.objects.filter(place__in=places, place__is_active=True)
    times: dict[int, list[tuple[int, time, time]]] = defaultdict(list)
    zones: dict[int, ZoneInfo] = {}
    for place, weekday, since, until, zone in rows.values_list(
        "place_id", "weekday", "starts", "ends", "school__time_zone"
    ):
        times[place].append((weekday, since, until))
        zones[place] = ZoneInfo(zone)
    return {
        one.pk: carer
        for one in slots
        if (carer := carer_of.get(one.pk))
        and (pair := (one.student_id, carer)) in boards
        and one.place_id in zones
        and rules.is_agreed(
            times[one.place_id],
            one.starts_at.astimezone(zones[one.place_id]),
            is_boarding=boards[pair],
        )
    }


def _phones_of(carers: Collection[int]) -> dict[int, ContactPoint]:
    """Return, by adult, the phone that rings: one marked "by telephone" comes first."""
    points: dict[int, ContactPoint] = {}
    rows = usable_contact_points().filter(adult__in=carers, kind=ContactPoint.Kind.PHONE)
    for point in sorted(rows.select_related("adult"), key=lambda row: not row.by_call):
        points.setdefault(point.adult_id, point)
    return points


def has_phone(carer: Adult) -> bool:
    """Return whether a call can ring at this carer's: a usable number, and a channel that joins two phones.

    A carer without an account sees no page with a key, so there the number needs an agreed key.
    """
    points = usable_contact_points().filter(adult=carer, kind=ContactPoint.Kind.PHONE)
    if carer.user_id is None:
        points = points.exclude(agreed_key="")
    return carer.may_be_asked and points.exists() and bool(schools_that_join([carer.school_id]))


def windows_agreed(place: CallPlace | None) -> list[str]:
    if place is None or not place.is_active:
        return []
    return rules.windows_of(set(place.periods.values_list("weekday", "starts")))
