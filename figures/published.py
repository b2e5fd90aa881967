"""Reads of what a county has published; nothing else of a school is read for its officers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Min, Prefetch, Q, QuerySet

from core.pinyin import pinyin_of
from figures import rules
from figures.models import PublishedFigure, PublishedWeek
from schools.models import County, School

WEEKS_SHOWN = 20  # a term


@dataclass(frozen=True)
class Week:
    """The last edition of a published week, with its figures by key."""

    row: PublishedWeek
    figures: Mapping[str, PublishedFigure]

    def span(self, key: str) -> rules.Span | None:
        found = self.figures.get(key)
        if found is None or found.low is None or found.high is None:
            return None
        return found.low, found.high


@dataclass(frozen=True)
class SchoolWeeks:
    """`weeks`: one for each of the county's days; None where the school has published nothing."""

    school: School
    weeks: Sequence[Week | None]

    @property
    def last(self) -> Week | None:
        return self.weeks[-1]

    @property
    def queue_weeks(self) -> int:
        """In a row, the last ones in which the school took part in the shared queue."""
        count = 0
        for week in reversed(self.weeks):
            if week is None or not week.row.takes_part:
                break
            count += 1
        return count

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
        """In a row, the last ones."""
        count = 0
        for week in reversed(self.weeks):
            if week is None or week.row.is_used is not False:
                break
            count += 1
        return count


@dataclass(frozen=True)
class Published:
    """`days`: the Sundays of the weeks, the oldest first; `earlier`: the last one before these."""

    days: Sequence[date]
    schools: Sequence[SchoolWeeks]
    queue: Week | None
    earlier: date | None

    def county_spans(self, key: str) -> list[rules.Span | None]:
        """A share for the whole county, week by week: from the spans of its schools alone."""
        return [self._together(key, place) for place in range(len(self.days))]

    def _together(self, key: str, place: int) -> rules.Span | None:
        found = []
        for one in self.schools:
            week = one.weeks[place]
            share, whole = (week.span(key), week.span(whole_of(key))) if week else (None, None)
            if share and whole:
                found.append((share, whole))
        return rules.together(found)

    def shown(self, key: str) -> int:
        """Of how many schools the last week has the figure."""
        return sum(bool(one.last and one.last.span(key)) for one in self.schools)


def whole_of(key: str) -> str:
    """Of a share of the county: which published number says how much a school counts."""
    return "pupils" if key == "screened" else "away"


LINES = ("connected", "away")  # what the county's page draws over the weeks


def published(
    county: County, until: date | None = None, school: int | None = None, is_whole: bool = False
) -> Published:
    """What is published of a county's last weeks, or of those until a day; of one school, by its key. Three
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
    found: dict[tuple[int | None, date], Week] = {}
    schools: dict[int, School] = {}
    if not is_whole:
        spans = spans.filter(Q(key__in=LINES) | Q(week__ends_on=ends["last"]))
    within = rows.filter(ends_on__gte=first).order_by("edition")
    for row in within.prefetch_related(Prefetch("figures", spans)):
        figures = {figure.key: figure for figure in row.figures.all()}
        found[row.school_id, row.ends_on] = Week(row, figures)
        if row.school:
            schools[row.school.pk] = row.school
    return Published(
        days,
        [
            SchoolWeeks(one, [found.get((one.pk, day)) for day in days])
            for one in sorted(schools.values(), key=lambda one: (pinyin_of(one.name), one.pk))
        ],
        found.get((None, days[-1])),
        first - timedelta(days=1) if first > ends["first"] else None,
    )
