"""The data of a county's page: each school's last week in full, and the lines drawn from the weeks before it.

Earlier weeks are read as one array for each column: a row and an object for every week took five times as
long as PostgreSQL took to find them. What is published never changes, so a process keeps what it read until
something is added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, FilteredRelation, Max, Q, QuerySet
from django.db.models.expressions import RawSQL

from core.prepared import Prepared, prepared
from figures import rules
from figures.models import (
    PublishedFigure,
    PublishedWeek,
    SharedCounty,
    SharedFigure,
    SharedWeek,
)
from figures.published import (
    WEEKS_SHOWN,
    Figure,
    Published,
    SchoolKey,
    SchoolOverWeeks,
    SharedSchool,
    Week,
    by_name,
    editions,
    latest_weeks,
    schools_in,
)
from figures.spans import Unit
from schools.models import County, School

# What the page draws over the weeks, and the children whom it is of.
LINES = ("connected", "away")


class Said(NamedTuple):
    """What the page asks of a week before the last."""

    ends_on: date
    is_used: bool | None
    takes_part: bool | None


class Columns(NamedTuple):
    """All editions of a school's weeks, the last edition of a week after the others.

    `gap`: why there is no share of connected children, None where none was published; `ends`: low and high of
    each of LINES.
    """

    ends_on: Sequence[date]
    is_used: Sequence[bool | None]
    takes_part: Sequence[bool | None]
    gap: Sequence[str | None]
    ends: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class SchoolLines(SchoolOverWeeks):
    school: School | SharedSchool
    week: Week | None
    days: Sequence[date]  # the county's
    columns: Columns

    @property
    def last(self) -> Week | None:
        return self.week

    @cached_property
    def _places(self) -> list[int | None]:
        """Return the position of each day in the columns; None if nothing was published for it."""
        at = {day: place for place, day in enumerate(self.columns.ends_on)}
        return [at.get(day) for day in self.days]

    @property
    def known(self) -> list[Said]:
        of = self.columns
        return [
            Said(of.ends_on[place], of.is_used[place], of.takes_part[place])
            for place in self._places
            if place is not None
        ]

    def spans(self, key: str) -> list[rules.Span | None]:
        low, high = self._ends(key)
        return [
            None if place is None or low[place] is None else (low[place], high[place])
            for place in self._places
        ]

    @property
    def connected(self) -> list[Figure | None]:
        (low, high), gap = self._ends("connected"), self.columns.gap
        return [
            None
            if place is None or gap[place] is None
            else Figure("connected", Unit.SHARE, low[place], high[place], str(gap[place]))
            for place in self._places
        ]

    def _ends(self, key: str) -> Sequence[Sequence[Any]]:
        first = 2 * LINES.index(key)
        return self.columns.ends[first : first + 2]


@dataclass(frozen=True)
class Source:
    """The queries for published weeks: those of a county, or those that a province has received."""

    newest: Prepared
    edition_mark: Prepared
    columns: Prepared
    weeks: Prepared
    figures: Prepared


def _source(weeks: Any, figures: Any, school: str) -> Source:
    """Return the queries on these models. `school` is the column with the school's key."""

    @prepared
    def newest(*, county_id, until) -> QuerySet[Any]:
        rows = weeks.objects.filter(county_id=county_id, ends_on__lte=until)
        return rows.order_by("-ends_on").values_list("ends_on", flat=True)[:1]

    @prepared
    def edition_mark(*, county_id, since) -> QuerySet[Any]:
        """Return how many editions there are, and the last transaction that added any.

        If two answers are equal, so are the rows, because a published week is never changed.
        """
        rows = weeks.objects.filter(county_id=county_id, ends_on__gte=since).order_by()
        added_by = RawSQL("xmin::text::bigint", ())
        return rows.values_list("county_id").annotate(Count("pk"), last=Max(added_by))

    @prepared
    def columns(*, county_id, since, until=None) -> QuerySet[Any]:
        rows = weeks.objects.filter(county_id=county_id, ends_on__gte=since)
        # Between two days, whichever they are, PostgreSQL expects a handful of weeks, and looks for the
        # figures of each one by one.
        rows = rows.filter(ends_on__lte=until) if until else rows
        of_lines = {
            key: FilteredRelation("figures", condition=Q(figures__key=key)) for key in LINES
        }
        names = [f"{key}__{end}" for key in LINES for end in ("low", "high")]
        together = {
            f"all_{name}": ArrayAgg(name, order_by=("ends_on", "edition"))
            for name in ("ends_on", "is_used", "takes_part", "connected__gap", *names)
        }
        return rows.annotate(**of_lines).order_by().values_list(school).annotate(**together)

    @prepared
    def of_last_week(*, county_id, on) -> QuerySet[Any]:
        return editions(weeks.objects.filter(county_id=county_id, ends_on=on))

    @prepared
    def figures_of_last_week(*, county_id, on) -> QuerySet[Any]:
        rows = figures.objects.filter(week__county_id=county_id, week__ends_on=on)
        return rows.order_by().values_list("week", *Figure._fields)

    return Source(newest, edition_mark, columns, of_last_week, figures_of_last_week)


