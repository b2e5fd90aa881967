"""One published figure over several terms, week by week: this term and the ones before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from core.weeks import sunday_of
from figures import rules
from figures.models import PublishedFigure, PublishedWeek
from figures.published import (
    SchoolKey,
    SharedSchool,
    Week,
    schools_in,
    together,
    weeks_in,
    whole_of,
)
from schools.county_calendar.queries import first_year_on, terms_of
from schools.models import County, School

TERMS_SHOWN = 3  # this one, the previous one, and the same season a year ago


@dataclass(frozen=True)
class TermWeeks:
    """`days`: the Sundays of its completed weeks, the first week first."""

    season: str
    starts_on: date
    days: Sequence[date]


@dataclass(frozen=True)
class OverTerms:
    """`terms`: the latest first; for some, nothing may be published."""

    terms: Sequence[TermWeeks]
    schools: Sequence[School | SharedSchool]
    weeks: Mapping[tuple[SchoolKey, date], Week]

    @property
    def places(self) -> int:
        return max((len(term.days) for term in self.terms), default=0)

    def week(self, school: School | SharedSchool, day: date) -> Week | None:
        return self.weeks.get((school.pk, day))

    def spans(
        self, school: School | SharedSchool, term: TermWeeks, key: str
    ) -> list[rules.Span | None]:
        found = (self.week(school, day) for day in term.days)
        return [week.span(key) if week else None for week in found]

    def county_shares(self, term: TermWeeks, key: str) -> list[rules.Span | None]:
        """Return the county's shares, only from the spans of its schools.

        Each school is weighted by its children.
        """
        return [together([self.week(one, day) for one in self.schools], key) for day in term.days]

    def county_sums(self, term: TermWeeks, key: str) -> list[rules.Span | None]:
        """Return the sums of the schools' numbers, which say no more than the numbers do."""
        return [self._sum(day, key) for day in term.days]

    def _sum(self, day: date, key: str) -> rules.Span | None:
        weeks = [week for one in self.schools if (week := self.week(one, day))]
        found = [span for week in weeks if (span := week.span(key))]
        return (sum(low for low, _ in found), sum(high for _, high in found)) if found else None


def over_terms(county: County, keys: Sequence[str], until: date | None = None) -> OverTerms:
    """Return what the schools have published of these figures, until now or until a day.

    Seven statements, for any number of schools.
    """
    rows = PublishedWeek.objects.filter(county=county, school__isnull=False)
    if until is not None:
        rows = rows.filter(ends_on__lte=until)
    last = rows.aggregate(last=Max("ends_on"))["last"]
    if last is None:
        return OverTerms([], [], {})

    # The county's last terms, with the weeks of each up to the last one published.
    first_year = first_year_on(last)  # in August this is the year to come, so three are needed
    spans = [
        (starts_on, ends_on, season)
        for year in range(first_year, first_year - 3, -1)
        for season, (starts_on, ends_on) in terms_of(county.pk, date(year, 9, 1)).items()
        if starts_on <= last
    ]
    terms = [
        TermWeeks(
            season,
            starts_on,
            rules.weeks_from(sunday_of(starts_on), min(sunday_of(ends_on), last)),
        )
        for starts_on, ends_on, season in sorted(spans, reverse=True)[:TERMS_SHOWN]
    ]
    within = rows.filter(ends_on__gte=min(term.starts_on for term in terms))
    figures = PublishedFigure.objects.filter(key__in={*keys, *map(whole_of, keys)})
    return OverTerms(terms, schools_in(within), weeks_in(within, figures))
