from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import record_access
from accounts.history import changes_of
from schools.policies import staff_required
from students import actions, presenters
from students.editing import edit_section
from students.forms import SECTIONS, section_form
from students.models import Student
from students.policies import can_edit_student, get_student_for


def note_read(request: HttpRequest, student: Student, what: str) -> None:
    record_access(
        by=request.user,
        school_id=student.school_id,
        student_ids=[student.pk],
        what=what,
        ip=request.META.get("REMOTE_ADDR"),
    )


def get_editable(request, student_id: int) -> Student:
    """The child whose file this viewer may edit; 404 for everybody else."""
    student = get_student_for(request.user, student_id, request.viewer.on)
    if not can_edit_student(request.user, student, request.viewer.on):
        raise Http404
    return student


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, student_id: int, key: str) -> HttpResponse:
    student = get_editable(request, student_id)
    if key not in SECTIONS:
        raise Http404
    note_read(request, student, f"edit {key}")
    # The form writes into its own copy: what the page shows beside it is what is stored.
    copy = Student.objects.get(pk=student.pk)
    form = section_form(key)(request.POST or None, instance=copy)
    return edit_section(
        request,
        section=lambda: presenters.file_section(student, key, can_edit=True),
        form=form,
        save=lambda form: actions.update_file(
            student=student, changes=form.cleaned_data, by=request.user
        ),
        back_url=reverse("staff:child", args=[student.pk]),
    )


@staff_required()
@require_safe
def section_history(request: HttpRequest, student_id: int, key: str) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    if key not in SECTIONS:
        raise Http404
    note_read(request, student, f"history {key}")
    section = presenters.file_section(student, key, can_edit=False)
    changes = changes_of(student, SECTIONS[key].fields)
    template = "_history.html" if request.htmx else "history_page.html"
    return render(
        request,
        f"doors/staff/{template}",
        {
            "section": section,
            "changes": changes,
            "back_url": reverse("staff:child", args=[student.pk]),
        },
    )