OF_COUNTY = _source(PublishedWeek, PublishedFigure, "school")
OF_PROVINCE = _source(SharedWeek, SharedFigure, "school_code")


def lines(county: County | SharedCounty, until: date | None = None) -> Published:
    """Return a county's last weeks, or those until a day.

    Four statements; three more where something was published since this process last read these weeks.
    """
    source = OF_COUNTY if isinstance(county, County) else OF_PROVINCE
    last = _newest(source, county, until or date.max)
    if last is None:
        return Published([], [], None, None)
    since = last - (WEEKS_SHOWN - 1) * rules.WEEK
    earlier = since - timedelta(days=1)
    has_earlier = _newest(source, county, earlier) is not None
    mark = tuple(source.edition_mark(county_id=county.pk, since=since))
    found, *of_last_week = editions_read(source, county.pk, since, until, last, mark)
    first = since if has_earlier else min(min(one.ends_on) for one in found.values())
    days = rules.weeks_from(first, last)
    weeks = latest_weeks(*of_last_week)
    if isinstance(county, County):
        schools = by_name(_with_keys(keys=[key for key in found if key]))
    else:
        schools = schools_in(
            SharedWeek.objects.filter(county=county, ends_on__gte=since, ends_on__lte=last)
        )
    return Published(
        days,
        [
            SchoolLines(one, weeks.get((one.pk, last)), days, found[one.pk])
            for one in schools
            if one.pk in found  # a school of a province may have arrived since
        ],
        weeks.get((None, last)),
        earlier if has_earlier else None,
    )


def _newest(source: Source, county: County | SharedCounty, until: date) -> date | None:
    return next(iter(source.newest(county_id=county.pk, until=until)), None)


class EditionsRead(NamedTuple):
    columns: Mapping[SchoolKey, Columns]
    # Of the last week, as `latest_weeks` takes them.
    weeks: Sequence[Any]
    figures: Sequence[Any]


@lru_cache(maxsize=128)  # a province's counties; 40 schools take about 100 kB
def editions_read(
    source: Source,
    county_id: int | str,
    since: date,
    until: date | None,
    last: date,
    _mark: tuple[Any, ...],
) -> EditionsRead:
    """Return the rows of these weeks, kept in this process until `_mark` changes.

    `_mark` was read before these rows, so rows that are kept under it may be newer, never older.
    """
    asked = {"county_id": county_id, "on": last}
    return EditionsRead(
        columns_of(source, county_id, since, until), source.weeks(**asked), source.figures(**asked)
    )


def columns_of(
    source: Source, county_id: int | str, since: date, until: date | None
) -> dict[SchoolKey, Columns]:
    asked = {"county_id": county_id, "since": since} | ({"until": until} if until else {})
    rows = source.columns(**asked)
    return {
        school or None: Columns(ends_on, is_used, takes_part, gap, ends)
        for school, ends_on, is_used, takes_part, gap, *ends in rows
    }


@prepared
def _with_keys(*, keys) -> QuerySet[School]:
    return School.objects.filter(pk__in=keys).only("name", "is_demo").order_by()
