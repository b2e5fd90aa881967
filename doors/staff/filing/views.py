"""What a school reports about its data on children, and the confirmation of who has access."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import downloads
from doors.staff.filing import access, report
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

FILED_UNTIL_MONTH = 6  # until June it is the year before: due end of January


class ConfirmForm(forms.Form):
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)


@require_safe
@staff_required(Permission.ANSWER_DATA_REQUESTS)
def filing(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    context = {
        "standing": access.standing(viewer.school, viewer.on),
        "year": _year(request),
        "may_confirm": viewer.can(Permission.SECOND_PERSON),
        "may_set": viewer.can(Permission.EDIT_SCHOOL),
        "settings_tab": "staff:retention",
    }
    return render(request, "doors/staff/filing.html", context)


@require_safe
@staff_required(Permission.ANSWER_DATA_REQUESTS)
def download(request: SchoolRequest) -> HttpResponse:
    """Return the workbook: counts and names of staff, but of no child."""
    school, year = request.viewer.school, _year(request)
    content = report.workbook(report.sheets(school, year, request.viewer.on))
    name = _("Data of children %(school)s %(year)s.xlsx") % {"school": school.name, "year": year}
    return downloads.download(content, downloads.XLSX, name)


@require_POST
@staff_required(Permission.ANSWER_DATA_REQUESTS)
def confirm(request: SchoolRequest) -> HttpResponse:
    viewer, form = request.viewer, ConfirmForm(request.POST)
    if not viewer.can(Permission.SECOND_PERSON):
        raise Http404
    try:
        access.confirm(
            school=viewer.school,
            shown=form.cleaned_data["shown"] if form.is_valid() else "",
            by=viewer.user,
            on=viewer.on,
            at=viewer.at,
        )
        messages.success(request, _("Confirmed: the list is right."))
    except access.HasChanged:
        messages.error(request, _("The list has changed meanwhile. Please look again."))
    return redirect("staff:filing")


def _year(request: SchoolRequest) -> int:
    on = request.viewer.on
    return on.year - 1 if on.month <= FILED_UNTIL_MONTH else on.year
