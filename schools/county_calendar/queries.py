from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from schools.models import CalendarDay, CountyDay, CountyTerm, School, SchoolYear, Term

Span = tuple[date, date]
IS_OWN_DAY = Q(is_seeded=False, of_county=None)  # condition on CalendarDay
MONTH_OF_A_YEAR_TO_COME = 8  # from August on, the school year that begins in September is meant


def first_year_on(on: date) -> int:
    """Return the calendar year in which the school year of that day begins."""
    return on.year - (on.month < MONTH_OF_A_YEAR_TO_COME)


def span_of(first_year: int) -> Span:
    """Return the days of a school year: 1 September to 31 August."""
    return date(first_year, 9, 1), date(first_year + 1, 8, 31)


def terms_of(county_id: int, starts_on: date) -> dict[str, Span]:
    """Return the two terms of a school year by season: the county's dates, or a first guess if it has set
    none.
    """
    second = starts_on.year + 1
    guesses = {
        Term.Season.AUTUMN.value: (starts_on, date(second, 1, 16)),
        Term.Season.SPRING.value: (date(second, 2, 24), date(second, 7, 4)),
    }
    return guesses | {
        term.season: (term.starts_on, term.ends_on) for term in set_terms(county_id, starts_on.year)
    }


def set_terms(county_id: int, first_year: int) -> QuerySet[CountyTerm]:
    """Return the terms that the county has set."""
    rows = CountyTerm.objects.filter(county=county_id, first_year=first_year)
    return rows.select_related("set_by")


def seasons_set(year: SchoolYear) -> set[str]:
    """Return the terms of a school's year whose dates the county has set."""
    rows = CountyTerm.objects.filter(county__schools=year.school_id)
    return set(rows.filter(first_year=year.starts_on.year).values_list("season", flat=True))


def with_room(terms: QuerySet[Term], first: date, last: date) -> QuerySet[Term]:
    """Return those of the terms that can have these dates.

    They begin within the school's own year, and its other term is not in the way.
    """
    others = Term.objects.filter(year=OuterRef("year"), starts_on__lte=last, ends_on__gte=first)
    return terms.filter(~Exists(others.exclude(pk=OuterRef("pk"))), year__ends_on__gte=first)


def term_of(term: Term) -> CountyTerm | None:
    """Return the county's dates for a school's term."""
    year = term.year
    found = CountyTerm.objects.filter(county__schools=year.school_id, season=term.season)
    return found.filter(first_year=year.starts_on.year).first()


def days_of(county_id: int, first_year: int) -> QuerySet[CountyDay]:
    starts_on, ends_on = span_of(first_year)
    return CountyDay.objects.filter(county=county_id, on__gte=starts_on, on__lte=ends_on)


def schools_with_own(county_id: int, first_year: int) -> QuerySet[School]:
    """Return schools of the county that keep dates or days of their own where the county has set others."""
    said = CountyTerm.objects.filter(
        county=county_id, first_year=first_year, season=OuterRef("season")
    )
    terms = Term.objects.filter(
        year__school=OuterRef("pk"), year__starts_on__year=first_year, is_own=True
    )
    terms = terms.filter(Exists(said))
    days = CalendarDay.objects.filter(IS_OWN_DAY, school=OuterRef("pk"))
    days = days.filter(on__in=days_of(county_id, first_year).values("on"))
    return School.objects.filter(Exists(terms) | Exists(days), county=county_id).order_by("name")
