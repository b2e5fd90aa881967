"""What will be deleted in the next weeks, what was deleted, and whose data is held back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from doors.staff.retention import presenters, queries
from doors.staff.retention.forms import HoldForm
from doors.staff.retention.rules import PREVIEW_DAYS, acts_from
from privacy.retention import actions
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.editing import edit_section
from students.models import Student
from students.opening import note_read
from students.policies import students_visible_to
from students.presenters import FileSection

NAMES_SHOWN = 100
answering = staff_required(Permission.ANSWER_DATA_REQUESTS)


@require_safe
@answering
def retention(request: SchoolRequest) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    children = students_visible_to(viewer.user, viewer.on)
    files = queries.files_ahead(school, viewer.on).filter(pk__in=children.values("pk"))
    # Until its first nightly run, a school sees the dates as if that run were now.
    begins_at = queries.begins_at(school) or acts_from(viewer.at, queries.restored_at())
    rows = presenters.rows_ahead(queries.ahead(school, viewer.on))
    context = {
        "due": [row for row in rows if row["count"]],
        "staying": [row for row in rows if not row["count"]],
        "days": PREVIEW_DAYS,
        "begins_at": begins_at if begins_at > viewer.at else None,
        "files": list(files.order_by("name_pinyin", "pk")[:NAMES_SHOWN]),
        "holds": list(queries.holds(school).filter(student__in=children.values("pk"))),
        "gone": presenters.gone_rows(queries.gone(school, viewer.on)),
        "by_rooms": presenters.by_rooms(),
        "settings_tab": "staff:retention",
        "may_set": viewer.can(Permission.EDIT_SCHOOL),
    }
    return render(request, "doors/staff/retention.html", context)


@answering
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = _child(request, student_id)
    note_read(request, student, "keep back from deletion")

    def save(form: HoldForm) -> None:
        actions.hold(
            student=student, reason=form.cleaned_data["reason"], by=viewer.user, at=viewer.at
        )

    return edit_section(
        request,
        section=lambda: FileSection("hold", _("Keep the data of this child"), ()),
        form=HoldForm(request.POST or None),
        save=save,
        back_url=reverse("staff:retention"),
        note=_("Nothing about this child is deleted automatically until somebody ends this."),
        whose=student.name,
        submit_label=_("Keep the data"),
        whole_page=True,
    )


@require_POST
@answering
def lift(request: SchoolRequest, pk: int) -> HttpResponse:
    held = queries.holds(request.viewer.school).filter(pk=pk).first()
    if held is None:
        raise Http404
    _child(request, held.student_id)
    actions.lift(hold=held, by=request.user, at=request.viewer.at)
    messages.success(request, _("The usual time applies again."))
    return redirect("staff:retention")


def _child(request: SchoolRequest, pk: int) -> Student:
    viewer = request.viewer
    rows = students_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    student = rows.select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student
