"""Open a child's file on a page: who may edit it, and the record of who read what."""

from django.http import Http404

from accounts.actions import record_access
from core.offline import read_as
from schools.policies import StaffRequest
from students.models import Student
from students.policies import can_edit_student, get_student_for


def note_read(request: StaffRequest, student: Student, what: str) -> None:
    record_access(
        by=request.user,
        school_id=student.school_id,
        student_ids=[student.pk],
        what=read_as(request, what),
        ip=request.META.get("REMOTE_ADDR"),
    )


def get_editable(request: StaffRequest, student_id: int) -> Student:
    """Return the child whose file this viewer may edit; 404 for everybody else."""
    student = get_student_for(request.user, student_id, request.viewer.on)
    if not can_edit_student(request.user, student, request.viewer.on):
        raise Http404
    return student
