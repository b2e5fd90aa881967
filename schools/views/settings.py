"""Settings of the selected school: its details, classes and calendar."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from schools import actions, presenters, queries
from schools.county_calendar import queries as county_calendar
from schools.forms import (
    CalendarDayForm,
    ClassForm,
    PeriodForm,
    SchoolForm,
    TermForm,
    YearForm,
    name_on,
)
from schools.models import CalendarDay, School, SchoolYear, Term, TimetablePeriod
from schools.policies import edits_school
from schools.requests import SchoolRequest
from schools.years import actions as years


def _page(request: HttpRequest, name: str, context: dict, status: int = 200) -> HttpResponse:
    context |= {"settings_tab": f"schools:{name}"}
    return render(request, f"schools/{name}.html", context, status=status)


@edits_school
@transaction.atomic
def settings(request: SchoolRequest) -> HttpResponse:
    schools = School.objects.all()
    if request.method == "POST":
        schools = schools.select_for_update(no_key=True)
    school = schools.get(pk=request.viewer.school.pk)
    form = SchoolForm(request.POST or None, instance=school, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("schools:settings")
    return _page(request, "settings", {"form": form}, 422 if form.is_bound else 200)


@edits_school
def classes(request: SchoolRequest) -> HttpResponse:
    school, on = request.viewer.school, request.viewer.on
    year = queries.year_for_classes(school, on)
    form = ClassForm(request.POST or None, school=school, on=on, initial={"year": year})
    if request.method == "POST" and form.is_valid():
        made = actions.add_class(school=school, **form.cleaned_data)
        messages.success(request, _("%(name)s was added.") % {"name": name_on(made, on)})
        return redirect("schools:classes")
    context = {
        "form": form,
        "year": year,
        "on": on,
        "is_over": year is not None and year.ends_on < on,
        "classes": queries.classes_with_teachers(school, on),
    }
    return _page(request, "classes", context, 422 if form.is_bound else 200)


@edits_school
def calendar(request: SchoolRequest) -> HttpResponse:
    return _calendar_page(request)


def _calendar_page(request: SchoolRequest, **bound) -> HttpResponse:
    school, on = request.viewer.school, request.viewer.on
    year = queries.year_to_plan(school, on)
    context = {
        "year": year,
        "terms": Term.objects.filter(year=year),
        "of_county": county_calendar.seasons_set(year) if year else set(),
        "spans": presenters.day_spans(queries.days_of(year)) if year else [],
        "periods": TimetablePeriod.objects.filter(school=school),
        "missing_years": queries.years_without_holidays(school, year) if year else [],
        "day_form": CalendarDayForm(year=year),
        "period_form": PeriodForm(school=school),
        "year_form": YearForm(initial={"first_year": queries.next_first_year(school, on)}),
    }
    return _page(request, "calendar", context | bound, 422 if bound else 200)


@edits_school
@require_POST
def open_year(request: SchoolRequest) -> HttpResponse:
    form = YearForm(request.POST)
    if not form.is_valid():
        return _calendar_page(request, year_form=form)
    school = request.viewer.school
    try:
        with transaction.atomic():
            years.open_school_year(school=school, first_year=form.cleaned_data["first_year"])
            actions.seed_timetable(school=school)
    except IntegrityError:
        form.add_error("first_year", _("This year overlaps with an existing one."))
        return _calendar_page(request, year_form=form)
    messages.success(request, _("The year is open. Please check the dates of its terms."))
    return redirect("schools:calendar")


@edits_school
@transaction.atomic
def term(request: SchoolRequest, pk: int) -> HttpResponse:
    school = request.viewer.school
    if request.method == "POST":
        actions.lock_years(
            SchoolYear.objects.filter(
                school=school, pk__in=Term.objects.filter(pk=pk).values("year")
            )
        )
    found = get_object_or_404(Term, pk=pk, year__school=school)
    form = TermForm(request.POST or None, instance=found, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("schools:calendar")
    context = {
        "form": form,
        "term": found,
        "of_county": county_calendar.term_of(found),
        "settings_tab": "schools:calendar",
    }
    return render(request, "schools/term.html", context, status=422 if form.is_bound else 200)


@edits_school
@require_POST
def term_of_county(request: SchoolRequest, pk: int) -> HttpResponse:
    """Make the term follow the county's dates again."""
    found = get_object_or_404(Term, pk=pk, year__school=request.viewer.school)
    if years.follow_county(term=found):
        messages.success(request, _("The term now uses the county's dates."))
    elif county_calendar.term_of(found):
        words = _("The county's dates do not fit your other term. Correct that one first.")
        messages.warning(request, words)
    return redirect("schools:calendar")


@edits_school
@require_POST
def add_day(request: SchoolRequest) -> HttpResponse:
    school, on = request.viewer.school, request.viewer.on
    form = CalendarDayForm(request.POST, year=queries.year_to_plan(school, on))
    if not form.is_valid():
        return _calendar_page(request, day_form=form)
    actions.set_calendar_day(school=school, **form.cleaned_data)
    messages.success(request, _("Added to the calendar."))
    return redirect("schools:calendar")


@edits_school
@require_POST
def remove_day(request: SchoolRequest, pk: int) -> HttpResponse:
    own = CalendarDay.objects.filter(school=request.viewer.school, of_county=None)
    left = actions.remove_calendar_day(day=get_object_or_404(own, pk=pk))
    if left is None:
        words = _("Removed. The day follows the usual week again.")
    elif left.origin == "county":
        words = _("Removed. The county's entry for this day applies again.")
    else:
        words = _("Removed. The public calendar applies to this day again.")
    messages.success(request, words)
    return redirect("schools:calendar")


@edits_school
@require_POST
def add_period(request: SchoolRequest) -> HttpResponse:
    form = PeriodForm(request.POST, school=request.viewer.school)
    if not form.is_valid():
        return _calendar_page(request, period_form=form)
    form.save()
    return redirect("schools:calendar")


@edits_school
@require_POST
def remove_period(request: SchoolRequest, pk: int) -> HttpResponse:
    get_object_or_404(TimetablePeriod, pk=pk, school=request.viewer.school).delete()
    return redirect("schools:calendar")
