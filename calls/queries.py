"""Queries for call slots: offered times, booked times, and which child is next."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from calls import rules
from calls.homes.queries import in_hours, may_be_rung_at_home, times_at_home
from calls.models import CallPeriod, CallPlace, CallSlot, CallWish, ThreeThings
from calls.policies import children_to_ring, holds_today, slots_visible_to
from calls.rules import FreeTime, OpenTime, SchoolDays, Span, Waiting
from guardians.models import Adult, Contact, Guardianship
from guardians.queries import approachable_parents_away, last_ties
from guardians.rules import days_since
from schools.models import School, TimetablePeriod
from schools.policies import today_in
from schools.queries import calendar_of
from students.models import Student
from students.policies import own_children
from students.queries import departure_of, enrolments_of

AHEAD = (CallSlot.State.BOOKED, CallSlot.State.RUNNING)
NOT_CANCELLED = ~Q(state=CallSlot.State.CANCELLED)
SUGGESTED_SHOWN = 20  # children on the page of suggestions; others follow as these are booked


def offers_calls(school_id: int) -> bool:
    """Return whether the school has hours in which families may book a call."""
    return _periods_at_school(school_id).exists()


def offered_to(student_ids: Collection[int], school_id: int, on: date) -> set[int]:
    """Return those of these children of one school who have times for a parent, at the school or at home."""
    if offers_calls(school_id):
        return set(student_ids)
    at_home = may_be_rung_at_home(on).filter(student__in=student_ids)
    return set(at_home.values_list("student_id", flat=True))


def _periods_at_school(school_id: int) -> QuerySet[CallPeriod]:
    rows = CallPeriod.objects.filter(school_id=school_id, place__is_active=True)
    return rows.filter(CallPlace.at_school("place__"))


def open_times(school_id: int) -> list[OpenTime]:
    return [
        OpenTime(
            row.place_id, row.weekday, row.starts, row.ends, row.slot_minutes, row.during_lessons
        )
        for row in _periods_at_school(school_id)
    ]


def school_days(school: School) -> SchoolDays:
    calendar = calendar_of(school)
    lessons = TimetablePeriod.objects.filter(school=school).values_list("starts", "ends")

    def is_holiday(on: date) -> bool:
        in_term = any(first <= on <= last for first, last in calendar.terms)
        return calendar.words.get(on) is False or bool(calendar.terms and not in_term)

    return SchoolDays(
        zone=ZoneInfo(school.time_zone),
        is_school_day=calendar.is_school_day,
        is_holiday=is_holiday,
        lessons=list(lessons),
    )


@dataclass(frozen=True)
class Offer:
    """All times that a school offers in the next days, and the calls booked in them."""

    days: SchoolDays
    slots: Sequence[FreeTime]
    booked: Sequence[CallSlot]
    home_ids: frozenset[int] = frozenset()  # places that are a phone at home

    @property
    def taken(self) -> list[tuple[int, Span]]:
        return [(row.place_id, Span(row.starts_at, row.ends_at)) for row in self.booked]

    def taken_by(self, student_id: int, adult_id: int) -> tuple[Span, ...]:
        """Return when the child has another call, or the adult a call with a brother or sister."""
        mine = [
            row for row in self.booked if row.student_id == student_id or row.adult_id == adult_id
        ]
        return tuple(Span(row.starts_at, row.ends_at) for row in mine)

    def free_for(self, student_id: int, adult: Adult) -> list[FreeTime]:
        return rules.free_for(
            self.slots,
            adult=adult.hours,
            taken=self.taken,
            busy=self.taken_by(student_id, adult.pk),
        )


def offer_of(
    school: School,
    at: datetime,
    *,
    but_not: CallSlot | None = None,
    at_home: Student | None = None,
    last_on: date | None = None,
) -> Offer:
    """Return the offer of a school.

    Leave out the booking `but_not`, which a new one replaces, and include the times at which the child
    `at_home` may be rung at home. A child who leaves is offered none after `last_on` (last_day_of). Six
    queries, and one more for `at_home`.
    """
    days = school_days(school)
    slots = rules.offered(at=at, school=days, open_times=open_times(school.pk))
    home_ids: frozenset[int] = frozenset()
    if at_home:
        places = times_at_home(at_home, timezone.localdate(at))
        home = replace(days, is_home=True)
        times = rules.offered(at=at, school=home, open_times=list(places))
        both = [*slots, *in_hours(times, places.values())]
        home_ids = frozenset(place.pk for place in places.values())
        slots = sorted(both, key=lambda slot: (slot.starts_at, slot.place_id))
    if last_on:
        slots = [one for one in slots if one.starts_at.astimezone(days.zone).date() <= last_on]
    until = at + timedelta(days=rules.BOOK_AHEAD_DAYS + 1)
    booked = CallSlot.objects.filter(
        NOT_CANCELLED, school=school, ends_at__gt=at, starts_at__lt=until
    )
    if but_not:
        booked = booked.exclude(pk=but_not.pk)
    return Offer(days, slots, list(booked), home_ids)


def last_day_of(student: Student) -> date | None:
    """Return the child's last day at the school, if it leaves or has left."""
    leaves = departure_of(enrolments_of(student))
    return leaves.ends_on if leaves and leaves.left_reason else None


