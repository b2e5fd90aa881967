"""A county whose schools begin one after the other: each against its own weeks before it began, and those
that had begun beside those that had not; from the published spans alone. By the county's plan, whatever a
school did: one that dragged its feet would else pass for one that waited.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import F, Q, Window
from django.db.models.functions import DenseRank

from figures.baseline import rules
from figures.baseline.county import KEYS, Middles, Published, middles_of, published, sum_of
from figures.models import PublishedWeek
from schools.models import County, WaveSchool

WEEKS = rules.BASELINE_WEEKS
SHOWN_WEEKS = 12  # of the table: what came before is in the figures above it


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class OneSchool:
    """`directions`: by figure; none where it has too few weeks before or since."""

    name: str
    wave: str
    starts_on: date
    directions: Mapping[str, Direction]


@dataclass(frozen=True)
class OneWeek:
    """How many schools had begun by then and how many waited. Their shares: where eight or more are known,
    and two of that side.
    """

    ends_on: date
    begun: int
    waiting: int
    share_begun: float | None
    share_waiting: float | None


@dataclass(frozen=True)
class SteppedChange:
    key: str
    own: rules.Compared | None
    beside: rules.SideBySide | None
    weeks: Sequence[OneWeek]


@dataclass(frozen=True)
class RollOut:
    schools: Sequence[OneSchool]
    changes: Sequence[SteppedChange]


Weeks = Mapping[int, Sequence[date]]


def roll_out(county: County) -> RollOut | None:
    """None where the county has no plan. Three statements, for any number of schools."""
    places = list(
        WaveSchool.objects.filter(school__county=county, wave__county=county)
        .select_related("school", "wave")
        .order_by("wave__starts_on", "school__name", "school_id")
    )
    starts = {one.school_id: one.wave.starts_on for one in places if one.wave}
    if not starts:
        return None
    rows = _weeks(county, starts)
    days: dict[int, set[date]] = defaultdict(set)
    for _pk, school, day in rows:
        days[school].add(day)
    weeks = {school: sorted(found) for school, found in days.items()}
    known = published(rows)
    middles = middles_of(known)
    spans = {pk: span for pk, on in starts.items() if (span := _own(weeks.get(pk, ()), on))}
    return RollOut(
        schools=[
            OneSchool(one.school.name, one.wave.name, one.wave.starts_on, _told(one, known, spans))
            for one in places
            if one.wave
        ],
        changes=[
            SteppedChange(
                key=key,
                own=rules.compare(
                    [
                        rules.Unit(*(sum_of(key, middles, school, part) for part in span))
                        for school, span in spans.items()
                    ]
                ),
                beside=rules.side_by_side(units),
                weeks=_table(units),
            )
            for key in KEYS
            for units in [_stepped(key, middles, weeks, starts)]
        ],
    )


def _weeks(county: County, starts: Mapping[int, date]) -> list[tuple[int, int, date]]:
    """Of the schools of the plan: from four weeks before the first begins until the last does, and the last
    four that are published.
    """
    ranked = PublishedWeek.objects.filter(county=county, school__in=list(starts)).annotate(
        last=Window(DenseRank(), partition_by=F("school"), order_by=F("ends_on").desc()),
    )
    first, last = min(starts.values()), max(starts.values())
    shown = Q(ends_on__gte=first - timedelta(weeks=WEEKS), ends_on__lt=last) | Q(last__lte=WEEKS)
    rows = ranked.filter(shown).order_by("edition")
    return list(rows.values_list("pk", "school", "ends_on"))


def _own(days: Sequence[date], starts_on: date) -> tuple[Sequence[date], Sequence[date]] | None:
    """The last weeks before a school began, and the last ones since; None where there are too few."""
    before = [day for day in days if day < starts_on][-WEEKS:]
    since = [day for day in days if day > starts_on][-WEEKS:]
    return (before, since) if len(before) == len(since) == WEEKS else None


Spans = Mapping[int, tuple[Sequence[date], Sequence[date]]]


def _told(place: WaveSchool, known: Published, spans: Spans) -> dict[str, Direction]:
    parts, found = spans.get(place.school_id, ()), {}
    for key in KEYS:
        both = [
            [known[at] for day in days if (at := (place.school_id, day, key)) in known]
            for days in parts
        ]
        if both and all(both):
            found[key] = _direction(*both)
    return found


def _direction(before: Sequence[tuple[int, int]], now: Sequence[tuple[int, int]]) -> Direction:
    """Sure only where the spans themselves lie apart, on the average of their weeks."""
    (low, high), (low_now, high_now) = (
        [sum(ends) / len(part) for ends in zip(*part, strict=True)] for part in (before, now)
    )
    if low_now >= high:
        return Direction.HIGHER
    return Direction.LOWER if high_now <= low else Direction.UNCLEAR


def _stepped(
    key: str, middles: Middles, weeks: Weeks, starts: Mapping[int, date]
) -> list[rules.Stepped]:
    """Of schools with a figure in each of the last four weeks before anybody began."""
    first, last = min(starts.values()), max(starts.values())
    units = []
    for school, starts_on in starts.items():
        days = [
            day
            for day in weeks.get(school, ())
            if (school, day, key) in middles and (school, day, "away") in middles
        ]
        before = [day for day in days if day < first][-WEEKS:]
        baseline = sum_of(key, middles, school, before)
        if len(before) == WEEKS and baseline[1]:
            shown = [day for day in days if first < day < last]
            units.append(
                rules.Stepped(
                    baseline=baseline,
                    weeks={day: sum_of(key, middles, school, [day]) for day in shown},
                    begun=frozenset(day for day in shown if day > starts_on),
                )
            )
    return units


def _table(units: Sequence[rules.Stepped]) -> list[OneWeek]:
    days = sorted({day for one in units for day in one.weeks})[-SHOWN_WEEKS:]
    is_enough = len(units) >= rules.FEWEST_UNITS
    found = []
    for day in days:
        begun, waiting = rules.sides(units, day)
        found.append(
            OneWeek(
                ends_on=day,
                begun=len(begun),
                waiting=len(waiting),
                share_begun=_share(begun, day) if is_enough else None,
                share_waiting=_share(waiting, day) if is_enough else None,
            )
        )
    return found


def _share(units: Sequence[rules.Stepped], day: date) -> float | None:
    if len(units) < rules.FEWEST_A_SIDE:
        return None
    parts = [one.weeks[day] for one in units]
    return sum(pair[0] for pair in parts) / sum(pair[1] for pair in parts)
