"""Count classes on a day from the original tables. What nobody knows is counted separately.

Every query is limited to the keys of the children to count, so one class costs only as much as its own rows.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.prepared import prepared
from guardians import queries as guardian_queries
from guardians.clock.rules import CONFIRMS_WITHIN_DAYS, Talk, is_confirmed
from guardians.models import Contact, ContactPoint, Guardianship
from guardians.rules import connected_since
from schools.models import School
from students.models import Student

WEEK = timedelta(days=7)
Kind = Guardianship.Kind
# As strings: looking up the member of an enum for each child takes longer than counting.
PARENT, CARING = Kind.PARENT.value, frozenset(kind.value for kind in Guardianship.CARING)
NO_WAYS = (0, 0)


class Counted(NamedTuple):
    """The counts of one class, with the field names of ClassDay."""

    school_class_id: int
    children: Sequence[int] = ()
    without_parents: int = 0
    whereabouts_unknown: int = 0
    with_parent_away: int = 0
    never_talked: int = 0
    silent_since: date | None = None
    connected: int = 0
    confirmed: int = 0
    connected_before: int = 0
    fell_silent: int = 0
    talk_again: int = 0
    several_ways: int = 0
    one_way: int = 0
    no_way: int = 0
    ways_unknown: int = 0
    newly_unreachable: int = 0
    by_parents: int = 0
    with_carer: int = 0
    by_carers: int = 0

    @property
    def unreachable(self) -> int:
        return self.no_way + self.ways_unknown


@dataclass(frozen=True)
class _Weeks:
    """Children who talked with a parent in the last seven days and in the seven before.

    `confirmed`: those whose talk in the last seven days is confirmed (guardians.clock.rules).
    """

    now: set[int]
    before: set[int]
    confirmed: set[int]


@dataclass(slots=True)
class _Ways:
    """The number of working contact points around a child.

    `now` is None if no adult around the child has a contact point on record.
    """

    now: int | None = None
    before: int = 0  # a week ago
    of_parents: int = 0
    of_carers: int = 0
    has_carer: bool = False


@dataclass(frozen=True)
class Facts:
    """Facts about some children of a school on a day. Talks are known only for those with a parent away."""

    with_parents: set[int]
    unplaced: set[int]
    away: set[int]
    weeks: _Weeks
    last_on: dict[int, date]
    ways: dict[int, _Ways]

    def by_class(self, pairs: Iterable[tuple[int, int]]) -> list[Counted]:
        """Return the counts of each class that occurs in `pairs` of child and class."""
        classes: defaultdict[int, list[int]] = defaultdict(list)
        for child, of in pairs:
            classes[of].append(child)
        return [self._counted(of, children) for of, children in classes.items()]

    def _counted(self, class_id: int, children: list[int]) -> Counted:
        everybody, none = set(children), _Ways()
        away = everybody & self.away
        now, before = away & self.weeks.now, away & self.weeks.before
        talked_on = [self.last_on[child] for child in away if child in self.last_on]
        ways = [self.ways.get(child, none) for child in away]
        # None: no number on record; two and more are one group.
        of = Counter(None if one.now is None else min(one.now, 2) for one in ways)
        return Counted(
            class_id,
            children,
            without_parents=len(everybody - self.with_parents),
            whereabouts_unknown=len(everybody & self.unplaced),
            with_parent_away=len(away),
            never_talked=len(away) - len(talked_on),
            silent_since=min(talked_on, default=None),
            connected=len(now),
            confirmed=len(away & self.weeks.confirmed),
            connected_before=len(before),
            fell_silent=len(before - now),
            talk_again=len(now - before),
            several_ways=of[2],
            one_way=of[1],
            no_way=of[0],
            ways_unknown=of[None],
            newly_unreachable=sum(not one.now and bool(one.before) for one in ways),
            by_parents=sum(bool(one.of_parents) for one in ways),
            with_carer=sum(one.has_carer for one in ways),
            by_carers=sum(bool(one.of_carers) for one in ways),
        )


def facts_of(school: School, on: date, children: Sequence[int]) -> Facts:
    """Return the facts about these children. The number of queries does not depend on how many there are."""
    asked = {"student_ids": children, "school_id": school.pk, "on": on}
    ties = _ties(**asked)
    away = set(_with_parent_away(**asked))
    last_on, weeks = _talks([child for child in children if child in away], on)
    return Facts(
        with_parents={student for student, _adult, kind in ties if kind == PARENT},
        unplaced=set(_of_unplaced_parents(**asked)),
        away=away,
        weeks=weeks,
        last_on=last_on,
        ways=_ways(school, on, ties),
    )


def _talks(children: list[int], on: date) -> tuple[dict[int, date], _Weeks]:
    """Return the day of each child's last talk, and who talked in the two weeks."""
    this_week, week_before = connected_since(on), connected_since(on - WEEK)
    last_on: dict[int, date] = {}
    weeks = _Weeks(set(), set(), set())
    talks: defaultdict[int, list[Talk]] = defaultdict(list)
    until = on + timedelta(days=CONFIRMS_WITHIN_DAYS)
    for child, *fields in _talks_since(student_ids=children, since=week_before, on=until):
        talk = Talk(*fields)
        talks[child].append(talk)
        if (day := talk.on) <= on:
            (weeks.now if day >= this_week else weeks.before).add(child)
            last_on[child] = max(day, last_on.get(child, day))
    weeks.confirmed.update(
        child for child in weeks.now if is_confirmed(talks[child], this_week, on)
    )
    silent = [child for child in children if child not in last_on]
    last_on |= {child: day for child, day in _last_talks(student_ids=silent, on=on) if day}
    return last_on, weeks


