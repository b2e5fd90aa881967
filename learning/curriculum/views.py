"""Staff pages: the term as a table, choosing the lesson of a week, one lesson and what became of it."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.addresses import page_above
from core.requests import day_of, key_of
from learning.curriculum import actions, policies, presenters, queries, rules
from learning.curriculum.forms import CameUpForm, HeldForm, NotHeldForm, PlanLessonForm
from learning.curriculum.models import PlannedLesson
from learning.policies import children_to_pick
from learning.queries import lessons_to_teach
from learning.training.policies import due_seen_by, sees_all
from learning.training.queries import plan_of, staffing
from schools.policies import Viewer, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

sees = staff_required(Permission.WORK_CHECK_INS)
plans = staff_required(Permission.RELEASE_LESSONS)
teaches = staff_required(Permission.SEND_LESSONS)


@require_safe
@sees
def curriculum(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    context = presenters.of_term(viewer.school, viewer, key_of(request.GET.get("class")))
    plan = plan_of(viewer.school)
    context["staffing"] = staffing(viewer.school, plan, viewer.on)
    context["due"] = len(due_seen_by(viewer, viewer.school, plan))
    context["is_all"] = sees_all(viewer)
    return render(request, "learning/curriculum/term.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@plans
def plan_week(request: SchoolRequest, class_id: int, week: str) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    term, week_on = queries.term_to_plan(school, viewer.on), day_of(week)
    if term is None or week_on not in rules.weeks_of(term.starts_on, term.ends_on):
        raise Http404
    school_class = policies.get_class_at(school, queries.classes_of(term), class_id)
    lessons = list(lessons_to_teach(school.pk))
    planned = queries.planned_of(school_class, week_on)
    others = list(queries.classes_without(school_class, week_on))
    form = PlanLessonForm(request.POST or None, lessons=lessons, others=others)
    if request.method == "POST" and form.is_valid():
        chosen = set(form.cleaned_data["others"])
        lesson = next(one for one in lessons if one.pk == form.cleaned_data["lesson"])
        classes = [school_class, *(one for one in others if one.pk in chosen)]
        actions.plan(
            school=school, classes=classes, week_on=week_on, lesson=lesson, by=viewer.user,
            at=viewer.at,
        )  # fmt: skip
        messages.success(request, _("It is on the plan. The class teacher sees it in that week."))
        return redirect("learning:curriculum")
    had = queries.weeks_had(school_class)
    context = presenters.of_week(school_class, week_on, planned, lessons, others, had, viewer)
    context["form"] = form
    status = 422 if request.method == "POST" else 200
    return render(request, "learning/curriculum/week.html", context, status=status)


@require_POST
@plans
def take_off(request: SchoolRequest, pk: int) -> HttpResponse:
    planned = _planned(request, pk)
    if actions.take_off(planned=planned):
        messages.success(request, _("Removed from the plan."))
        return redirect("learning:curriculum")
    return redirect("learning:planned", pk)


def _planned(request: SchoolRequest, pk: int) -> PlannedLesson:
    viewer = request.viewer
    return policies.get_planned_at(viewer.user, viewer.school, pk, viewer.on)


def _own(request: SchoolRequest, pk: int) -> PlannedLesson:
    found = _planned(request, pk)
    if not policies.may_record(request.user, found, request.viewer.on):
        raise Http404
    return found


@require_safe
@sees
def planned(request: SchoolRequest, pk: int) -> HttpResponse:
    return _page(request, _planned(request, pk))


def _page(request: SchoolRequest, planned: PlannedLesson, **forms: Form) -> HttpResponse:
    viewer = request.viewer
    may_record = policies.may_record(viewer.user, planned, viewer.on)
    children = list(_children(viewer, planned)) if may_record else []
    context = presenters.of_planned(planned, children, viewer, may_record=may_record) | forms
    status = 422 if forms else 200
    return render(request, "learning/curriculum/planned.html", context, status=status)


def _children(viewer: Viewer, planned: PlannedLesson):
    return children_to_pick(viewer.user, planned.school_class, viewer.on)


@require_POST
@teaches
def held(request: SchoolRequest, pk: int) -> HttpResponse:
    planned, viewer = _own(request, pk), request.viewer
    form = HeldForm(request.POST, week_on=planned.week_on, today=viewer.on)
    if not form.is_valid():
        return _page(request, planned, held_form=form)
    on = form.cleaned_data["held_on"]
    actions.record_held(planned=planned, on=on, by=viewer.user, at=viewer.at)
    return redirect("learning:planned", pk)


@require_POST
@teaches
def not_held(request: SchoolRequest, pk: int) -> HttpResponse:
    planned, viewer = _own(request, pk), request.viewer
    form = NotHeldForm(request.POST)
    if not form.is_valid():
        return _page(request, planned, not_held_form=form)
    reason = form.cleaned_data["reason"]
    actions.record_not_held(planned=planned, reason=reason, by=viewer.user, at=viewer.at)
    return redirect("learning:planned", pk)


@require_POST
@teaches
def reopen(request: SchoolRequest, pk: int) -> HttpResponse:
    actions.reopen(planned=_own(request, pk))
    return redirect("learning:planned", pk)


@require_safe
@teaches
def came_up(request: SchoolRequest, pk: int) -> HttpResponse:
    """Open the form of notes, concerns or reports for a child of the class; nothing is saved here."""
    planned = _own(request, pk)
    form = CameUpForm(request.GET, children=list(_children(request.viewer, planned)))
    if not form.is_valid():
        return _page(request, planned, came_up_form=form)
    what, child = form.cleaned_data["what"], form.cleaned_data["child"]
    if what == CameUpForm.NOTE:
        return redirect("classroom:observe", child)
    return redirect(page_above("report_harm" if what == CameUpForm.REPORT else "worry", child))
