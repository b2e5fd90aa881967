"""Concerns: the list, one of them opened, and the acts on it.

An opened concern is beside the list on a desktop, alone on a phone. When posted from Today by htmx, an act
returns the changed row; otherwise it returns the page.
"""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core import clock
from core.requests import key_of
from counselling.concerns import actions as acts
from counselling.concerns import presenters
from safeguarding import actions, queries
from safeguarding.forms import (
    CloseForm,
    HandOverForm,
    JoinForm,
    LevelForm,
    ReopenForm,
    SpansForm,
    WorryForm,
)
from safeguarding.levels import roster, triage
from safeguarding.models import Concern, LevelSpans
from safeguarding.policies import get_concern_for, get_student_to_worry_about
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

handling = staff_required(Permission.HANDLE_CONCERNS)


@handling
@require_safe
def index(request: SchoolRequest) -> HttpResponse:
    return _page(request)


@handling
@require_safe
def detail(request: SchoolRequest, pk: int) -> HttpResponse:
    concern = _concern(request, pk)
    if _is_row(request):  # a row of Today that has something in the shared queue
        page = reverse("counselling:detail", args=[pk])
        return HttpResponse(headers={"HX-Redirect": f"{page}#pool"})
    if request.htmx.target == "first":  # the first in the list, opened beside it
        return render(request, "counselling/_panel.html", _opened(request, concern))
    return _page(request, concern)


@handling
@require_POST
def acknowledge(request: SchoolRequest, pk: int) -> HttpResponse:
    concern = actions.acknowledge(
        concern=_concern(request, pk), by=request.user, at=clock.for_request(request)
    )
    return _answer(request, concern, "in_hand")


@handling
@require_http_methods(["GET", "POST"])
def close(request: SchoolRequest, pk: int) -> HttpResponse:
    concern = _concern(request, pk)
    form = CloseForm(
        request.POST or None,
        is_red=concern.level == Concern.Level.RED,
        initial={"closing": presenters.usual_closing(concern)},
    )
    if not form.is_valid():
        return _form(request, concern, close_form=form)
    concern = acts.close(
        concern=concern, by=request.user, at=clock.for_request(request), **form.cleaned_data
    )
    return _answer(request, concern, "done")


@handling
@require_http_methods(["GET", "POST"])
def hand_over(request: SchoolRequest, pk: int) -> HttpResponse:
    concern, at = _concern(request, pk), clock.for_request(request)
    form = HandOverForm(request.POST or None, people=queries.hand_over_choices(concern, at))
    if not form.is_valid():
        return _form(request, concern, hand_over_form=form)
    concern = actions.hand_over(concern=concern, by=request.user, at=at, **form.cleaned_data)
    return _answer(request, concern, "handed_over")


@handling
@require_POST
def reopen(request: SchoolRequest, pk: int) -> HttpResponse:
    concern, form = _concern(request, pk), ReopenForm(request.POST)
    if not form.is_valid():
        return _form(request, concern, reopen_form=form)
    concern = actions.reopen(
        concern=concern, by=request.user, at=clock.for_request(request), **form.cleaned_data
    )
    return _answer(request, concern, "rest")


@handling
@require_POST
def set_level(request: SchoolRequest, pk: int) -> HttpResponse:
    concern, form = _concern(request, pk), LevelForm(request.POST, auto_id="level_%s")
    if form.is_valid():
        at = clock.for_request(request)
        try:
            acts.set_level(concern=concern, by=request.user, at=at, **form.cleaned_data)
            return redirect(_address(concern))
        except triage.LevelHeld:
            held = _("%(name)s set this level; the counsellor or the principal lowers it.")
            form.add_error("level", held % {"name": concern.level_by})
    return _page(request, concern, 422, level_form=form)


@handling
@require_POST
def join(request: SchoolRequest, pk: int) -> HttpResponse:
    concern, at = _concern(request, pk), clock.for_request(request)
    choices = queries.join_choices(concern, request.user, at)
    form = JoinForm(request.POST, concerns=choices, auto_id="join_%s")
    if form.is_valid():
        into = form.cleaned_data["into"]
        try:
            into = acts.join(concern=concern, into=into, by=request.user, at=at)
            return redirect(_address(into))
        except triage.CannotJoin:
            form.add_error("into", _("One of the two has been closed since."))
    return _page(request, concern, 422, join_form=form)


