"""Reads of what a county has published; nothing else of a school is read for its officers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Max, Min, Q, QuerySet
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


@dataclass(frozen=True)
class SchoolWeeks:
    """`weeks`: one for each of the county's days; None where the school has published nothing."""

    school: School | SharedSchool
    weeks: Sequence[Week | None]

    @property
    def last(self) -> Week | None:
        return self.weeks[-1]

    @property
    def known(self) -> list[Row]:
        """The weeks of which something is published. One without, as after a Monday on which the server was
        off, says nothing about the school.
        """
        return [week.row for week in self.weeks if week]

    @property
    def in_queue(self) -> list[Row]:
        """The last known weeks, in a row, in which the school took part in the shared queue."""
        return (
            _at_the_end([row if row.takes_part else None for row in self.known])
            if self.last
            else []
        )

    def spans(self, key: str) -> list[rules.Span | None]:
        return [week.span(key) if week else None for week in self.weeks]

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
        return len(_at_the_end([row if row.is_used is False else None for row in self.known]))


def _at_the_end(rows: Sequence[Row | None]) -> list[Row]:
    """The rows after the last gap."""
    found: list[Row] = []
    for row in rows:
        found = [*found, row] if row else []
    return found


@dataclass(frozen=True)
class Published:
    """`days`: the Sundays of the weeks, the oldest first; `earlier`: the last one before these."""

    days: Sequence[date]
    schools: Sequence[SchoolWeeks]
    queue: Week | None
    earlier: date | None

    def county_spans(self, key: str) -> list[rules.Span | None]:
        """A share for the whole county, week by week: from the spans of its schools alone."""
        return [
            together([one.weeks[place] for one in self.schools], key)
            for place in range(len(self.days))
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


LINES = ("connected", "away")  # what the county's page draws over the weeks


def published(
    county: County, until: date | None = None, school: int | None = None, is_whole: bool = False
) -> Published:
    """What is published of a county's last weeks, or of those until a day; of one school, by its key. Four
    queries. Without `is_whole` the weeks before the last have the figures of LINES alone.
    """
    rows = PublishedWeek.objects.filter(county=county).select_related("school")
    if school is not None:
        rows = rows.filter(school=school)
    return weeks_of(rows, PublishedFigure.objects.all(), until, is_whole)


def weeks_of(rows: QuerySet, spans: QuerySet, until: date | None, is_whole: bool) -> Published:
    """`rows`: a county's PublishedWeek, or SharedWeek at a province; `spans`: the figures of such rows."""
    if until is not None:
        rows = rows.filter(ends_on__lte=until)
    ends = rows.aggregate(first=Min("ends_on"), last=Max("ends_on"))
    if ends["last"] is None:
        return Published([], [], None, None)
    first = max(ends["first"], ends["last"] - (WEEKS_SHOWN - 1) * rules.WEEK)
    days = [first + n * rules.WEEK for n in range((ends["last"] - first).days // 7 + 1)]
    within = rows.filter(ends_on__gte=first)
    if not is_whole:
        spans = spans.filter(Q(key__in=LINES) | Q(week__ends_on=ends["last"]))
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
    latest = list(_latest(rows))
    figures: dict[object, dict[str, Figure]] = defaultdict(dict)
    wanted = spans.filter(week__in=rows.order_by().values("pk"))
    for week, *values in _fetched(wanted.values_list("week", *Figure._fields)):
        figures[week][values[0]] = Figure._make(values)
    return {(row.school, row.ends_on): Week(row, figures[row.pk]) for row in latest}


def _latest(rows: QuerySet) -> Iterator[Row]:
    """Every edition, the last one of a week last."""
    facts = Row._fields[:-2]
    if rows.model is SharedWeek:  # which goes without the words of a correction
        for *values, school in _fetched(
            rows.order_by("edition").values_list(*facts, "school_code")
        ):
            why = gettext("by the county") if values[-1] > 1 else ""
            yield Row._make([*values, school or None, why])
    else:
        found = rows.select_related(None).order_by("edition")
        yield from map(Row._make, _fetched(found.values_list(*facts, "school", "why")))


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
    return sorted(schools, key=lambda one: (pinyin_of(one.name), one.pk))
