"""The duty roster of the selected school: a week at a glance, and the actions on one turn."""

from datetime import date, timedelta

from django.contrib import messages
from django.forms import BaseForm, Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.requests import day_of
from core.weeks import monday_of
from schools import queries as school_queries
from schools.duty import actions, presenters, queries
from schools.duty.forms import GiveForm, HoursForm, PutForm, SwapForm
from schools.models import DutyTurn
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

plans_duty = staff_required(Permission.PLAN_DUTY)


@plans_duty
@require_safe
def duty(request: SchoolRequest) -> HttpResponse:
    if (request.htmx.target or "").startswith("inplace-"):  # opened from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return _week_page(request)


@plans_duty
@require_POST
def duty_put(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = PutForm(request.POST, school=viewer.school, at=viewer.at)
    if not form.is_valid():
        return _week_page(request, form=form)
    # Hours or a post may have changed since the form was checked.
    facts = {"by": viewer.user, "at": viewer.at, **form.cleaned_data}
    try:
        written = actions.put_down(school=viewer.school, **facts)
    except actions.IsOver:
        form.add_error("starts_on", _("That is in the past. Past days cannot change."))
        return _week_page(request, form=form)
    except actions.NoPost:
        form.add_error("user", _("This person holds no post here on one of these days."))
        return _week_page(request, form=form)
    said = {"name": form.cleaned_data["user"].name, "n": written}
    if written:
        words = ngettext("%(name)s: %(n)d day added.", "%(name)s: %(n)d days added.", written)
        messages.success(request, words % said)
    else:
        messages.info(request, _("%(name)s was already on duty.") % said)
    return _to_week(form.cleaned_data["starts_on"])


@plans_duty
@require_POST
def duty_copy(request: SchoolRequest) -> HttpResponse:
    """Copy the previous week into empty days of the week that is shown."""
    viewer, on = request.viewer, day_of(request.POST.get("week", ""))
    if on is None:
        return redirect("schools:duty")  # the week did not come from this page: do nothing
    monday = monday_of(on)
    written, left_out = actions.copy_week(
        school=viewer.school, monday=monday, by=viewer.user, at=viewer.at
    )
    if written:
        words = ngettext("%(n)d shift copied.", "%(n)d shifts copied.", written)
        messages.success(request, words % {"n": written})
    else:
        nothing = _("Nothing to copy: the days are filled, or the week before is empty.")
        messages.info(request, nothing)
    if left_out:
        words = ngettext(
            "%(n)d shift was left out: that person holds no post here then.",
            "%(n)d shifts were left out: these people hold no post here then.",
            left_out,
        )
        messages.warning(request, words % {"n": left_out})
    return _to_week(monday)


@plans_duty
@require_safe
def duty_turn(request: SchoolRequest, pk: int) -> HttpResponse:
    return _turn_page(request, _turn(request, pk))


@plans_duty
@require_POST
def duty_give(request: SchoolRequest, pk: int) -> HttpResponse:
    turn = _turn(request, pk)
    form = GiveForm(request.POST, turn=turn, auto_id="give_%s")
    return _act(request, turn, form, actions.give, "give_form")


@plans_duty
@require_POST
def duty_swap(request: SchoolRequest, pk: int) -> HttpResponse:
    turn = _turn(request, pk)
    turns = queries.coming_turns(request.viewer.school, request.viewer.at)
    form = SwapForm(request.POST, turn=turn, turns=turns, auto_id="swap_%s")
    return _act(request, turn, form, actions.swap, "swap_form")


@plans_duty
@require_POST
def duty_off(request: SchoolRequest, pk: int) -> HttpResponse:
    return _act(request, _turn(request, pk), Form(request.POST), actions.take_off, "off_form")


@plans_duty
@require_POST
def duty_hours(request: SchoolRequest) -> HttpResponse:
    form = HoursForm(request.POST, instance=request.viewer.school)
    if not form.is_valid():
        request.viewer.school.refresh_from_db()
        return _week_page(request, hours_form=form)
    actions.set_hours(
        school=request.viewer.school,
        day_from=form.cleaned_data["duty_day_from"],
        night_from=form.cleaned_data["duty_night_from"],
    )
    messages.success(request, _("Saved. It applies to shifts added from now on."))
    return redirect("schools:duty")


def _act(request: SchoolRequest, turn: DutyTurn, form: Form, act, name: str) -> HttpResponse:
    """Do one of the three actions on a turn; show the reason on the page if it is not possible."""
    viewer = request.viewer
    if not form.is_valid():
        return _turn_page(request, turn, **{name: form})
    try:
        act(turn=turn, by=viewer.user, at=viewer.at, **form.cleaned_data)
    except actions.IsOver:
        form.add_error(None, _("That shift is over, or somebody has just changed it."))
    except actions.NoPost:
        form.add_error(None, _("One of the two holds no post here on that day."))
    except actions.LeavesGap:
        form.add_error(
            None,
            _("This person already covers part of this time with other hours, which would leave a gap."
" Remove that shift first."),
        )  # fmt: skip
    except actions.SamePerson:
        form.add_error(None, _("That is the same person."))
    else:
        messages.success(request, _("Saved."))
        return _to_week(turn.on)
    return _turn_page(request, turn, **{name: form})


def _turn(request: SchoolRequest, pk: int) -> DutyTurn:
    found = DutyTurn.objects.select_related("user", "school", "put_by", "off_by")
    turn = found.filter(pk=pk, school=request.viewer.school).first()
    if turn is None:
        raise Http404
    return turn


def _turn_page(request: SchoolRequest, turn: DutyTurn, **bound: BaseForm) -> HttpResponse:
    viewer = request.viewer
    turns = queries.coming_turns(viewer.school, viewer.at)
    context = {
        "turn": turn,
        "words": presenters.turn_words(turn),
        "hours": presenters.hours_words(turn, viewer.school),
        "put_words": presenters.when_words(turn.put_at, viewer.at, viewer.school),
        "off_words": presenters.when_words(turn.off_at, viewer.at, viewer.school),
        "is_open": turn.off_at is None and turn.ends_at > viewer.at,
        "give_form": GiveForm(turn=turn, auto_id="give_%s"),
        "swap_form": SwapForm(turn=turn, turns=turns, auto_id="swap_%s"),
        "week_url": _week_url(turn.on),
        "settings_tab": _settings_tab(viewer),
        **bound,
    }
    return render(request, "schools/duty_turn.html", context, status=422 if bound else 200)


def _week_page(request: SchoolRequest, **bound: BaseForm) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    today = viewer.on
    chosen = day_of(request.GET.get("from", ""))
    # Before the change in the morning it is still last night's turn, so on a Monday the previous week is not
    # over yet.
    first_open = queries.duty_day_of(school, viewer.at)
    # After an error, the day entered in the form.
    form = bound.get("form")
    written = form.cleaned_data.get("starts_on") if form is not None else None
    wanted = day_of(request.GET.get("week", "")) or chosen or written
    monday = monday_of(wanted or first_open)
    days = presenters.days_on_page(
        school, monday, viewer.at, school_queries.calendar_of(school).names
    )
    begins = chosen if chosen and chosen >= first_open else _first_gap(days, today)
    gaps = {day.on: day.gap_part for day in days}
    initial = {"starts_on": begins, "part": request.GET.get("part", "") or gaps.get(begins, "")}
    context = {
        "days": days,
        "monday": monday,
        "range": presenters.week_words(monday),
        "is_empty": not any(day.turns for day in days),
        "is_open": not all(day.is_over for day in days),
        "gaps": sum(bool(day.gap) for day in days),
        "earlier_url": _week_url(monday - timedelta(days=7)),
        "later_url": _week_url(monday + timedelta(days=7)),
        "this_url": "" if monday == monday_of(first_open) else reverse("schools:duty"),
        "form": PutForm(school=school, at=viewer.at, initial=initial),
        "hours_form": HoursForm(instance=school),
        "settings_tab": _settings_tab(viewer),
        **bound,
    }
    return render(request, "schools/duty.html", context, status=422 if bound else 200)


def _settings_tab(viewer) -> str:
    return "schools:duty" if viewer.can(Permission.EDIT_SCHOOL) else ""


def _first_gap(days: list[presenters.DayOnPage], today: date) -> date:
    """Return the first day with a gap, else the first without anybody, else the first that is open."""
    empty = [day.on for day in days if not day.turns and day.on >= today]
    gaps = [day.on for day in days if day.gap and day.on >= today] or empty
    return gaps[0] if gaps else max(days[0].on, today)


def _week_url(on: date) -> str:
    return f"{reverse('schools:duty')}?week={monday_of(on)}"


def _to_week(on: date) -> HttpResponse:
    return redirect(_week_url(on))
