"""Reads of what a county has published; its officers see nothing else of a school."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext

from core import replica
from core.pinyin import pinyin_of
from figures import rules
from figures.models import PublishedFigure, PublishedWeek, SharedWeek
from figures.spans import Gap, Sending, Unit
from schools.models import County, School

WEEKS_SHOWN = 20  # one term
SchoolKey = (
    int | str | None
)  # the number of a county's school, the code of a province's, None for the queue


@dataclass(frozen=True)
class SharedSchool:
    """A school as the province knows it: by its code and the code of its county."""

    county: str
    pk: str
    name: str
    is_demo: ClassVar[bool] = False  # a county does not share demo schools


class Row(NamedTuple):
    """A PublishedWeek, or a SharedWeek, as values: a page reads thousands."""

    pk: object
    ends_on: date
    is_late: bool
    has_counsellor: bool | None
    takes_part: bool | None
    is_used: bool | None
    access_confirmed: bool | None
    sending: str
    edition: int
    school: SchoolKey
    why: str

    def get_sending_display(self) -> str:
        return str(Sending(self.sending).label) if self.sending else ""


class Figure(NamedTuple):
    """A PublishedFigure, or a SharedFigure, as values."""

    key: str
    unit: str
    low: int | None
    high: int | None
    gap: str

    def get_unit_display(self) -> str:
        return str(Unit(self.unit).label)

    def get_gap_display(self) -> str:
        return str(Gap(self.gap).label) if self.gap else ""


class Week(NamedTuple):
    """The last edition of a published week, with its figures by key."""

    row: Row
    figures: Mapping[str, Figure]

    def span(self, key: str) -> rules.Span | None:
        found = self.figures.get(key)
        if found is None or found.low is None or found.high is None:
            return None
        return found.low, found.high


class Sign(Protocol):
    """What a week says about how a school is doing."""

    @property
    def ends_on(self) -> date: ...
    @property
    def is_used(self) -> bool | None: ...
    @property
    def takes_part(self) -> bool | None: ...


class SchoolOverWeeks(ABC):
    """A school over the county's days; it may have published nothing for some of them."""

    school: School | SharedSchool

    @property
    @abstractmethod
    def last(self) -> Week | None: ...

    @property
    @abstractmethod
    def known(self) -> Sequence[Sign]:
        """Return the weeks for which something is published.

        A week without, as after a Monday on which the server was off, says nothing about the school.
        """

    @abstractmethod
    def spans(self, key: str) -> list[rules.Span | None]: ...

    @property
    def in_queue(self) -> list[Sign]:
        """Return the last known consecutive weeks in which the school took part in the shared queue."""
        return (
            _at_the_end([week if week.takes_part else None for week in self.known])
            if self.last
            else []
        )

    @property
    def change(self) -> float:
        """Return how far the share of talks moved, in percentage points, from first to last known week."""
        known = [span for span in self.spans("connected") if span]
        return (sum(known[-1]) - sum(known[0])) / 2 if known else 0.0

    @property
    def unused_weeks(self) -> int:
        """Return how many of the last known weeks in a row had no sign of use."""
        if not self.last:
            return 0
        return len(_at_the_end([week if week.is_used is False else None for week in self.known]))


def _at_the_end(weeks: Sequence[Sign | None]) -> list[Sign]:
    """Return the weeks after the last gap."""
    found: list[Sign] = []
    for week in weeks:
        found = [*found, week] if week else []
    return found


@dataclass(frozen=True)
class SchoolWeeks(SchoolOverWeeks):
    """`weeks`: one for each of the county's days; None where the school has published nothing."""

    school: School | SharedSchool
    weeks: Sequence[Week | None]

    @property
    def last(self) -> Week | None:
        return self.weeks[-1]

    @property
    def known(self) -> list[Row]:
        return [week.row for week in self.weeks if week]

    def spans(self, key: str) -> list[rules.Span | None]:
        return [week.span(key) if week else None for week in self.weeks]


Shown = TypeVar("Shown", bound=SchoolOverWeeks, covariant=True)


@dataclass(frozen=True)
class Published(Generic[Shown]):
    """`days`: the Sundays of the weeks, the oldest first; `earlier`: the last Sunday before these."""

    days: Sequence[date]
    schools: Sequence[Shown]
    queue: Week | None
    earlier: date | None

    def county_spans(self, key: str) -> list[rules.Span | None]:
        """Return a share for the whole county, week by week, only from the spans of its schools."""
        shares = [
            list(zip(one.spans(key), one.spans(whole_of(key)), strict=True)) for one in self.schools
        ]
        return [
            rules.together([(part, whole) for part, whole in week if part and whole])
            for week in ([of[place] for of in shares] for place in range(len(self.days)))
        ]

    def shown(self, key: str) -> int:
        """Return for how many schools the last week has the figure."""
        return sum(bool(one.last and one.last.span(key)) for one in self.schools)


