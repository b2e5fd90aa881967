"""The board of check-ins, with one family's ladder beside it and the teacher's tasks to do in place."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core import days
from core.later import LaterForm
from core.names import joined
from core.requests import key_of
from delivery import actions as delivery_actions
from delivery import queries as delivery_queries
from guardians.queries import family_of
from messaging import actions, policies, queries
from messaging.forms import FollowUpForm, StopForm
from messaging.models import CheckInPlan, FollowUp
from messaging.presenters import board as presenters
from schools.models import School, SchoolClass, holds_on
from schools.policies import classes_visible_to, staff_required
from schools.queries import classes_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from schools.rollout.queries import days_ahead
from students.models import Student
from students.policies import get_student_for, students_visible_to

works_check_ins = staff_required(Permission.WORK_CHECK_INS)


@require_safe
@works_check_ins
def board(request: SchoolRequest) -> HttpResponse:
    """Show every class that the viewer may see. `?class=` filters by class, `?child=` opens a family's
    ladder.
    """
    viewer = request.viewer
    seen = classes_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    mine = classes_on(viewer.school, viewer.on).filter(pk__in=seen.values("pk"))
    class_id, child_id = number_of(request, "class"), number_of(request, "child")
    if class_id and not mine.filter(pk=class_id).exists():
        raise Http404
    read = queries.board(classes=mine.filter(pk=class_id) if class_id else mine, at=viewer.at)
    filtered = f"class={class_id}&" if class_id else ""
    # What is sent next, but only about children whom the viewer may see.
    next_out = queries.upcoming(
        schools=School.objects.filter(pk=viewer.school.pk),
        at=viewer.at,
        students=students_visible_to(viewer.user, viewer.on),
    )
    is_silent = viewer.school.pk in delivery_queries.silent_schools(viewer.at)
    goes = partial(
        presenters.sending_words, school=viewer.school, is_silent=is_silent, at=viewer.at
    )
    context = presenters.board_page(read, child_id, filtered, goes) | {
        "classes": list(mine.order_by("grade__number", "number")),
        "class_id": class_id,
        "after_a_move": queries.answers_after_a_move(classes=seen, at=viewer.at),
        "close_url": f"{request.path}?{filtered}",
        "now": days.stamp(viewer.at, viewer.at, viewer.school.time_zone),
        "upcoming": presenters.upcoming_rows(next_out, viewer.school, viewer.at),
        "is_stopped": delivery_queries.sending_is_stopped(viewer.school),
        "is_stopped_here": viewer.school.sending_stopped_at is not None,
        "waits_after_restore": delivery_queries.waits_after_restore(viewer.school),
        "ahead": days_ahead(viewer.school, viewer.on, seen),
        "has_begun": viewer.school.sending_started_at is not None,
        "may_stop": viewer.can(Permission.STOP_SENDING),
        "may_set": viewer.can(Permission.SET_CHECK_INS),
    }
    if child_id:
        student = get_student_for(viewer.user, child_id, viewer.on)
        on_board = presenters.child_on(read, child_id)
        context["panel"] = _panel(
            request,
            student,
            state=str(on_board.bridge if on_board else queries.Bridge.UNKNOWN),
            goes=goes(on_board.goes_at) if on_board else "",
        )
    return render(request, "messaging/board.html", context)


def number_of(request: HttpRequest, name: str) -> int | None:
    return key_of(request.GET.get(name))


def _panel(request: SchoolRequest, student: Student, *, state: str, goes: str) -> dict[str, Any]:
    viewer = request.viewer
    record_access(
        by=viewer.user,
        school_id=student.school_id,
        student_ids=[student.pk],
        what="check_ins",
        ip=request.META.get("REMOTE_ADDR"),
    )
    enrolled = SchoolClass.objects.filter(
        holds_on(viewer.on, "enrolments__"), enrolments__student=student
    )
    asked = queries.latest_check_in(student)
    teachers = policies.teachers_to_remind(viewer.user, student, viewer.on)
    texts = list(queries.texts_since(asked).values_list("received_at", flat=True)) if asked else []
    return presenters.panel(
        queries.ladder(student, viewer.at),
        family_of(student, viewer.on),
        enrolled.values_list("name", flat=True).first() or "",
        state,
        goes,
        viewer.at,
    ) | {
        "form": FollowUpForm(),
        "texts": texts,
        "teachers": joined(one.name for one in teachers),
        "reminded": presenters.reminded_words(
            queries.own_reminder(student, viewer.user), viewer.at, viewer.school.time_zone
        ),
        "has_plan": CheckInPlan.objects.filter(student=student, ended_on=None).exists(),
    }


@require_http_methods(["GET", "POST"])
@works_check_ins
def follow_up(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record what came of "I reached them": in place on Today, or on a page of its own without script."""
    viewer = request.viewer
    found = policies.get_follow_up_for(viewer.user, pk, viewer.on)
    form = FollowUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.close_follow_up(follow_up=found, by=viewer.user, at=viewer.at, **form.cleaned_data)
        found.refresh_from_db()
        said = str(found.get_outcome_display())
        words = f"{said}{_(': ')}{found.words}" if found.words else said
        return _after_act(request, found, "done", words)
    status = 422 if form.is_bound else 200
    why = queries.why_of(found)
    context: dict[str, Any] = {"follow_up": found, "form": form, "why": why}
    if not request.htmx:
        return render(request, "messaging/follow_up.html", context, status=status)
    if not form.is_bound:
        return render(request, "messaging/_follow_up_form.html", context)
    inplace = render_to_string("messaging/_follow_up_form.html", context, request)
    row = presenters.follow_up_row(found, viewer.at, "in_hand", why.words, why.fix_url)
    context = {"row": row, "inplace": inplace}
    return render(request, "components/work_row.html", context, status=status)


