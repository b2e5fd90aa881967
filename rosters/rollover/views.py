"""Pages for the next school year: the classes, the children of each, the preview, and undoing it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.addresses import page_above
from core.sentences import in_a_row
from rosters.models import Rollover
from rosters.presenters import obstacle_texts
from rosters.rollover import actions, presenters, queries, undoing
from rosters.rollover.forms import ChildrenForm, RolloverForm
from rosters.rollover.policies import get_rollover_for
from rosters.rollover.queries import Plan
from rosters.undoing import CannotUndo
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

importer = staff_required(Permission.IMPORT_ROSTER)
State = Rollover.State


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def new_year(request: SchoolRequest) -> HttpResponse:
    """Edit the days of the new year and what becomes of each class. It is a draft until it is carried out."""
    if request.htmx:  # opened from a row on Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    viewer = request.viewer
    year = queries.year_to_leave(viewer.school, viewer.on)
    if year is None:
        return render(request, "rosters/new_year_none.html")
    rollover = queries.just_done(viewer.school, viewer.at) or queries.rollover_of(year)
    if rollover and rollover.state == State.DONE:
        return redirect("rosters:new_year_done", rollover.pk)
    classes = queries.classes_of(year)
    after = year.ends_on + timedelta(days=1)
    people = queries.may_teach(viewer.school, viewer.on, after, without=viewer.user)
    form = RolloverForm(
        request.POST if request.method == "POST" else None,
        year=year,
        next_year=queries.year_after(year),
        classes=classes,
        posts=queries.teachers_of(classes, after),
        people=people,
        barred=queries.barriers_in(classes),
        draft=rollover,
    )
    if form.is_valid():
        data = form.cleaned_data
        actions.keep_draft(
            year=year,
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            left_to=data["left_to"],
            classes=form.rows,
            by=viewer.user,
            at=viewer.at,
        )
        return redirect(page_above("new_year_check"))
    context = {"form": form, "year": year, "rollover": rollover}
    return render(request, "rosters/new_year.html", context, status=422 if form.is_bound else 200)


def _draft(request: SchoolRequest) -> Rollover | None:
    """Return the draft of the current school, or the rollover if it has been carried out in the meantime."""
    year = queries.year_to_leave(request.viewer.school, request.viewer.on)
    return queries.rollover_of(year) if year else None


def _elsewhere(rollover: Rollover | None) -> HttpResponse | None:
    """Return a redirect if there is no draft."""
    if rollover is None:
        return redirect("rosters:new_year")
    if rollover.state == State.DONE:
        return redirect("rosters:new_year_done", rollover.pk)
    return None


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def new_year_class(request: SchoolRequest, class_id: int) -> HttpResponse:
    """Edit which children of one class do not move with it."""
    rollover = _draft(request)
    if rollover is None or rollover.state != State.DRAFT:
        return _elsewhere(rollover) or redirect("rosters:new_year")
    plans = queries.class_plans(rollover)
    one = next((one for one in plans if one.row.school_class_id == class_id), None)
    if one is None:
        raise Http404
    enrolments = list(queries.open_enrolments(rollover).filter(school_class=class_id))
    ids = [row.student_id for row in enrolments]
    said = rollover.children.filter(student__in=ids)
    form = ChildrenForm(
        request.POST if request.method == "POST" else None,
        rollover=rollover,
        row=one.row,
        enrolments=enrolments,
        numbers=queries.stay_numbers(plans, one.grade),
        closed_to=queries.closed_to(plans, one.grade, ids),
        said={row.student_id: row for row in said},
    )
    if form.is_valid():
        actions.keep_children(
            rollover=rollover, student_ids=ids, rows=form.rows, by=request.viewer.user
        )
        return redirect(page_above("new_year_check"))
    context = {"form": form, "one": one, "line": presenters.class_line(one)}
    status = 422 if form.is_bound else 200
    return render(request, "rosters/new_year_class.html", context, status=status)


def check_page(
    request: SchoolRequest, still_open: Callable[[Plan, datetime], list[str]]
) -> HttpResponse:
    """Show the preview. A POST carries out exactly what it showed.

    `still_open` returns work that stays with teachers who give a class away; only packages above this one
    know it.
    """
    rollover = _draft(request)
    if rollover is None or rollover.state != State.DRAFT:
        return _elsewhere(rollover) or redirect("rosters:new_year")
    if request.method == "POST":
        seen, viewer = request.POST.get("seen", "")[:64], request.viewer
        try:
            actions.carry_out(rollover=rollover, seen=seen, by=viewer.user, at=viewer.at)
        except actions.NotCarriedOut as refused:
            said = _("Something has changed since. Nothing was written: please look again.")
            if refused.is_own:
                said = _("You would get a class, so another administrator has to carry this out.")
            elif refused.is_busy:
                said = _("An import of your school is running. Try again in a minute.")
            messages.error(request, said)
        else:
            messages.success(request, _("The new school year is prepared."))
            return redirect("rosters:new_year_done", rollover.pk)
    plan = queries.plan_of(rollover)
    preview = presenters.preview(plan, still_open(plan, request.viewer.at))
    context = {"rollover": rollover, "plan": plan, "preview": preview}
    status = 409 if request.method == "POST" else 200
    return render(request, "rosters/new_year_check.html", context, status=status)


@importer
@require_safe
def new_year_done(request: SchoolRequest, pk: int) -> HttpResponse:
    rollover, at = get_rollover_for(request.viewer, pk), request.viewer.at
    in_time = queries.may_be_undone(rollover, at)
    against = obstacle_texts(undoing.obstacles_to(rollover, at)) if in_time else []
    context = {
        "rollover": rollover,
        "counts": queries.counts_of(rollover),
        "may_undo": in_time and not against,
        "against_undo": against,
        "undo_until": queries.undo_ends_at(rollover),
    }
    return render(request, "rosters/new_year_done.html", context)


@importer
@require_POST
def new_year_undo(request: SchoolRequest, pk: int) -> HttpResponse:
    rollover = get_rollover_for(request.viewer, pk)
    try:
        undoing.undo(rollover=rollover, by=request.viewer.user, at=request.viewer.at)
    except CannotUndo as error:
        why = in_a_row(obstacle_texts(error.obstacles))
        messages.error(request, _("Not undone. %(why)s") % {"why": why})
    else:
        messages.success(request, _("The new school year was undone. Everything is as before."))
    return redirect("rosters:new_year_done", rollover.pk)


@importer
@require_POST
def new_year_discard(request: SchoolRequest) -> HttpResponse:
    rollover = _draft(request)
    if rollover and actions.discard(rollover=rollover, by=request.viewer.user):
        messages.success(request, _("The draft was deleted. Nothing else was changed."))
    return redirect("rosters:list")