def _ways(school: School, on: date, ties: Collection[tuple]) -> dict[int, _Ways]:
    """Return the contact points by child, for every child with an adult around them."""
    adults = {adult for _student, adult, _kind in ties}
    midnight = datetime.combine(connected_since(on), time(), ZoneInfo(school.time_zone))
    asked = {"adult_ids": list(adults), "school_id": school.pk}
    failing_since = dict(_working_since(midnight=midnight, **asked))
    # How many contact points of each adult work now, and how many did before these seven days.
    by_adult: dict[int, tuple[int, int]] = {}
    for pk, adult in _points(**asked):
        works, worked = by_adult.get(adult, (0, 0))
        is_usable = pk in failing_since
        works += is_usable and failing_since[pk] is None
        by_adult[adult] = works, worked + is_usable

    ways: defaultdict[int, _Ways] = defaultdict(_Ways)
    counted: set[tuple[int, int]] = set()  # an adult may be two things to a child
    for student_id, adult_id, kind in ties:
        child = ways[student_id]
        now, before = by_adult.get(adult_id, NO_WAYS)
        if kind == PARENT:
            child.of_parents += now
        elif kind in CARING:
            child.has_carer = True
            child.of_carers += now
        if adult_id in by_adult and (student_id, adult_id) not in counted:
            counted.add((student_id, adult_id))
            child.now = (child.now or 0) + now
            child.before += before
    return ways


# The queries about children, prepared (core/prepared.py).


@prepared
def _ties(*, student_ids, school_id, on) -> QuerySet[Any]:
    rows = guardian_queries.current_guardianships(on).filter(
        student_id__in=student_ids, school_id=school_id
    )
    return rows.order_by().values_list("student_id", "adult_id", "kind")


@prepared
def _with_parent_away(*, student_ids, school_id, on) -> QuerySet[Any]:
    rows = guardian_queries.parents_away(on).filter(student_id__in=student_ids, school_id=school_id)
    return rows.order_by().values_list("student_id", flat=True)


@prepared
def _of_unplaced_parents(*, student_ids, school_id, on) -> QuerySet[Any]:
    """Return children with a parent who is in touch, but recorded neither as away nor as at home."""
    located = guardian_queries.current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    parents = guardian_queries.current_guardianships(on).filter(
        ~Exists(located),
        student_id__in=student_ids,
        school_id=school_id,
        kind=Kind.PARENT,
        adult__condition="in_touch",
    )
    return parents.order_by().values_list("student_id", flat=True)


@prepared
def _talks_since(*, student_ids, since, on) -> QuerySet[Any]:
    rows = Contact.objects.filter(
        student_id__in=student_ids,
        retracted_at=None,
        happened_on__gte=since,
        happened_on__lte=on,
    )
    return rows.order_by().values_list("student_id", "pk", "adult_id", "happened_on", "reported_by")


@prepared
def _last_talks(*, student_ids, on) -> QuerySet[Any]:
    last_on = guardian_queries.last_contact_on(until=on)
    rows = Student.objects.filter(pk__in=student_ids).order_by()
    return rows.annotate(last_on=last_on).values_list("pk", "last_on")


@prepared
def _working_since(*, adult_ids, school_id, midnight) -> QuerySet[Any]:
    """Return contact points that work, or still worked at `midnight`, with the time they began to fail."""
    works, worked = Q(failing_since=None), Q(failing_since__gte=midnight)
    rows = guardian_queries.usable_contact_points().filter(
        works | worked, adult_id__in=adult_ids, school_id=school_id
    )
    return rows.order_by().values_list("pk", "failing_since")


@prepared
def _points(*, adult_ids, school_id) -> QuerySet[Any]:
    rows = ContactPoint.objects.filter(adult_id__in=adult_ids, school_id=school_id).order_by()
    return rows.values_list("pk", "adult_id")
