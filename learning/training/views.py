"""Staff pages: one's own trainings, or those of the school; the photo of a certificate."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.days import short_day
from learning.training import actions, policies
from learning.training.forms import TrainingForm
from learning.training.models import Training
from schools.models import School
from schools.policies import Viewer, staff_required
from schools.queries import year_in_hand
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.responses import serve

of_staff = staff_required(Permission.WORK_CHECK_INS)


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
    context = _listed(viewer, school) | {"form": form, "staff": staff}
    status = 422 if request.method == "POST" else 200
    return render(request, "learning/training/list.html", context, status=status)


def _listed(viewer: Viewer, school: School) -> dict[str, Any]:
    rows = list(policies.trainings_visible_to(viewer, school))
    year = year_in_hand(school, viewer.on)
    hours = sum(one.hours for one in rows if year and one.ended_on >= year.starts_on)
    words = ngettext("%(n)d hour this school year", "%(n)d hours this school year", hours)
    return {
        "rows": [_row(one, viewer) for one in rows],
        "is_all": viewer.can(Permission.VIEW_TRAININGS),
        "hours": words % {"n": hours},
        "today": viewer.on.isoformat(),
    }


def _row(training: Training, viewer: Viewer) -> dict[str, Any]:
    return {
        "training": training,
        "day": short_day(training.ended_on, viewer.on),
        "may_remove": policies.may_remove(viewer, training),
    }


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
