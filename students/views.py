from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.history import changes_of
from core.addresses import page_above
from schools.policies import StaffRequest, staff_required
from schools.queries import classes_from
from students import actions, presenters
from students.editing import edit_section, history_page
from students.forms import SECTIONS, LeaveForm, MoveForm, section_form
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import can_view_student, get_student_for
from students.presenters import FileSection
from students.queries import departure_of, enrolments_of, now_and_next

ENROLMENT_FIELDS = ("school_class", "starts_on", "ends_on", "left_reason", "left_to")


def _locked(student: Student) -> Student:
    """Return a fresh, locked copy, held until the request is over: the second of two people who
    save waits.
    """
    return (
        Student.objects.select_for_update(of=("self",)).select_related("school").get(pk=student.pk)
    )


def child_or_list(request: StaffRequest, student: Student) -> str:
    """Return the page after a change that may have removed the child from the viewer's sight."""
    if can_view_student(request.user, student, request.viewer.on):
        return page_above("child", student.pk)
    messages.success(
        request, _("Saved. %(name)s has left the school's list.") % {"name": student.name}
    )
    return page_above("children")


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def section(request: StaffRequest, student_id: int, key: str) -> HttpResponse:
    student = get_editable(request, student_id)
    if key not in SECTIONS:
        raise Http404
    note_read(request, student, f"edit {key}")
    # The form edits a copy of its own, so that the page next to it shows what is stored.
    copy = _locked(student) if request.method == "POST" else Student.objects.get(pk=student.pk)
    form = section_form(key)(request.POST or None, instance=copy, today=request.viewer.on)
    return edit_section(
        request,
        section=lambda: presenters.file_section(
            Student.objects.get(pk=student.pk), key, can_edit=True
        ),
        form=form,
        save=lambda form: actions.update_file(
            student=student, changes=form.cleaned_data, by=request.user
        ),
        back_url=page_above("child", student.pk),
        whose=student.name,
    )


@staff_required()
@require_safe
def section_history(request: StaffRequest, student_id: int, key: str) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    if key not in SECTIONS:
        raise Http404
    note_read(request, student, f"history {key}")
    section = presenters.file_section(student, key, can_edit=False)
    return history_page(request, section, student, changes=presenters.past_values(student, key))


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def school_class(request: StaffRequest, student_id: int) -> HttpResponse:
    """Move the child to another class, or back after leaving."""
    student, on = get_editable(request, student_id), request.viewer.on
    note_read(request, student, "edit class")
    _locked(student)
    form = MoveForm(
        request.POST or None,
        rows=enrolments_of(student),
        classes=classes_from(student.school, on),
        today=on,
        born_on=student.born_on,
    )
    return edit_section(
        request,
        section=lambda: presenters.class_section(
            student, enrolments_of(student), on, can_edit=True
        ),
        form=form,
        save=lambda form: actions.change_class(
            student=student, by=request.user, **form.cleaned_data
        ),
        back_url=page_above("child", student.pk),
        whose=student.name,
        saved_url=lambda: child_or_list(request, student),
        note=_(
            "The previous class stays in the history with its dates. An administrator hands what "
            "is still open in its teacher's name about this child to the new class teacher: Today "
            "asks for it."
        ),
    )


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def leave(request: StaffRequest, student_id: int) -> HttpResponse:
    student, on = get_editable(request, student_id), request.viewer.on
    note_read(request, student, "edit leaving")
    rows = enrolments_of(_locked(student))
    if not rows:
        raise Http404
    left = departure_of(rows)
    present = now_and_next(rows, on)[0]
    form = LeaveForm(
        request.POST or None,
        present=present,
        today=on,
        initial={"left_on": left.ends_on, "reason": left.left_reason, "left_to": left.left_to}
        if left
        else {},
    )
    stay_url = reverse("students:file_stay", args=[student.pk]) if left else ""
    return edit_section(
        request,
        section=lambda: FileSection("leave", _("Leaving the school"), ()),
        form=form,
        save=lambda form: actions.leave_school(
            student=student, by=request.user, **form.cleaned_data
        ),
        back_url=page_above("child", student.pk),
        whose=student.name,
        saved_url=lambda: child_or_list(request, student),
        note=_("The file stays, and the same people can read it."),
        stay_url=stay_url,
        whole_page=True,
    )


@staff_required()
@require_POST
@transaction.atomic
def stay(request: StaffRequest, student_id: int) -> HttpResponse:
    """Undo a leaving that was a mistake or did not happen."""
    student = get_editable(request, student_id)
    left = departure_of(enrolments_of(_locked(student)))
    if left is not None:
        needs_class = actions.undo_leaving(enrolment=left, by=request.user)
        if needs_class:
            messages.warning(
                request, _("Choose the class of %(name)s in the new year.") % {"name": student.name}
            )
            return redirect("students:file_class", student.pk)
        messages.success(
            request, _("%(name)s is back on the school's list.") % {"name": student.name}
        )
    return redirect(page_above("child", student.pk))


@staff_required()
@require_safe
def class_history(request: StaffRequest, student_id: int) -> HttpResponse:
    student, on = get_student_for(request.user, student_id, request.viewer.on), request.viewer.on
    note_read(request, student, "history class")
    rows = enrolments_of(student)
    section = presenters.class_section(student, rows, on, can_edit=False)
    changes = [change for row in rows for change in changes_of(row, ENROLMENT_FIELDS)]
    lines = [presenters.class_words(row) for row in rows]
    return history_page(request, section, student, changes=changes, lines=lines)