def ahead_of(student_id: int, adult_ids: Collection[int], at: datetime) -> CallSlot | None:
    """Return the next call of a child with one of these adults."""
    rows = CallSlot.objects.filter(
        student_id=student_id, adult_id__in=adult_ids, state__in=AHEAD, ends_at__gt=at
    )
    return rows.select_related("place", "adult").order_by("starts_at").first()


def ahead_for_home(student_id: int, at: datetime) -> list[CallSlot]:
    """Return all booked calls of a child for a carer, who sees when they are but not with whom."""
    rows = CallSlot.objects.filter(student_id=student_id, state__in=AHEAD, ends_at__gt=at)
    return list(
        rows.filter(holds_today(timezone.localdate(at)))
        .select_related("place", "adult")
        .order_by("starts_at")
    )


def call_to_rate(student_id: int, adult_ids: Collection[int], at: datetime) -> CallSlot | None:
    """Return a recent call that this adult has not rated yet."""
    since = at - timedelta(days=rules.MOOD_ASKED_FOR_DAYS)
    rows = CallSlot.objects.filter(
        student_id=student_id,
        adult_id__in=adult_ids,
        state=CallSlot.State.DONE,
        mood=None,
        settled_at__gte=since,
    )
    return rows.order_by("-starts_at").first()


@dataclass(frozen=True)
class NextCall:
    """What a child sees of the next call: when, where and with whom."""

    slot_id: int
    starts_at: datetime
    place: str
    is_video: bool
    relation: str


def next_call_of(student: Student, at: datetime) -> NextCall | None:
    """Return the next call for the pupil pages, never with a blocked adult. Two queries."""
    slot = (
        CallSlot.objects.filter(student=student, state__in=AHEAD, ends_at__gt=at)
        .filter(holds_today(today_in(student.school, at)))
        .select_related("place")
        .order_by("starts_at")
        .first()
    )
    if slot is None:
        return None
    tie = last_ties([(student.pk, slot.adult_id)]).get((student.pk, slot.adult_id))
    return NextCall(
        slot_id=slot.pk,
        starts_at=slot.starts_at,
        place=slot.place.shown_name,
        is_video=slot.place.kind == CallPlace.Kind.VIDEO,
        relation=tie.relation if tie else "",
    )


def child_call_to_rate(student: Student, at: datetime) -> CallSlot | None:
    """Return a recent call that the child may rate on the pupil pages, and has not rated elsewhere."""
    since = at - timedelta(days=rules.MOOD_ASKED_FOR_DAYS)
    told = ThreeThings.objects.filter(
        student=student, adult_id=OuterRef("adult_id"), felt_at__gte=OuterRef("starts_at")
    )
    rows = CallSlot.objects.filter(
        ~Exists(told),
        student=student,
        state=CallSlot.State.DONE,
        child_mood=None,
        settled_at__gte=since,
    )
    return rows.order_by("-starts_at").first()


