"""The figures of one school, or of children chosen there. What nobody knows is counted apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.prepared import Question, prepared
from figures.choice import Choice
from figures.class_weeks.counting import count, ever_here
from figures.class_weeks.reading import corrected, sums, sums_question
from figures.models import ClassWeek
from figures.rules import last_sunday
from guardians import queries as guardian_queries
from guardians.clock.rules import CONFIRMS_WITHIN_DAYS, Talk, is_confirmed
from guardians.models import Contact, ContactPoint, Guardianship
from guardians.rules import connected_since, days_since, is_connected
from schools.models import School, SchoolClass
from students.models import Student

TREND_WEEKS = 12
WEEK = timedelta(days=7)
EVERYBODY = Choice()
Kind = Guardianship.Kind
# As rows have them: looked up once for a child, an enum's member takes longer than what is counted.
PARENT, CARING = Kind.PARENT.value, frozenset(kind.value for kind in Guardianship.CARING)
NO_WAYS = (0, 0)


@dataclass(frozen=True)
class ClassFigures:
    pk: int
    name: str
    with_parent_away: int
    connected: int
    unreachable: int

    @property
    def missing(self) -> int:
        return self.with_parent_away - self.connected


@dataclass(frozen=True)
class Week:
    """`percent` is None if no talk was recorded at all: nobody knows, which is not zero."""

    ends_on: date
    with_parent_away: int
    connected: int
    percent: int | None
    percent_before: int | None = None  # where it was corrected when the week was over


@dataclass(frozen=True)
class Reach:
    """Children with a parent away, by how many contact points of their family still work."""

    several: int
    one: int
    none: int
    unknown: int


@dataclass(frozen=True)
class Apart:
    """The same children, by whose number or address works. A parent who cannot be called may be far from a
    home that can, and the other way round.
    """

    parents: int
    carers: int
    with_carer: int  # who have somebody on record that looks after them


@dataclass(frozen=True)
class Changes:
    """These seven days beside the seven before, of children with a parent away today."""

    connected_before: int
    fell_silent: int  # talked the week before, not in this one
    talk_again: int  # the other way round
    newly_unreachable: int  # the last way to their family broke in these seven days


@dataclass(frozen=True)
class Dashboard:
    at: datetime
    on: date
    classes: list[ClassFigures]
    trend: list[Week]
    reach: Reach
    apart: Apart
    changes: Changes
    last_contact_at: datetime | None
    children: int
    without_parents: int
    whereabouts_unknown: int
    longest_silence_days: int | None  # of those who talked at least once
    never_talked: int  # with a parent away and no talk on record
    confirmed: int  # of those connected: the school saw it, or both sides say so

    @property
    def with_parent_away(self) -> int:
        return sum(row.with_parent_away for row in self.classes)

    @property
    def connected(self) -> int:
        return sum(row.connected for row in self.classes)

    @property
    def missing(self) -> int:
        return self.with_parent_away - self.connected

    @property
    def percent(self) -> int | None:
        """Rounded down: 100 means that nobody is missing."""
        total = self.with_parent_away
        return None if not total else self.connected * 100 // total


class _Child(NamedTuple):
    pk: int
    class_id: int
    last_on: date | None
    is_confirmed: bool
    ways: "_Ways"


@dataclass(frozen=True)
class _Weeks:
    """Children who talked with a parent in these seven days, and in the seven before; and whose talk of these
    seven is confirmed (clock.connection).
    """

    now: set[int]
    before: set[int]
    confirmed: set[int]


@dataclass(slots=True)
class _Ways:
    """How many contact points around a child work. `now` None: no adult with any on record."""

    now: int | None = None
    before: int = 0  # a week ago
    of_parents: int = 0
    of_carers: int = 0
    has_carer: bool = False


def dashboard(
    school: School, at: datetime, on: date, choice: Choice = EVERYBODY, *, has_trend: bool = True
) -> Dashboard:
    """Return everything for one school; the number of queries does not depend on its size."""
    enrolled = choice.children(school, on)
    ties = _ties(school_id=school.pk, on=on)
    away, weeks = _away(school, on, enrolled, ties)
    silences = [(on - child.last_on).days for child in away if child.last_on]
    with_parents = {student for student, _adult, kind in ties if kind == PARENT}
    children = {student for student, _class in enrolled}
    unplaced = set(_of_unplaced_parents(school_id=school.pk, on=on)).difference(choice.without)
    classes = _by_class(choice.classes(school, on), away, on)
    return Dashboard(
        at=at,
        on=on,
        classes=classes,
        trend=trend(
            school,
            on,
            (sum(row.with_parent_away for row in classes), sum(row.connected for row in classes)),
            children=None if choice.is_everybody else [one.pk for one in away],
            without=choice.without,
        )
        if has_trend
        else [],
        reach=_reach(away),
        apart=_apart(away),
        changes=_changes(weeks, away),
        last_contact_at=next(iter(_last_recorded(school_id=school.pk)), None),
        children=len(children),
        without_parents=len(children - with_parents),
        whereabouts_unknown=len(unplaced if choice.is_everybody else unplaced & children),
        longest_silence_days=max(silences, default=None),
        never_talked=len(away) - len(silences),
        confirmed=sum(child.is_confirmed for child in away),
    )


def board_questions(school: School, on: date) -> list[Question]:
    """What `dashboard` asks of everybody for a few rows."""
    return [
        _last_recorded.question(school_id=school.pk),
        sums_question(school, _weeks_over(on), [ClassWeek.Key.CONNECTED]),
    ]


def _away(
    school: School, on: date, enrolled: Iterable[tuple[int, int]], ties: Iterable[tuple]
) -> tuple[list[_Child], _Weeks]:
    """The children with a parent away, and who of them talked in these seven days and the seven before."""
    with_parent_away = set(_with_parent_away(school_id=school.pk, on=on))
    pairs = [pair for pair in enrolled if pair[0] in with_parent_away]
    last_on, weeks = _talks([student for student, _class in pairs], on)
    ways, none = _ways(school, on, ties), _Ways()
    away = [
        _Child(
            student, of, last_on.get(student), student in weeks.confirmed, ways.get(student, none)
        )
        for student, of in pairs
    ]
    return away, weeks


def _talks(children: list[int], on: date) -> tuple[dict[int, date], _Weeks]:
    """The day of each child's last talk; and the two weeks."""
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


