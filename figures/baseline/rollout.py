"""A county whose schools begin one after another by its plan; only from published spans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import F, Q, Window
from django.db.models.functions import DenseRank

from figures.baseline.county import Published, about, published
from figures.baseline.stepped import WEEKS, Spans, SteppedChange, change, own_spans
from figures.models import PublishedWeek
from schools.models import County, WaveSchool

KEYS = ("connected", "reached")  # as of classes (classes.py): what the weekly question may change


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class OneSchool:
    """`directions`: for each figure; empty if the school has too few weeks before or since."""

    name: str
    wave: str
    starts_on: date
    directions: Mapping[str, Direction]


@dataclass(frozen=True)
class RollOut:
    schools: Sequence[OneSchool]
    changes: Sequence[SteppedChange]


def roll_out(county: County) -> RollOut | None:
    """Return the roll-out; None if the county has no plan. Three statements, for any number of schools."""
    places = list(
        WaveSchool.objects.filter(school__county=county, wave__county=county)
        .select_related("school", "wave")
        .order_by("wave__starts_on", "school__name", "school_id")
    )
    starts = {one.school_id: one.wave.starts_on for one in places if one.wave}
    if not starts:
        return None

    # Weeks from four before the first school of the plan begins until the last one does, and the last four
    # published.
    ranked = PublishedWeek.objects.filter(county=county, school__in=list(starts)).annotate(
        last=Window(DenseRank(), partition_by=F("school"), order_by=F("ends_on").desc()),
    )
    first, last = min(starts.values()), max(starts.values())
    shown = Q(ends_on__gte=first - timedelta(weeks=WEEKS), ends_on__lt=last) | Q(last__lte=WEEKS)
    there = ranked.filter(shown).order_by("edition")
    rows = list(there.values_list("pk", "school", "ends_on"))

    days: dict[int, set[date]] = defaultdict(set)
    for _pk, school, day in rows:
        days[school].add(day)
    weeks = {school: sorted(found) for school, found in days.items()}
    known = published(rows)
    spans = own_spans(weeks, starts)
    return RollOut(
        schools=[
            OneSchool(one.school.name, one.wave.name, one.wave.starts_on, _told(one, known, spans))
            for one in places
            if one.wave
        ],
        changes=[change(key, about(key, known), weeks, starts, spans) for key in KEYS],
    )


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
    """Return the direction.

    It is certain only if the spans themselves do not overlap, on the average of their weeks.
    """
    (low, high), (low_now, high_now) = (
        [sum(ends) / len(part) for ends in zip(*part, strict=True)] for part in (before, now)
    )
    if low_now >= high:
        return Direction.HIGHER
    return Direction.LOWER if high_now <= low else Direction.UNCLEAR
