"""A county: each of its schools compared with its own first published weeks.

It uses only published spans, so it says no more than they do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import DenseRank

from figures.baseline import rules
from figures.models import PublishedFigure, PublishedWeek
from figures.published import whole_of
from schools.models import County

KEYS = ("connected", "reached", "begun", "pulses")
WHOLES = {whole_of(key) for key in KEYS}


@dataclass(frozen=True)
class CountyChange:
    """`weeks`: of the schools compared; `known`: how many of these weeks have the figure."""

    key: str
    compared: rules.Compared | None
    weeks: int
    known: int

    @property
    def missing(self) -> int:
        """Return the percentage of weeks without the figure."""
        return round(100 * (self.weeks - self.known) / self.weeks) if self.weeks else 0


@dataclass(frozen=True)
class CountySinceStart:
    schools: int
    young: int
    changes: Sequence[CountyChange]


def since_start(county: County) -> CountySinceStart:
    """Return the county's changes; two statements, for any number of schools."""
    shown = at_both_ends(
        PublishedWeek.objects.filter(county=county, school__isnull=False), F("school")
    )
    weeks = list(shown.order_by("edition").values_list("pk", "school", "ends_on"))
    return compared(weeks, published(weeks))


def at_both_ends(weeks: QuerySet, *school: F) -> QuerySet:
    """Return the first and the last weeks of each school; `school` are the columns that identify one."""
    ranked = weeks.annotate(
        first=Window(DenseRank(), partition_by=school, order_by=F("ends_on").asc()),
        last=Window(DenseRank(), partition_by=school, order_by=F("ends_on").desc()),
    )
    return ranked.filter(Q(first__lte=rules.BASELINE_WEEKS) | Q(last__lte=rules.BASELINE_WEEKS))


Published = Mapping[tuple[int, date, str], tuple[int, int]]  # school, week, key → span


def compared(
    weeks: Iterable[tuple[object, int, date]], found: Published, *, is_drawn: bool = True
) -> CountySinceStart:
    """Compare the weeks. `weeks` has key, school and day of each; `is_drawn` adds intervals."""
    days: dict[int, set[date]] = defaultdict(set)
    for _pk, school, day in weeks:
        days[school].add(day)
    spans = {school: rules.periods(sorted(found)) for school, found in days.items()}
    ready = {school: span for school, span in spans.items() if span}
    return CountySinceStart(
        schools=len(ready),
        young=len(spans) - len(ready),
        changes=[_change(key, found, ready, is_drawn) for key in KEYS] if ready else [],
    )


def about(key: str, found: Published) -> rules.Figure:
    """Return about how many children the figure is true of, and out of how many: the middles of the spans."""
    whole = whole_of(key)
    middles = {at: (low + high) / 2 for at, (low, high) in found.items()}
    return {
        (school, day): (share / 100 * middles[school, day, whole], middles[school, day, whole])
        for (school, day, one), share in middles.items()
        if one == key and (school, day, whole) in middles
    }


def published(weeks: Sequence[tuple[object, int, date]]) -> Published:
    """Return the spans of the latest edition of each week.

    `weeks` has key, school and day of each, by edition.
    """
    latest = {(school, day): pk for pk, school, day in weeks}
    return spans_of(latest, PublishedFigure.objects.filter(week__in=list(latest.values())))


def spans_of(latest: Mapping[tuple[int, date], object], figures: QuerySet) -> Published:
    """Return the spans.

    `latest` has the key of the last edition for each school and day; `figures` belong to such weeks.
    """
    where = {pk: at for at, pk in latest.items()}
    rows = figures.filter(key__in=(*KEYS, *WHOLES), low__isnull=False)
    return {
        (*where[week], key): (low, high)
        for week, key, low, high in rows.values_list("week", "key", "low", "high")
        if week in where and high is not None
    }


Spans = Mapping[int, tuple[Sequence[date], Sequence[date]]]


def _change(key: str, found: Published, spans: Spans, is_drawn: bool) -> CountyChange:
    units = rules.units_of(about(key, found), spans)
    asked = [(school, day) for school, both in spans.items() for days in both for day in days]
    known = sum((*at, key) in found for at in asked)
    return CountyChange(key, rules.compare(units, is_drawn=is_drawn), len(asked), known)