# What is asked of a school, or of its children, always in the same words (core/prepared.py).


@prepared
def _ties(*, school_id, on) -> QuerySet[Any]:
    rows = guardian_queries.current_guardianships(on).filter(school_id=school_id).order_by()
    return rows.values_list("student_id", "adult_id", "kind")


@prepared
def _with_parent_away(*, school_id, on) -> QuerySet[Any]:
    rows = guardian_queries.parents_away(on).filter(school_id=school_id).order_by()
    return rows.values_list("student_id", flat=True)


@prepared
def _of_unplaced_parents(*, school_id, on) -> QuerySet[Any]:
    """Children with a parent who is in touch, but recorded neither as away nor as at home."""
    located = guardian_queries.current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    parents = guardian_queries.current_guardianships(on).filter(
        ~Exists(located), school_id=school_id, kind=Kind.PARENT, adult__condition="in_touch"
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
def _last_recorded(*, school_id) -> QuerySet[Any]:
    rows = Contact.objects.filter(school_id=school_id).order_by("-recorded_at")
    return rows.values_list("recorded_at", flat=True)[:1]


@prepared
def _working_since(*, school_id, midnight) -> QuerySet[Any]:
    """Contact points that work, or did until after that instant, with when they began to fail."""
    works, worked = Q(failing_since=None), Q(failing_since__gte=midnight)
    rows = guardian_queries.usable_contact_points().filter(works | worked, school_id=school_id)
    return rows.order_by().values_list("pk", "failing_since")


@prepared
def _points(*, school_id) -> QuerySet[Any]:
    rows = ContactPoint.objects.filter(school_id=school_id).order_by()
    return rows.values_list("pk", "adult_id")


def _apart(away: Sequence[_Child]) -> Apart:
    return Apart(
        parents=sum(bool(child.ways.of_parents) for child in away),
        carers=sum(bool(child.ways.of_carers) for child in away),
        with_carer=sum(child.ways.has_carer for child in away),
    )


def _ways(school: School, on: date, ties: Iterable[tuple]) -> dict[int, _Ways]:
    """By child, of all who have an adult around them."""
    by_adult = _ways_of_adults(school, on)
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


def _ways_of_adults(school: School, on: date) -> dict[int, tuple[int, int]]:
    """Return adult → how many of their contact points work now, and how many did before these seven days;
    adults without any on record are left out.
    """
    midnight = datetime.combine(connected_since(on), time(), ZoneInfo(school.time_zone))
    failing_since = dict(_working_since(school_id=school.pk, midnight=midnight))
    by_adult: dict[int, tuple[int, int]] = {}
    for pk, adult_id in _points(school_id=school.pk):
        now, before = by_adult.get(adult_id, (0, 0))
        is_usable = pk in failing_since
        by_adult[adult_id] = (
            now + (is_usable and failing_since[pk] is None),
            before + is_usable,
        )
    return by_adult


def _reach(away: Sequence[_Child]) -> Reach:
    # None: no number on record; two and more are one group.
    found = Counter(None if child.ways.now is None else min(child.ways.now, 2) for child in away)
    return Reach(several=found[2], one=found[1], none=found[0], unknown=found[None])


def _changes(weeks: _Weeks, away: Sequence[_Child]) -> Changes:
    return Changes(
        connected_before=len(weeks.before),
        fell_silent=len(weeks.before - weeks.now),
        talk_again=len(weeks.now - weeks.before),
        newly_unreachable=sum(not child.ways.now and bool(child.ways.before) for child in away),
    )


def _by_class(
    classes: Iterable[SchoolClass], away: Iterable[_Child], on: date
) -> list[ClassFigures]:
    total: Counter[int] = Counter()
    connected: Counter[int] = Counter()
    unreachable: Counter[int] = Counter()
    for child in away:
        total[child.class_id] += 1
        connected[child.class_id] += is_connected(days_since(child.last_on, on))
        unreachable[child.class_id] += not child.ways.now
    return [
        ClassFigures(row.pk, row.name, total[row.pk], connected[row.pk], unreachable[row.pk])
        for row in classes
    ]


def trend(
    school: School,
    on: date,
    so_far: tuple[int, int],
    *,
    children: list[int] | None = None,
    without: Sequence[int] = (),
) -> list[Week]:
    """Return eleven weeks that are over and the last seven days, of which `so_far` are with a parent away and
    connected; with `children` of these alone. Of everybody it is what is kept (figures.class_weeks).
    """
    days = _weeks_over(on)
    counted: dict[date, tuple[int, int]] = {}
    before: dict[date, int | None] = {}
    without = ever_here(school, without)
    if children is None and not without:
        key = ClassWeek.Key.CONNECTED
        kept = sums(school, days, [key])
        counted = {day: (found.denominator, found.numerator) for (day, _key), found in kept.items()}
        changed = [day for (day, _key), found in kept.items() if found.has_changed]
        before = {
            one.ends_on: _percent(one.before.denominator, one.before.numerator)
            for one in (corrected(school, changed, key) if changed else ())
        }
    others = [day for day in days if day not in counted]
    if others:
        for row in count(school, others, children=children, without=without):
            away, connected = counted.get(row.ends_on, (0, 0))
            counted[row.ends_on] = away + row.away, connected + row.connected
    counted[on] = so_far
    pairs = [(day, *counted.get(day, (0, 0))) for day in (*days, on)]
    return [
        Week(day, away, connected, _percent(away, connected), before.get(day))
        for day, away, connected in pairs
    ]


def _weeks_over(on: date) -> list[date]:
    """The Sundays of the line, without the last seven days."""
    last = last_sunday(on)
    return [last - number * WEEK for number in reversed(range(TREND_WEEKS - 1))]


def _percent(away: int, connected: int) -> int | None:
    """None where no talk was recorded at all."""
    return connected * 100 // away if away and connected else None
