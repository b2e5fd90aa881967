"""A county: its schools, each against its own first published weeks; from the published spans alone, so it
says no more than they do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, Window
from django.db.models.functions import DenseRank

from figures.baseline import rules
from figures.models import PublishedFigure, PublishedWeek
from schools.models import County

KEYS = ("connected", "reached")


@dataclass(frozen=True)
class CountyChange:
    """`missing`: of the weeks of the schools that are compared, those without a figure, in per cent."""

    key: str
    compared: rules.Compared | None
    missing: int


@dataclass(frozen=True)
class CountySinceStart:
    schools: int
    young: int
    changes: Sequence[CountyChange]


Middles = Mapping[tuple[int, date, str], float]  # school, week, key → middle of the span


def since_start(county: County) -> CountySinceStart:
    """Two statements, for any number of schools."""
    ranked = PublishedWeek.objects.filter(county=county, school__isnull=False).annotate(
        first=Window(DenseRank(), partition_by=F("school"), order_by=F("ends_on").asc()),
        last=Window(DenseRank(), partition_by=F("school"), order_by=F("ends_on").desc()),
    )
    shown = ranked.filter(Q(first__lte=rules.BASELINE_WEEKS) | Q(last__lte=rules.BASELINE_WEEKS))
    weeks = list(shown.order_by("edition").values_list("pk", "school", "ends_on"))
    days: dict[int, set[date]] = defaultdict(set)
    for _pk, school, day in weeks:
        days[school].add(day)
    spans = {school: rules.periods(sorted(found)) for school, found in days.items()}
    ready = {school: span for school, span in spans.items() if span}
    middles = middles_of(published(weeks))
    return CountySinceStart(
        schools=len(ready),
        young=len(spans) - len(ready),
        changes=[_change(key, middles, ready) for key in KEYS] if ready else [],
    )


Published = Mapping[tuple[int, date, str], tuple[int, int]]  # the same with the span itself


def middles_of(found: Published) -> Middles:
    return {at: (low + high) / 2 for at, (low, high) in found.items()}


def published(weeks: Iterable[tuple[int, int, date]]) -> Published:
    """The spans of the last edition of each week; `weeks`: key, school and day of each, by edition."""
    latest = {(school, day): pk for pk, school, day in weeks}
    where = {pk: at for at, pk in latest.items()}
    rows = PublishedFigure.objects.filter(
        week__in=list(where), key__in=(*KEYS, "away"), low__isnull=False
    )
    return {
        (*where[week], key): (low, high)
        for week, key, low, high in rows.values_list("week", "key", "low", "high")
        if low is not None and high is not None
    }


Spans = Mapping[int, tuple[Sequence[date], Sequence[date]]]


def _change(key: str, middles: Middles, spans: Spans) -> CountyChange:
    units = [
        rules.Unit(sum_of(key, middles, school, before), sum_of(key, middles, school, now))
        for school, (before, now) in spans.items()
    ]
    asked = [(school, day) for school, both in spans.items() for days in both for day in days]
    known = sum((*at, key) in middles for at in asked)
    return CountyChange(key, rules.compare(units), round(100 * (len(asked) - known) / len(asked)))


def sum_of(key: str, middles: Middles, school: int, days: Sequence[date]) -> tuple[float, float]:
    """About how many children the figure holds for, of how many, over these weeks."""
    pairs = [
        (
            middles[school, day, key] / 100 * middles[school, day, "away"],
            middles[school, day, "away"],
        )
        for day in days
        if (school, day, key) in middles and (school, day, "away") in middles
    ]
    return sum(part for part, _whole in pairs), sum(whole for _part, whole in pairs)
