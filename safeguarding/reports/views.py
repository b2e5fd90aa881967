"""Reports of suspected harm, one click from any page about a child, and who was informed."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.addresses import page_above
from core.view_types import P, Page, View
from safeguarding.models import Report
from safeguarding.reports import actions, policies, presenters
from safeguarding.reports.forms import AddForm, LiftForm, ReportForm, ToldForm
from safeguarding.reports.writing import written
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

READ = "safeguard report"  # in the access log; never shown to a family


def _guarded(*permissions: Permission) -> Callable[[View[SchoolRequest, P]], Page[P]]:
    """Check permissions, forbid caching, and keep form data out of error reports."""

    def decorate(view: View[SchoolRequest, P]) -> Page[P]:
        return never_cache(sensitive_post_parameters()(staff_required(*permissions)(view)))

    return decorate


reporting = _guarded(Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
deciding = _guarded(Permission.BLOCK_ADULTS)


@reporting
@require_http_methods(["GET", "POST"])
def report_new(request: SchoolRequest, student_id: int) -> HttpResponse:
    student = policies.get_student_to_report(request.user, student_id, request.viewer.on)
    people = presenters.people(student, request.user, request.viewer.on)
    form = ReportForm(request.POST or None, initial={"key": uuid.uuid4()}, **people)
    report = written(form, student=student, by=request.user, at=request.viewer.at)
    if report is not None:
        return redirect("safeguarding:report", report.pk)
    back_url = page_above("child", student.pk)
    context = presenters.new_context(student) | {"form": form, "back_url": back_url}
    status = 422 if form.is_bound else 200
    return render(request, "safeguarding/report_new.html", context, status=status)


@reporting
@require_safe
def reports(request: SchoolRequest) -> HttpResponse:
    rows = policies.reports_visible_to(request.user, request.viewer.on)
    context = {"rows": presenters.rows(rows, request.user, request.viewer.at)}
    return render(request, "safeguarding/reports.html", context)


@reporting
@require_safe
def report(request: SchoolRequest, pk: int) -> HttpResponse:
    found = _report(request, pk)
    if request.htmx:  # Today opens an act in place, but a report needs the whole page
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return _page(request, found)


@reporting
@require_POST
def report_add(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that an office was informed (if the form has `office`), or add a note."""
    found, at = _report(request, pk), request.viewer.at
    is_told = "office" in request.POST
    form: Any = (
        ToldForm(request.POST, report=found, at=at, auto_id="told_%s")
        if is_told
        else AddForm(request.POST)
    )
    if not form.is_valid():
        return _page(request, found, 422, **{"told_form" if is_told else "add_form": form})
    write = actions.told if is_told else actions.add
    write(report=found, by=request.user, at=at, **form.act)
    return redirect("safeguarding:report", pk)


@deciding
@require_POST
def report_lift(request: SchoolRequest, pk: int, suspect_id: int) -> HttpResponse:
    found = _report(request, pk)
    if not policies.may_lift(request.user, found, request.viewer.on):
        raise Http404
    suspect = get_object_or_404(found.suspects.all(), pk=suspect_id)
    form = LiftForm(request.POST, auto_id=f"lift_{suspect_id}_%s")
    if not form.is_valid():
        return _page(request, found, 422, lift_form=form, lift_id=suspect_id)
    try:
        reason = form.cleaned_data["reason"]
        actions.lift(suspect=suspect, by=request.user, reason=reason, at=request.viewer.at)
    except (actions.AlreadyLifted, actions.OneSelf):
        messages.error(
            request, _("Nothing was changed: it was lifted already, or it is about you.")
        )
    return redirect("safeguarding:report", pk)


def _report(request: SchoolRequest, pk: int) -> Report:
    return policies.get_report_for(request.user, pk, request.viewer.on)


def _page(request: SchoolRequest, found: Report, status: int = 200, **forms) -> HttpResponse:
    record_access(
        by=request.user,
        school_id=found.school_id,
        student_ids=[found.student_id],
        what=READ,
        ip=request.META.get("REMOTE_ADDR"),
    )
    context = presenters.report_context(found, request.user, request.viewer) | forms
    return render(request, "safeguarding/report.html", context, status=status)
