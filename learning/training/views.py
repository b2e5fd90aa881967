"""Staff pages: trainings and what is due, the user's own or the school's; photos of certificates."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from learning.training import actions, policies, presenters, queries
from learning.training.forms import StaffPlanForm, TrainingForm
from learning.training.rules import PROTECTION, SUPPORT
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.responses import serve

of_staff = staff_required(Permission.WORK_CHECK_INS)
sets_plan = staff_required(policies.SETS_PLAN)


@require_http_methods(["GET", "HEAD", "POST"])
@of_staff
def trainings(request: SchoolRequest) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    staff = policies.staff_to_note(viewer, school)
    form = TrainingForm(
        request.POST or None,
        request.FILES or None,
        staff=staff,
        today=viewer.on,
        initial={"user": viewer.user.pk},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data["user"] = next(one for one in staff if one.pk == data["user"])
        actions.note(school=school, by=viewer.user, at=viewer.at, **data)
        messages.success(request, _("The training is on the list."))
        return redirect("learning:trainings")
    status = 422 if request.method == "POST" else 200
    return _page(request, status, form=form)


def _page(request: SchoolRequest, status: int, **parts: Any) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    rows = list(policies.trainings_visible_to(viewer, school))
    plan = queries.plan_of(school)
    context = presenters.listed(rows, policies.due_seen_by(viewer, school, plan), school, viewer)
    counts = queries.counts_at(plan)
    context |= {
        "plan": presenters.of_plan(plan),
        "may_set_plan": policies.may_set_plan(viewer),
        "plan_form": StaffPlanForm(
            initial={
                "protection_months": counts[PROTECTION],
                "support_months": counts[SUPPORT],
                "room_hours": plan.room_hours if plan else None,
            }
        ),
        "staff": policies.staff_to_note(viewer, school),
    }
    if "form" not in parts:
        parts["form"] = TrainingForm(
            staff=context["staff"], today=viewer.on, initial={"user": viewer.user.pk}
        )
    return render(request, "learning/training/list.html", context | parts, status=status)


@require_POST
@sets_plan
def set_plan(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = StaffPlanForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, plan_form=form)
    actions.set_plan(school=viewer.school, by=viewer.user, at=viewer.at, **form.cleaned_data)
    messages.success(request, _("Saved. Due dates have been updated."))
    return redirect("learning:trainings")


@require_safe
@of_staff
def certificate(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_training_for(request.viewer, request.viewer.school, pk)
    if row.certificate is None:
        raise Http404
    return serve(row.certificate, request)


@require_POST
@of_staff
def remove(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_training_for(viewer, viewer.school, pk)
    if not policies.may_remove(viewer, row):
        raise Http404
    actions.remove(training=row)
    messages.success(request, _("Removed from the list."))
    return redirect("learning:trainings")
