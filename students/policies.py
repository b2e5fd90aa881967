"""Which children a member of staff may see and edit; and the pupils' door.

One condition (`_visible`) serves the queryset and, through it, the predicate. Whoever is barred from a
child's file (students.models.Barrier) is a stranger to it, whatever their post.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from accounts import clock
from accounts.models import User
from schools.models import holds_on
from schools.policies import posts_of
from schools.roles import Permission, Role, roles_with
from students.models import Barrier, Enrolment, Student

PUPIL_SESSION_MINUTES = 20  # a shared school computer: shorter than a lesson


def _visible(user: User, on: date, roles: list[str]) -> Q:
    """The posts are read first: as plain lists they let PostgreSQL use its indexes on wide querysets."""
    held = posts_of(user, on).filter(role__in=roles)
    posts = list(held.order_by().values_list("role", "school_id", "school_class_id"))
    schools = {school for role, school, _ in posts if role != Role.CLASS_TEACHER and school}
    classes = {own for role, _, own in posts if role == Role.CLASS_TEACHER and own}
    return ~Exists(barriers(user)) & _within(schools, classes, on)


def barriers(user: User, student_ref: str = "pk") -> QuerySet[Barrier]:
    """For Exists(): barriers in force between `user` and the child of the outer row. Served by the
    partial index behind `one_barrier_at_a_time` (user, student), which holds a handful of rows.
    """
    return Barrier.objects.filter(user_id=user.pk, lifted_at=None, student_id=OuterRef(student_ref))


def _within(schools: set[int], classes: set[int], on: date) -> Q:
    whole_school = Q(school_id__in=sorted(schools))
    if not classes:
        return whole_school
    in_class = Enrolment.objects.filter(holds_on(on), school_class_id__in=sorted(classes))
    in_own_class = Q(pk__in=in_class.values("student_id"))
    return whole_school | in_own_class if schools else in_own_class


def students_visible_to(user: User, on: date) -> QuerySet[Student]:
    roles = roles_with(Permission.VIEW_ALL_CHILDREN) + roles_with(Permission.VIEW_OWN_CLASS)
    return Student.objects.filter(_visible(user, on, roles))


def get_student_for(user: User, pk: int, on: date) -> Student:
    """The child's file, or 404 for a stranger: nobody learns that the child exists."""
    student = students_visible_to(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def can_view_student(user: User, student: Student, on: date) -> bool:
    return students_visible_to(user, on).filter(pk=student.pk).exists()


def students_editable_by(user: User, on: date) -> QuerySet[Student]:
    return Student.objects.filter(_visible(user, on, roles_with(Permission.EDIT_CHILDREN)))


def can_edit_student(user: User, student: Student, on: date) -> bool:
    return students_editable_by(user, on).filter(pk=student.pk).exists()


def pupil_of(request: HttpRequest) -> Student | None:
    """The pupil who signed in at this computer with class and picture code, until time is up."""
    pk, until = request.session.get("pupil_id"), request.session.get("pupil_until", 0)
    at = clock.for_request(request)
    if pk is None or until < at.timestamp():
        return None
    enrolled = Enrolment.objects.filter(holds_on(timezone.localdate(at))).values("student_id")
    return Student.objects.filter(pk=pk, pk__in=enrolled).select_related("school").first()


def pupil_required(view: Callable) -> Callable:
    """Entry to the pupils' door; the view receives `request.pupil`."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        request.pupil = pupil_of(request)
        if request.pupil is None:
            return redirect("pupil:sign_in")
        return view(request, *args, **kwargs)

    return guarded