@handling
@require_POST
def part(request: SchoolRequest, pk: int) -> HttpResponse:
    """Separate a concern that was joined to another by mistake."""
    concern = _concern(request, pk)
    if concern.joined_to_id is not None:
        _concern(request, concern.joined_to_id)  # both must be visible, or neither is touched
    triage.part(concern=concern, by=request.user, at=clock.for_request(request))
    return redirect(_address(concern))


@staff_required(Permission.CHECK_SAFEGUARDING)
@require_http_methods(["GET", "POST"])
def levels(request: SchoolRequest) -> HttpResponse:
    """How much time the school allows itself for orange and yellow, and who is reached by which means."""
    school = request.viewer.school
    row = LevelSpans.objects.filter(school=school).first() or LevelSpans(school=school)
    form = SpansForm(request.POST or None, instance=row)
    if form.is_valid():
        triage.set_spans(school=school, **form.cleaned_data)
        return redirect("counselling:list")
    context = {
        "form": form,
        "school": school,
        "rungs": roster.roster_of(school, request.viewer.at),
        "duty_days": roster.duty_days(school, request.viewer.at),
        "plans_duty": request.viewer.can(Permission.PLAN_DUTY),
        "minutes": roster.MINUTES,
    }
    return render(request, "counselling/levels.html", context, status=_status(form))


@staff_required(Permission.RAISE_CONCERNS)
@require_http_methods(["GET", "POST"])
def new(request: SchoolRequest, student_id: int) -> HttpResponse:
    student = get_student_to_worry_about(request.user, student_id, request.viewer.on)
    # The box is already ticked when coming from the guide for a child in danger: nobody reads small print
    # then.
    initial = {"key": uuid.uuid4(), "is_urgent": "now" in request.GET}
    initial["words"] = presenters.wish_to_block(
        student, key_of(request.GET.get("block", "")), request.viewer.on
    )
    form = WorryForm(request.POST or None, initial=initial)
    if not form.is_valid():
        context = {"student": student, "form": form}
        return render(request, "counselling/new.html", context, status=_status(form))
    concern = actions.raise_worry(
        student=student, by=request.user, at=clock.for_request(request), **form.cleaned_data
    )
    return redirect(_address(concern))


def _concern(request: SchoolRequest, pk: int) -> Concern:
    return get_concern_for(request.user, pk, request.viewer.on)


def _address(concern: Concern) -> str:
    return reverse("counselling:detail", args=[concern.pk]) + "#concern"


def _status(form) -> int:
    return 422 if form.is_bound else 200


def _is_row(request: SchoolRequest) -> bool:
    """Return whether the request comes from a row of Today, which replaces itself or the place below it."""
    target = request.htmx.target or ""
    return bool(request.htmx) and target.startswith(("work-", "inplace-"))


def _page(
    request: SchoolRequest, concern: Concern | None = None, status=200, **forms
) -> HttpResponse:
    at, asked = clock.for_request(request), request.GET.get("show", "")
    context = presenters.list_context(request.user, at, concern, asked)
    if concern:
        context |= _opened(request, concern) | forms
    return render(request, "counselling/list.html", context, status=status)


def _opened(request: SchoolRequest, concern: Concern) -> dict[str, Any]:
    """Return what the opened concern shows, and note in the child's log that it was read."""
    record_access(
        by=request.user,
        school_id=concern.school_id,
        student_ids=[concern.student_id],
        what="concern",
        ip=request.META.get("REMOTE_ADDR"),
    )
    return presenters.panel_context(concern, request.user, clock.for_request(request))


def _form(request: SchoolRequest, concern: Concern, **forms) -> HttpResponse:
    """Show the form in its place: below the row of Today, or in the opened concern."""
    ((name, form),) = forms.items()
    if _is_row(request):
        post_url = reverse(f"counselling:{name.removesuffix('_form')}", args=[concern.pk])
        context = {"form": form, "post_url": post_url, "name": name, "key": f"concern-{concern.pk}"}
        response = render(request, "counselling/_row_form.html", context, status=_status(form))
        response["HX-Retarget"] = f"#inplace-concern-{concern.pk}"
        response["HX-Reswap"] = "innerHTML"
        return response
    return _page(request, concern, _status(form), **forms)


def _answer(request: SchoolRequest, concern: Concern, state: str) -> HttpResponse:
    if not _is_row(request):
        return redirect(_address(concern))
    row = presenters.row_context(concern, state, clock.for_request(request))
    return render(request, "components/work_row.html", {"row": row})