def together(weeks: Sequence[Week | None], key: str) -> rules.Span | None:
    """Return a share over several schools in one week; each school is weighted by its children."""
    pairs = [(week.span(key), week.span(whole_of(key))) for week in weeks if week]
    return rules.together([(share, whole) for share, whole in pairs if share and whole])


def whole_of(key: str) -> str:
    """Return which published number gives a school's weight in a share of the county."""
    return "pupils" if key in ("screened", "pulses") else "away"


def published(
    county: County, until: date | None = None, school: int | None = None
) -> Published[SchoolWeeks]:
    """Return everything published for a county's last weeks, or until a day, or for one school by its key.

    Four queries. The county's page reads less (figures.county_lines).
    """
    rows = PublishedWeek.objects.filter(county=county).select_related("school")
    if school is not None:
        rows = rows.filter(school=school)
    return weeks_of(rows, PublishedFigure.objects.all(), until)


def weeks_of(rows: QuerySet, spans: QuerySet, until: date | None) -> Published[SchoolWeeks]:
    """Return the weeks.

    `rows`: a county's PublishedWeek, or SharedWeek of a province; `spans`: the figures of such rows.
    """
    if until is not None:
        rows = rows.filter(ends_on__lte=until)
    ends = rows.aggregate(first=Min("ends_on"), last=Max("ends_on"))
    if ends["last"] is None:
        return Published([], [], None, None)
    first = max(ends["first"], ends["last"] - (WEEKS_SHOWN - 1) * rules.WEEK)
    days = rules.weeks_from(first, ends["last"])
    within = rows.filter(ends_on__gte=first)
    found = weeks_in(within, spans)
    return Published(
        days,
        [
            SchoolWeeks(one, [found.get((one.pk, day)) for day in days])
            for one in schools_in(within)
        ],
        found.get((None, days[-1])),
        first - timedelta(days=1) if first > ends["first"] else None,
    )


def weeks_in(rows: QuerySet, spans: QuerySet) -> dict[tuple[SchoolKey, date], Week]:
    """Return the last edition for each school and day, with its figures.

    Two statements; the weeks are read first, so that a week published in the meantime is not half read.
    """
    latest = _fetched(editions(rows))
    wanted = spans.filter(week__in=rows.order_by().values("pk"))
    return latest_weeks(latest, _fetched(wanted.values_list("week", *Figure._fields)))


def editions(rows: QuerySet) -> QuerySet:
    """Return the values of every edition, the last edition of a week last.

    They are those of a Row, except for what `latest_weeks` adds.
    """
    facts = Row._fields[:-2]
    rows = rows.select_related(None).order_by("edition")
    if rows.model is SharedWeek:  # it has no text for corrections
        return rows.values_list(*facts, "school_code")
    return rows.values_list(*facts, "school", "why")


def latest_weeks(
    rows: Iterable[Sequence], figures: Iterable[Sequence]
) -> dict[tuple[SchoolKey, date], Week]:
    """Return the last of `editions` for each school and day, with its figures."""
    of_week: dict[object, dict[str, Figure]] = defaultdict(dict)
    for week, *values in figures:
        of_week[week][values[0]] = Figure._make(values)
    latest = {(row.school, row.ends_on): row for row in map(_row, rows)}
    return {key: Week(row, of_week[row.pk]) for key, row in latest.items()}


def _row(values: Sequence) -> Row:
    if len(values) == len(Row._fields):
        return Row._make(values)
    *facts, school = values
    why = gettext("by the county") if facts[-1] > 1 else ""
    return Row._make([*facts, school or None, why])


def _fetched(rows: QuerySet) -> list[tuple]:
    """Fetch all rows at once.

    For thousands of rows, Django's own conversion takes longer than reading them, and none of these columns
    needs it.
    """
    with replica.reading().cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        return cursor.fetchall()


def schools_in(rows: QuerySet) -> list[School | SharedSchool]:
    """Return the schools of these weeks, by name. One statement."""
    schools: list[School | SharedSchool]
    if rows.model is SharedWeek:
        named = rows.exclude(school_code="").order_by("ends_on", "edition")
        # By code; if a name changed, the last one.
        by_code = {
            code: SharedSchool(county, code, name)
            for county, code, name in named.values_list("county", "school_code", "school_name")
        }
        schools = list(by_code.values())
    else:
        schools = list(School.objects.filter(pk__in=rows.order_by().values("school")))
    return by_name(schools)


def by_name(schools: Iterable[School | SharedSchool]) -> list[School | SharedSchool]:
    return sorted(schools, key=lambda one: (_spelled(one.name), one.pk))


_spelled = lru_cache(maxsize=1024)(pinyin_of)  # only of schools
