"""Look up the rows behind an address of a family's page, as far as this request may see or edit them.

Every address starts from a child. A viewer who may not see that child, or who names an adult of another
family, gets a 404.
"""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from guardians import queries
from guardians.models import Adult, ContactPoint
from guardians.queries import FamilyMember
from schools.policies import StaffRequest
from students.models import Student
from students.opening import get_editable
from students.policies import can_edit_student, get_student_for


@dataclass(frozen=True)
class Place:
    """A child and an adult of its family, with whether this request may edit them."""

    student: Student
    member: FamilyMember
    can_edit: bool

    @property
    def adult(self) -> Adult:
        return self.member.adult

    @property
    def url(self) -> str:
        return reverse("guardians:family_adult", args=[self.student.pk, self.adult.pk])


def place_of(
    request: StaffRequest, student_id: int, adult_id: int, *, to_edit: bool = False
) -> Place:
    on = request.viewer.on
    if to_edit:
        student, can_edit = get_editable(request, student_id), True
    else:
        student = get_student_for(request.user, student_id, on)
        can_edit = can_edit_student(request.user, student, on)
    return Place(student, member_of(student, adult_id, on), can_edit)


def member_of(student: Student, adult_id: int, on) -> FamilyMember:
    for member in queries.family_of(student, on):
        if member.adult.pk == adult_id:
            return member
    raise Http404


def point_of(place: Place, point_id: int) -> ContactPoint:
    return get_object_or_404(place.adult.contact_points, pk=point_id)