@require_POST
@works_check_ins
def put_off(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_follow_up_for(viewer.user, pk, viewer.on)
    form = LaterForm(request.POST, today=viewer.on)
    if not form.is_valid():
        return _after_act(request, found, "failed", form.why, status=422)
    until = form.cleaned_data["until"]
    actions.put_off_follow_up(follow_up=found, by=viewer.user, until=until, at=viewer.at)
    day = presenters.short_day(until, viewer.on)
    return _after_act(request, found, "put_off", _("Postponed until %(day)s.") % {"day": day})


@require_POST
@works_check_ins
def follow_up_undo(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_follow_up_for(viewer.user, pk, viewer.on)
    is_open = actions.reopen_follow_up(follow_up=found, by=viewer.user, at=viewer.at)
    found.refresh_from_db()
    if not is_open and found.done_at is not None:
        words = _("This child has a newer task already; the old note stays.")
        return _after_act(request, found, "failed", words, status=422)
    return _after_act(request, found, "rest", queries.why_of(found).words)


def _after_act(
    request: SchoolRequest, found: FollowUp, state: str, words: str, status: int = 200
) -> HttpResponse:
    """Return the row in its new state for htmx. Without script, redirect to the family's ladder."""
    if request.htmx:
        fix_url = queries.why_of(found).fix_url if state == "rest" else ""
        row = presenters.follow_up_row(found, request.viewer.at, state, words, fix_url)
        return render(request, "components/work_row.html", {"row": row}, status=status)
    tell = messages.error if state == "failed" else messages.success
    tell(request, _("%(name)s: %(words)s") % {"name": found.student.name, "words": words})
    return redirect(f"{reverse('messaging:board')}?child={found.student_id}")


@require_http_methods(["GET", "POST"])
@staff_required(Permission.STOP_SENDING)
def stop(request: SchoolRequest) -> HttpResponse:
    """Stop sending: ask once, with a reason. Alerts to staff still go out."""
    viewer, form = request.viewer, StopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        delivery_actions.stop_sending(
            school=viewer.school, by=viewer.user, reason=reason, at=viewer.at
        )
        messages.success(request, _("Sending stopped. Planned messages wait."))
        return redirect("messaging:board")
    groups = queries.upcoming(schools=School.objects.filter(pk=viewer.school.pk), at=viewer.at)
    context = {"form": form, "waiting": sum(group.count for group in groups)}
    return render(request, "messaging/stop.html", context, status=422 if form.is_bound else 200)


@require_POST
@staff_required(Permission.STOP_SENDING)
def resume(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    delivery_actions.resume_sending(school=viewer.school, by=viewer.user, at=viewer.at)
    messages.success(request, _("Sending resumed."))
    return redirect("messaging:board")
