"""Reads of what a county has published; nothing else of a school is read for its officers."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext

from core import replica
from core.pinyin import pinyin_of
from figures import rules
from figures.models import PublishedFigure, PublishedWeek, SharedWeek
from figures.province.models import SharedSchool
from figures.spans import Gap, Sending, Unit
from schools.models import County, School

WEEKS_SHOWN = 20  # a term
SchoolKey = (
    int | str | None
)  # the number of a county's school, the code of a province's; None: its queue


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
    """Of a week, what says how a school goes on."""

    @property
    def ends_on(self) -> date: ...
    @property
    def is_used(self) -> bool | None: ...
    @property
    def takes_part(self) -> bool | None: ...


class SchoolOverWeeks(ABC):
    """A school over the county's days; of some it may have published nothing."""

    school: School | SharedSchool

    @property
    @abstractmethod
    def last(self) -> Week | None: ...

    @property
    @abstractmethod
    def known(self) -> Sequence[Sign]:
        """The weeks of which something is published. One without, as after a Monday on which the server was
        off, says nothing about the school.
        """

    @abstractmethod
    def spans(self, key: str) -> list[rules.Span | None]: ...

    @property
    def in_queue(self) -> list[Sign]:
        """The last known weeks, in a row, in which the school took part in the shared queue."""
        return (
            _at_the_end([week if week.takes_part else None for week in self.known])
            if self.last
            else []
        )

    @property
    def change(self) -> float:
        """Percentage points by which the share of talks differs between the first and the last week shown
        of which something is known.
        """
        known = [span for span in self.spans("connected") if span]
        return (sum(known[-1]) - sum(known[0])) / 2 if known else 0.0

    @property
    def unused_weeks(self) -> int:
        """In a row, the last known ones."""
        if not self.last:
            return 0
        return len(_at_the_end([week if week.is_used is False else None for week in self.known]))


def _at_the_end(weeks: Sequence[Sign | None]) -> list[Sign]:
    """The weeks after the last gap."""
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
    """`days`: the Sundays of the weeks, the oldest first; `earlier`: the last one before these."""

    days: Sequence[date]
    schools: Sequence[Shown]
    queue: Week | None
    earlier: date | None

    def county_spans(self, key: str) -> list[rules.Span | None]:
        """A share for the whole county, week by week: from the spans of its schools alone."""
        shares = [
            list(zip(one.spans(key), one.spans(whole_of(key)), strict=True)) for one in self.schools
        ]
        return [
            rules.together([(part, whole) for part, whole in week if part and whole])
            for week in ([of[place] for of in shares] for place in range(len(self.days)))
        ]

    def shown(self, key: str) -> int:
        """Of how many schools the last week has the figure."""
        return sum(bool(one.last and one.last.span(key)) for one in self.schools)


def together(weeks: Sequence[Week | None], key: str) -> rules.Span | None:
    """A share of several schools in one week; a school counts by its children."""
    pairs = [(week.span(key), week.span(whole_of(key))) for week in weeks if week]
    return rules.together([(share, whole) for share, whole in pairs if share and whole])


def whole_of(key: str) -> str:
    """Of a share of the county: which published number says how much a school counts."""
    return "pupils" if key == "screened" else "away"


def published(
    county: County, until: date | None = None, school: int | None = None
) -> Published[SchoolWeeks]:
    """All that is published of a county's last weeks, or of those until a day; of one school, by its key.
    Four queries. The county's page reads less (figures.county_lines).
    """
    rows = PublishedWeek.objects.filter(county=county).select_related("school")
    if school is not None:
        rows = rows.filter(school=school)
    return weeks_of(rows, PublishedFigure.objects.all(), until)


def weeks_of(rows: QuerySet, spans: QuerySet, until: date | None) -> Published[SchoolWeeks]:
    """`rows`: a county's PublishedWeek, or SharedWeek at a province; `spans`: the figures of such rows."""
    if until is not None:
        rows = rows.filter(ends_on__lte=until)
    ends = rows.aggregate(first=Min("ends_on"), last=Max("ends_on"))
    if ends["last"] is None:
        return Published([], [], None, None)
    first = max(ends["first"], ends["last"] - (WEEKS_SHOWN - 1) * rules.WEEK)
    days = [first + n * rules.WEEK for n in range((ends["last"] - first).days // 7 + 1)]
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
    """Of each school and day the last edition, with its figures. Two statements; the weeks come first, so
    that what is published meanwhile is not read half.
    """
    latest = _fetched(editions(rows))
    wanted = spans.filter(week__in=rows.order_by().values("pk"))
    return latest_weeks(latest, _fetched(wanted.values_list("week", *Figure._fields)))


def editions(rows: QuerySet) -> QuerySet:
    """The values of every edition, the last one of a week last: a Row, but for what `latest_weeks` knows."""
    facts = Row._fields[:-2]
    rows = rows.select_related(None).order_by("edition")
    if rows.model is SharedWeek:  # which goes without the words of a correction
        return rows.values_list(*facts, "school_code")
    return rows.values_list(*facts, "school", "why")


def latest_weeks(
    rows: Iterable[Sequence], figures: Iterable[Sequence]
) -> dict[tuple[SchoolKey, date], Week]:
    """Of `editions` the last one of each school and day, with its figures."""
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
    """All at once: of thousands of rows Django looks at each once more, which takes longer than to read them.
    None of these columns needs it.
    """
    with replica.reading().cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        return cursor.fetchall()


def schools_in(rows: QuerySet) -> list[School | SharedSchool]:
    """Whose weeks these are, by name. One statement."""
    schools: list[School | SharedSchool]
    if rows.model is SharedWeek:
        named = rows.exclude(school_code="").order_by("ends_on", "edition")
        # By its code: of a name that changed, the last one.
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


_spelled = lru_cache(maxsize=1024)(pinyin_of)  # of schools alone
