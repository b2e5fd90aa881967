from datetime import date

from django.db import transaction

from schools.actions import lock_years, seed_calendar
from schools.county_calendar import queries as county_calendar
from schools.models import School, SchoolYear, Term


def open_school_year(*, school: School, first_year: int) -> SchoolYear:
    """Open the school year from 1 September `first_year`; see open_year."""
    return open_year(
        school=school, starts_on=date(first_year, 9, 1), ends_on=date(first_year + 1, 8, 31)
    )


@transaction.atomic
def open_year(*, school: School, starts_on: date, ends_on: date) -> SchoolYear:
    """Open a school year with its two terms and its calendar.

    The dates of the terms are the county's, or a first guess that the school corrects. Safe to call again.
    """
    year, is_new = SchoolYear.objects.get_or_create(
        school=school, starts_on=starts_on, defaults={"ends_on": ends_on}
    )
    if is_new:
        for season, (first, last) in county_calendar.terms_of(school.county_id, starts_on).items():
            if first <= ends_on:
                Term.objects.create(
                    year=year, season=season, starts_on=first, ends_on=min(last, ends_on)
                )
        seed_calendar(school=school, starts_on=year.starts_on, ends_on=year.ends_on)
    return year


@transaction.atomic
def follow_county(*, term: Term) -> bool:
    """Give the term the county's dates, which it then follows.

    Return False if the county has set none, or if they do not fit the school's year and its other term.
    """
    lock_years(SchoolYear.objects.filter(pk=term.year_id))
    said = county_calendar.term_of(term)
    this = Term.objects.filter(pk=term.pk)
    if not said or not county_calendar.with_room(this, said.starts_on, said.ends_on).exists():
        return False
    term.starts_on, term.ends_on = said.starts_on, min(said.ends_on, term.year.ends_on)
    term.is_own = False
    term.save(update_fields=["starts_on", "ends_on", "is_own"])
    return True
