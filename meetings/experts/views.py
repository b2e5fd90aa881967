"""The list of experts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.days import full_day
from meetings.experts import actions, policies
from meetings.experts.forms import CheckForm, ExpertForm
from schools import record_checks
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

keeps = staff_required(Permission.KEEP_EXPERTS)


@require_http_methods(["GET", "HEAD"])
@staff_required(Permission.HOLD_MEETINGS)
def experts(request: SchoolRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: SchoolRequest, form: ExpertForm | None = None, status: int = 200
) -> HttpResponse:
    viewer = request.viewer
    rows = []
    for one in policies.experts_at(viewer.school):
        looked_up = one.checked_on
        row = {
            "expert": one,
            "checked": full_day(looked_up),
            "until": full_day(record_checks.check_ends(looked_up)) if looked_up else "",
            "may_speak": record_checks.counts(looked_up, viewer.on),
            "is_due": record_checks.is_check_due(looked_up, viewer.on),
        }
        rows.append(row)
    context = {
        "rows": rows,
        "form": form or ExpertForm(today=viewer.on),
        "may_keep": viewer.can(Permission.KEEP_EXPERTS),
        "today": viewer.on.isoformat(),
    }
    return render(request, "meetings/experts/list.html", context, status=status)


@require_POST
@keeps
def add(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = ExpertForm(request.POST, today=viewer.on)
    if not form.is_valid():
        return _page(request, form, status=422)
    actions.note(school=viewer.school, by=viewer.user, at=viewer.at, **form.cleaned_data)
    messages.success(request, _("On the list."))
    return redirect("meetings:experts")


@require_POST
@keeps
def check(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    expert = policies.get_expert_at(viewer.school, pk)
    form = CheckForm(request.POST, today=viewer.on, on_record=expert.checked_on)
    if form.is_valid():
        checked_on = form.cleaned_data["checked_on"]
        actions.note_check(expert=expert, checked_on=checked_on, by=viewer.user)
        messages.success(request, _("Noted: %(name)s.") % {"name": expert.name})
    else:
        messages.error(request, " ".join(map(str, form.errors["checked_on"])))
    return redirect("meetings:experts")


@require_POST
@keeps
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    expert = policies.get_expert_at(viewer.school, pk)
    actions.end(expert=expert, at=viewer.at)
    messages.success(request, _("%(name)s is no longer on the list.") % {"name": expert.name})
    return redirect("meetings:experts")
