"""A report of suspected harm by a counsellor of another school, from the case that they keep."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.actions import record_access
from counselling.guest_reports import presenters
from safeguarding.reports.forms import ReportForm
from safeguarding.reports.presenters import new_context
from safeguarding.reports.writing import written
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

READ_FORM = "safeguard report form"  # in the access log


@never_cache
@sensitive_post_parameters()
@staff_required(Permission.KEEP_CASES)
@require_http_methods(["GET", "POST"])
def report_as_guest(request: SchoolRequest, pk: int) -> HttpResponse:
    """Report about the child of a case, as long as they keep it.

    What they were writing when it ended is still accepted.
    """
    at, sends = request.viewer.at, request.method == "POST"
    case = presenters.get_case_to_report(request.user, pk, at, sends=sends)
    people = presenters.people_for_guest(case, request.user, at)
    form = ReportForm(request.POST or None, initial={"key": uuid.uuid4()}, **people)
    report = written(form, student=case.student, by=request.user, at=at)
    if report is not None:
        return redirect("safeguarding:report", report.pk)
    record_access(  # the form shows the family
        by=request.user,
        school_id=case.school_id,
        student_ids=[case.student_id],
        what=READ_FORM,
        ip=request.META.get("REMOTE_ADDR"),
    )
    back_url = presenters.back_of(case, request.user, at)
    context = new_context(case.student) | {"form": form, "back_url": back_url, "guest": True}
    status = 422 if form.is_bound else 200
    return render(request, "safeguarding/report_new.html", context, status=status)
