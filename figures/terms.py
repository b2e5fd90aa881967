"""One published figure over the terms: this one, and those before it, week by week of each term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Prefetch

from core.pinyin import pinyin_of
from figures import rules
from figures.models import PublishedFigure, PublishedWeek
from figures.published import Week, whole_of
from schools.county_calendar.queries import first_year_on, terms_of
from schools.models import County, School

TERMS_SHOWN = 3  # this one, the one before, and the same season a year ago


@dataclass(frozen=True)
class TermWeeks:
    """`days`: the Sundays of its weeks that are over, the first week first."""

    season: str
    starts_on: date
    days: Sequence[date]


@dataclass(frozen=True)
class OverTerms:
    """`terms`: the latest first; of some nothing may be published."""

    terms: Sequence[TermWeeks]
    schools: Sequence[School]
    weeks: Mapping[tuple[int, date], Week]

    @property
    def places(self) -> int:
        return max((len(term.days) for term in self.terms), default=0)

    def week(self, school: School, day: date) -> Week | None:
        return self.weeks.get((school.pk, day))

    def spans(self, school: School, term: TermWeeks, key: str) -> list[rules.Span | None]:
        found = (self.week(school, day) for day in term.days)
        return [week.span(key) if week else None for week in found]

    def county_shares(self, term: TermWeeks, key: str) -> list[rules.Span | None]:
        """From the spans of the schools alone; a school counts by its children."""
        return [self._together(day, key) for day in term.days]

    def _together(self, day: date, key: str) -> rules.Span | None:
        weeks = [week for one in self.schools if (week := self.week(one, day))]
        pairs = [(week.span(key), week.span(whole_of(key))) for week in weeks]
        return rules.together([(share, whole) for share, whole in pairs if share and whole])

    def county_sums(self, term: TermWeeks, key: str) -> list[rules.Span | None]:
        """What the schools' numbers add up to, which says no more than they do."""
        return [self._sum(day, key) for day in term.days]

    def _sum(self, day: date, key: str) -> rules.Span | None:
        weeks = [week for one in self.schools if (week := self.week(one, day))]
        found = [span for week in weeks if (span := week.span(key))]
        return (sum(low for low, _ in found), sum(high for _, high in found)) if found else None


def over_terms(county: County, keys: Sequence[str]) -> OverTerms:
    """What the schools have published of these figures; in five statements, for any number of schools."""
    rows = PublishedWeek.objects.filter(county=county, school__isnull=False)
    last = rows.aggregate(last=Max("ends_on"))["last"]
    if last is None:
        return OverTerms([], [], {})
    terms = _terms_until(county, last)
    wanted = {*keys, *map(whole_of, keys)}
    figures = Prefetch("figures", PublishedFigure.objects.filter(key__in=wanted))
    since = min(term.starts_on for term in terms)
    weeks: dict[tuple[int, date], Week] = {}
    schools: dict[int, School] = {}
    within = rows.filter(ends_on__gte=since).select_related("school").order_by("edition")
    for row in within.prefetch_related(figures):
        if row.school:
            found = {figure.key: figure for figure in row.figures.all()}
            weeks[row.school.pk, row.ends_on] = Week(row, found)
            schools[row.school.pk] = row.school
    by_name = sorted(schools.values(), key=lambda one: (pinyin_of(one.name), one.pk))
    return OverTerms(terms, by_name, weeks)


def _terms_until(county: County, last: date) -> list[TermWeeks]:
    """The county's last terms, with the weeks of each until the last one published."""
    first_year = first_year_on(last)
    spans = [
        (starts_on, ends_on, season)
        for year in (first_year, first_year - 1)
        for season, (starts_on, ends_on) in terms_of(county.pk, date(year, 9, 1)).items()
        if starts_on <= last
    ]
    return [
        TermWeeks(season, starts_on, _sundays(starts_on, min(ends_on, last)))
        for starts_on, ends_on, season in sorted(spans, reverse=True)[:TERMS_SHOWN]
    ]


def _sundays(starts_on: date, until: date) -> list[date]:
    """The end of each week from the one in which a term begins."""
    first = starts_on + timedelta(days=7 - starts_on.isoweekday())
    return [first + n * rules.WEEK for n in range((until - first).days // 7 + 1)]