def bounds_of(on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = datetime.combine(on, time(0), zone).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=1), time(0), zone).astimezone(UTC)
    return start, end


def slots_of_day(user: User, school: School, on: date, today: date) -> QuerySet[CallSlot]:
    """Return the list for the phone room, and for a class teacher also calls at home of their own class.

    `holds` is False if staff must no longer connect the adult.
    """
    start, end = bounds_of(on, ZoneInfo(school.time_zone))
    return (
        slots_visible_to(user, today)
        .filter(_listed_for(user, today))
        .filter(school=school, starts_at__gte=start, starts_at__lt=end)
        .annotate(holds=holds_today(today))
        .select_related("student", "adult", "place")
        .order_by("starts_at", "place__name", "pk")
    )


def _listed_for(user: User, today: date) -> Q:
    return CallPlace.at_school("place__") | Q(student__in=own_children(user, today))


def days_with_calls(user: User, school: School, today: date, days: int) -> dict[date, int]:
    """Count the calls on each of the next days."""
    zone = ZoneInfo(school.time_zone)
    start, _ = bounds_of(today, zone)
    rows = slots_visible_to(user, today).filter(
        NOT_CANCELLED,
        _listed_for(user, today),
        school=school,
        starts_at__gte=start,
        starts_at__lt=start + timedelta(days=days),
    )
    counts: dict[date, int] = defaultdict(int)
    for starts_at in rows.values_list("starts_at", flat=True):
        counts[starts_at.astimezone(zone).date()] += 1
    return counts


@dataclass(frozen=True)
class Suggestion:
    """A child to offer a call to, the parent to call, and the times that suit best."""

    held: Guardianship
    days: int | None
    times: Sequence[FreeTime]


def suggestions(
    user: User, school: School, at: datetime, student_id: int | None = None
) -> tuple[list[Suggestion], int]:
    """Return the children who have waited longest, and how many wait in all; a constant number of queries.

    Each child appears once, with the parent away whose last talk is longest ago.
    """
    on = today_in(school, at)
    held = approachable_parents_away(on).filter(
        school=school, student__in=children_to_ring(user, on)
    )
    if student_id:
        held = held.filter(student_id=student_id)
    rows = list(held.select_related("student", "adult").order_by("priority", "pk"))
    children = {row.student_id for row in rows}
    talks = Contact.objects.filter(student_id__in=children, retracted_at=None).order_by()
    latest = talks.values_list("student_id", "adult_id").annotate(on=Max("happened_on"))
    talked = {(child, adult): day for child, adult, day in latest}
    last_with_anybody: dict[int, date] = {}
    for (child, _adult), day in talked.items():
        last_with_anybody[child] = max(day, last_with_anybody.get(child, day))
    ahead = CallSlot.objects.filter(student_id__in=children, state__in=AHEAD, ends_at__gt=at)
    booked = set(ahead.values_list("student_id", flat=True))
    chosen: dict[int, Guardianship] = {}
    for row in rows:
        if row.student_id in booked:
            continue
        other = chosen.get(row.student_id)
        last = talked.get((row.student_id, row.adult_id), date.min)
        if other is None or last < talked.get((other.student_id, other.adult_id), date.min):
            chosen[row.student_id] = row
    offer = offer_of(school, at)
    waiting = [
        Waiting(
            row.student_id,
            row.adult_id,
            days_since(last_with_anybody.get(row.student_id), on),
            row.adult.hours,
            offer.taken_by(row.student_id, row.adult_id),
        )
        for row in chosen.values()
    ]
    first = rules.longest_first(waiting)[:SUGGESTED_SHOWN]
    matched = rules.match(first, offer.slots, offer.taken)
    return [Suggestion(chosen[row.student_id], row.days, times) for row, times in matched], len(
        waiting
    )


def open_wishes(student_ids: Collection[int] | None = None) -> QuerySet[CallWish]:
    rows = CallWish.objects.filter(settled_at=None)
    if student_ids is not None:
        rows = rows.filter(student_id__in=student_ids)
    return rows.select_related("student", "adult").order_by("asked_at", "pk")
