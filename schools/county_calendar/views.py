"""Officers set terms and days for all schools of their county.

A school's own dates stay, and the page lists the schools that have some.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from schools.calendar import public_days
from schools.county_calendar import actions, queries
from schools.county_calendar.forms import CountyDaysForm, CountyTermsForm
from schools.models import County, School, Term
from schools.policies import acts, sets_up
from schools.presenters import day_spans
from schools.queries import sure_holidays
from schools.requests import CountyRequest

NUMBERS = slice(0, 400)  # most days of one span; more than a year has


@require_safe
@sets_up
def calendar(request: CountyRequest, county: County, first_year: int | None = None) -> HttpResponse:
    """Show the calendar of the current school year or of the next one."""
    return _page(request, county, _year(request, first_year))


def _year(request: CountyRequest, first_year: int | None) -> int:
    running = queries.first_year_on(request.viewer.on)
    if first_year is None:
        return running
    if first_year not in (running, running + 1):
        raise Http404
    return first_year


def _page(
    request: CountyRequest,
    county: County,
    first_year: int,
    **bound: CountyTermsForm | CountyDaysForm,
) -> HttpResponse:
    starts_on, ends_on = queries.span_of(first_year)
    days = list(queries.days_of(county.pk, first_year))
    terms = queries.terms_of(county.pk, starts_on)
    said = {term.season: term for term in queries.set_terms(county.pk, first_year)}
    known, _years = public_days(starts_on, ends_on)
    there = known.keys() | {day.on for day in days}
    missing = {on.year for on in sure_holidays(starts_on, ends_on) if on not in there}
    running = queries.first_year_on(request.viewer.on)
    context: dict[str, Any] = {
        "county": county,
        "first_year": first_year,
        "years": [
            {
                "url": reverse("founding:calendar_of", args=[year]),
                "label": f"{year}–{year + 1}",
                "is_current": year == first_year,
            }
            for year in (running, running + 1)
        ],
        "said": said.get(Term.Season.AUTUMN),
        "spans": day_spans(days),
        "missing_years": sorted(missing),
        "own": queries.schools_with_own(county.pk, first_year),
        "schools": School.objects.filter(county=county).count(),
        "terms_form": CountyTermsForm(
            first_year=first_year,
            initial={
                f"{season}_{end}": day
                for season, span in terms.items()
                for end, day in zip(("starts", "ends"), span, strict=True)
            },
        ),
        "days_form": CountyDaysForm(first_year=first_year),
    }
    status = 422 if bound else 200
    return render(request, "schools/founding/calendar.html", context | bound, status=status)


@require_POST
@acts
def set_terms(request: CountyRequest, county: County, first_year: int) -> HttpResponse:
    first_year, viewer = _year(request, first_year), request.viewer
    form = CountyTermsForm(request.POST, first_year=first_year)
    if not form.is_valid():
        return _page(request, county, first_year, terms_form=form)
    actions.set_terms(
        county=county, first_year=first_year, terms=form.terms(), by=viewer.user, at=viewer.at
    )
    messages.success(request, _("Saved. The schools have these terms now."))
    return redirect("founding:calendar_of", first_year=first_year)


@require_POST
@acts
def set_days(request: CountyRequest, county: County, first_year: int) -> HttpResponse:
    first_year, viewer = _year(request, first_year), request.viewer
    form = CountyDaysForm(request.POST, first_year=first_year)
    if not form.is_valid():
        return _page(request, county, first_year, days_form=form)
    actions.set_days(county=county, by=viewer.user, at=viewer.at, **form.cleaned_data)
    messages.success(request, _("Added to the calendars of the schools."))
    return redirect("founding:calendar_of", first_year=first_year)


@require_POST
@acts
def take_days_off(request: CountyRequest, county: County, first_year: int) -> HttpResponse:
    """Remove the days of one line of the page."""
    first_year = _year(request, first_year)
    numbers = [
        int(pk) for pk in request.POST.getlist("day")[NUMBERS] if pk.isdecimal() and len(pk) < 19
    ]
    if actions.take_days_off(county=county, days=numbers):
        messages.success(request, _("Removed from the calendars of the schools."))
    return redirect("founding:calendar_of", first_year=first_year)
