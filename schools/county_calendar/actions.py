"""Write what an officer sets for all schools into each school's own calendar at once; what a school has set
itself stays.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Least

from accounts.models import User
from schools.actions import lock_years, write_county_days, write_public_days
from schools.calendar import days_between, public_days
from schools.county_calendar import queries
from schools.models import CalendarDay, County, CountyDay, CountyTerm, School, SchoolYear, Term


@transaction.atomic
def set_terms(
    *, county: County, first_year: int, terms: Mapping[str, queries.Span], by: User, at: datetime
) -> None:
    """Set the terms: first and last day by season.

    A school that opens this year later starts with them too. No school gets terms that overlap, or that end
    after its own year.
    """
    years = SchoolYear.objects.filter(school__county=county, starts_on__year=first_year)
    lock_years(years)
    for season, (first, last) in terms.items():
        dates = {"starts_on": first, "ends_on": last}
        CountyTerm.objects.update_or_create(
            county=county,
            first_year=first_year,
            season=season,
            defaults=dates | {"set_by": by, "set_at": at},
        )
    following = Term.objects.filter(year__in=years, is_own=False)
    ends = SchoolYear.objects.filter(pk=OuterRef("year")).values("ends_on")
    # Twice: a term may have to wait until the other one has left the days that it gets.
    for season, (first, last) in [*terms.items()] * 2:
        queries.with_room(following.filter(season=season), first, last).update(
            starts_on=first, ends_on=Least(Value(last), Subquery(ends))
        )


@transaction.atomic
def set_days(
    *, county: County, first: date, last: date, kind: str, name: str, by: User, at: datetime
) -> None:
    """Set the county's entry for each day from `first` to `last`, replacing earlier ones."""
    said = {"kind": kind, "name": name, "set_by": by, "set_at": at}
    days = [
        CountyDay.objects.update_or_create(county=county, on=on, defaults=said)[0]
        for on in days_between(first, last)
    ]
    there = CalendarDay.objects.filter(school__county=county, on__gte=first, on__lte=last)
    there.exclude(queries.IS_OWN_DAY).delete()
    schools = School.objects.filter(county=county).values_list("pk", flat=True)
    write_county_days(list(schools), days)


@transaction.atomic
def take_days_off(*, county: County, days: Collection[int]) -> int:
    """Remove the county's entries, so that these days follow the public calendar and the usual week again.

    Returns how many of the days the county had set.
    """
    rows = CountyDay.objects.filter(county=county, pk__in=days)
    gone = set(rows.values_list("on", flat=True))
    if not gone:
        return 0
    rows.delete()
    known, _missing = public_days(min(gone), max(gone))
    years = SchoolYear.objects.filter(
        school__county=county, starts_on__lte=min(gone), ends_on__gte=max(gone)
    )
    schools = years.values_list("school_id", flat=True)
    write_public_days(schools, {on: said for on, said in known.items() if on in gone})
    return len(gone)
