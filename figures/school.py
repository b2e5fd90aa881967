"""The figures of one school, or of children chosen there. What nobody knows is counted apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from core.prepared import Question, prepared
from core.weeks import last_sunday
from figures.choice import EVERYBODY, Choice
from figures.class_days.counting import Counted, facts_of
from figures.class_days.reading import kept_questions
from figures.class_weeks.counting import count, ever_here
from figures.class_weeks.reading import corrected, sums, sums_question
from figures.models import ClassWeek
from guardians.models import Contact
from schools.models import School, SchoolClass

TREND_WEEKS = 12
WEEK = timedelta(days=7)


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
    at: datetime | None  # None: whenever it was; all else does not depend on it
    on: date
    classes: tuple[ClassFigures, ...]
    trend: tuple[Week, ...]
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


def dashboard(
    school: School, at: datetime, on: date, choice: Choice = EVERYBODY, *, has_trend: bool = True
) -> Dashboard:
    """Return everything for one school; the number of queries does not depend on its size.

    `on` is the day that the choice is about (Choice.day).
    """
    counted, away = _counted(school, on, choice)
    classes = _by_class(choice.classes(school, on), counted)
    since = [one.silent_since for one in counted if one.silent_since]
    apart, talked = (row.with_parent_away for row in classes), (row.connected for row in classes)
    so_far = on, sum(apart), sum(talked)
    return Dashboard(
        at=at,
        on=on,
        classes=classes,
        trend=trend(
            school,
            so_far,
            weeks_over(on, choice),
            children=None if choice.is_everybody else away,
            without=choice.without,
        )
        if has_trend
        else (),
        reach=Reach(
            several=sum(one.several_ways for one in counted),
            one=sum(one.one_way for one in counted),
            none=sum(one.no_way for one in counted),
            unknown=sum(one.ways_unknown for one in counted),
        ),
        apart=Apart(
            parents=sum(one.by_parents for one in counted),
            carers=sum(one.by_carers for one in counted),
            with_carer=sum(one.with_carer for one in counted),
        ),
        changes=Changes(
            connected_before=sum(one.connected_before for one in counted),
            fell_silent=sum(one.fell_silent for one in counted),
            talk_again=sum(one.talk_again for one in counted),
            newly_unreachable=sum(one.newly_unreachable for one in counted),
        ),
        last_contact_at=next(iter(_last_recorded(school_id=school.pk)), None),
        children=sum(len(one.children) for one in counted),
        without_parents=sum(one.without_parents for one in counted),
        whereabouts_unknown=sum(one.whereabouts_unknown for one in counted),
        longest_silence_days=(on - min(since)).days if since else None,
        never_talked=sum(one.never_talked for one in counted),
        confirmed=sum(one.confirmed for one in counted),
    )


def _counted(school: School, on: date, choice: Choice) -> tuple[list[Counted], list[int]]:
    """Return the counts of each class: kept ones, and the rest counted now.

    Also return the children with a parent away among those counted now; for a selection that is all of them.
    """
    kept = choice.kept(school, on)
    found = list(kept.classes.values())
    rest = [pair for pair in choice.children(school, on) if pair[1] not in kept.classes]
    if not rest:
        return found, []
    facts = facts_of(school, on, [child for child, _class in rest])
    return found + facts.by_class(rest), [child for child, _class in rest if child in facts.away]


def board_questions(school: School, on: date) -> list[Question]:
    """What `dashboard` asks of everybody for a few rows."""
    return [
        *kept_questions(school, on),
        _last_recorded.question(school_id=school.pk),
        sums_question(school, weeks_over(on), [ClassWeek.Key.CONNECTED]),
    ]


@prepared
def _last_recorded(*, school_id) -> QuerySet[Any]:
    rows = Contact.objects.filter(school_id=school_id).order_by("-recorded_at")
    return rows.values_list("recorded_at", flat=True)[:1]


def _by_class(
    classes: Iterable[SchoolClass], counted: Iterable[Counted]
) -> tuple[ClassFigures, ...]:
    found = {one.school_class_id: one for one in counted}
    rows = [(row, found.get(row.pk, Counted(row.pk))) for row in classes]
    return tuple(
        ClassFigures(row.pk, row.name, one.with_parent_away, one.connected, one.unreachable)
        for row, one in rows
    )


def trend(
    school: School,
    so_far: tuple[date, int, int],
    days: Sequence[date],
    *,
    children: list[int] | None = None,
    without: Sequence[int] = (),
) -> tuple[Week, ...]:
    """Return the weeks that end on `days` and the last seven days until that of `so_far`, with how many are
    with a parent away and connected; with `children` of these alone. Of everybody it is what is kept
    (figures.class_weeks).
    """
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
    pairs = [*((day, *counted.get(day, (0, 0))) for day in days), so_far]
    return tuple(
        Week(day, away, connected, _percent(away, connected), before.get(day))
        for day, away, connected in pairs
    )


def weeks_over(on: date, choice: Choice = EVERYBODY) -> list[date]:
    """Return the Sundays of the line, without the last seven days: eleven, or all of the chosen term."""
    last, number = last_sunday(on), TREND_WEEKS - 1
    if choice.term:
        number = max((last - choice.term.starts_on).days // 7 + 1, 0)
    return [last - ago * WEEK for ago in reversed(range(number))]


def _percent(away: int, connected: int) -> int | None:
    """None where no talk was recorded at all."""
    return connected * 100 // away if away and connected else None
