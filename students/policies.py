"""Rules on which children a member of staff may see and edit; and the pupils' door.

One condition (`_visible`) decides for querysets and, through them, for single children. Somebody barred from
a child's file (students.models.Barrier) is a stranger to it, whatever their post.
"""

from collections.abc import Sequence
from datetime import date
from functools import wraps
from operator import itemgetter
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User
from core import clock, walls
from core.addresses import page_above
from core.per_page import once
from core.prepared import prepared, read_first
from core.view_types import P, Page, View
from schools.models import holds_on
from schools.policies import current_posts, own_class_ids
from schools.roles import Permission, Role, roles_with
from students.models import Barrier, Enrolment, Student
from students.requests import PupilRequest

PUPIL_SESSION_MINUTES = 20  # a shared school computer: shorter than a lesson
# Minutes since the pictures were tapped or a postcard was last opened, so that somebody who sits down at a
# computer that another child has left does not hear that child's parents.
PICTURES_FRESH_MINUTES = 5
PICTURES_AT = "pupil_pictures_at"  # in the session: a POSIX timestamp


def _visible(user: User, on: date, roles: list[str]) -> Q:
    """Return the condition on children.

    Posts and barriers are read first: as plain lists they let PostgreSQL use its indexes on large querysets,
    and the parts of one page share them.
    """
    return unbarred(user) & within(*reach_of(user, on, roles), on)


def reach_of(user: User, on: date, roles: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the keys of the schools and of the own classes that posts in one of `roles` cover."""
    both = _reach(user, on, tuple(roles))
    return _schools(both), _classes(both)


@read_first
def _reach(user: User, on: date, roles: Sequence[str]) -> tuple[list[int], list[int]]:
    posts = [post for post in current_posts(user, on) if post.role in roles]
    schools = {post.school_id for post in posts if post.role != Role.CLASS_TEACHER}
    classes = {post.school_class_id for post in posts if post.role == Role.CLASS_TEACHER}
    return _known(schools), _known(classes)


_schools, _classes = read_first(itemgetter(0)), read_first(itemgetter(1))


def _known(keys: set[int | None]) -> list[int]:
    return sorted(key for key in keys if key is not None)


@read_first
def barred_ids(user: User) -> Sequence[int]:
    """Return the keys of children from whose files the user is barred now; there are hardly ever any."""
    with walls.every_school("a barrier is never overlooked"):
        return once(("barred", user.pk), lambda: tuple(_barred(user_id=user.pk)))


@prepared
def _barred(*, user_id) -> QuerySet[Any]:
    rows = Barrier.objects.filter(user_id=user_id, lifted_at=None)
    return rows.values_list("student_id", flat=True)


@read_first
def children_of_own_classes(user: User, on: date) -> Sequence[int]:
    """Return the keys of the children in classes of which `user` is class teacher.

    It includes children from whose files the user is barred: callers leave out what is about these with a
    condition of their own (see also `own_children`). It is a plain list because a class has about sixty
    children at most.
    """
    return _children_of(own_class_ids(user, on), on)


@read_first
def _children_of(classes: Sequence[int], on: date) -> Sequence[int]:
    if not classes:
        return ()
    key = ("children of classes", tuple(classes), on)
    return once(key, lambda: tuple(_in_classes(classes=classes, on=on)))


@prepared
def _in_classes(*, classes, on) -> QuerySet[Any]:
    rows = Enrolment.objects.filter(holds_on(on), school_class_id__in=classes)
    return rows.values_list("student_id", flat=True)


def own_children(user: User, on: date) -> list[int]:
    """Return the same without children from whose files `user` is barred; these are the children
    Today shows.
    """
    barred = set(barred_ids(user))
    return [pk for pk in children_of_own_classes(user, on) if pk not in barred]


def unbarred(user: User, student_ref: str = "pk") -> Q:
    """Match rows of children (by `student_ref`) from whose files `user` is not barred."""
    return ~Q(**{f"{student_ref}__in": barred_ids(user)})


def within(schools: Sequence[int], classes: Sequence[int], on: date) -> Q:
    """Match children of these schools and children in one of these classes.

    The latter are read first and matched by key: PostgreSQL can combine two indexes for an OR, but with a
    subquery in it reads all children.
    """
    return Q(school_id__in=schools) | Q(pk__in=_children_of(classes, on))


@prepared
def _one_within(*, pk, schools, classes, barred, on) -> QuerySet[Student]:
    """Return one child under the same condition, for every page about a child."""
    return (
        Student.objects.filter(within(schools, classes, on), pk=pk)
        .exclude(pk__in=barred)
        .select_related("school")
    )


def _one_visible(user: User, pk: int, on: date, roles: Sequence[str]) -> Student | None:
    schools, classes = reach_of(user, on, roles)

    def look() -> list[Student]:
        return _one_within(pk=pk, schools=schools, classes=classes, barred=barred_ids(user), on=on)

    # Somebody who may see a child may usually edit its file with the same posts, so the page looks only once.
    found = once(("child", user.pk, pk, on, tuple(schools), tuple(classes)), look)
    return found[0] if found else None


def _seeing() -> list[str]:
    return roles_with(Permission.VIEW_ALL_CHILDREN) + roles_with(Permission.VIEW_OWN_CLASS)


def students_visible_to(user: User, on: date) -> QuerySet[Student]:
    return Student.objects.filter(_visible(user, on, _seeing()))


def get_student_for(user: User, pk: int, on: date) -> Student:
    """Return the child's file, or raise 404 for a stranger, who does not learn that the child exists."""
    student = _one_visible(user, pk, on, _seeing())
    if student is None:
        raise Http404
    return student


def can_view_student(user: User, student: Student, on: date) -> bool:
    return _one_visible(user, student.pk, on, _seeing()) is not None


def students_editable_by(user: User, on: date) -> QuerySet[Student]:
    return Student.objects.filter(_visible(user, on, roles_with(Permission.EDIT_CHILDREN)))


def can_edit_student(user: User, student: Student, on: date) -> bool:
    return _one_visible(user, student.pk, on, roles_with(Permission.EDIT_CHILDREN)) is not None


def pupil_of(request: HttpRequest) -> Student | None:
    """Return the pupil who signed in at this computer with class and picture code, until the time is up."""
    pk, until = request.session.get("pupil_id"), request.session.get("pupil_until", 0)
    at = clock.for_request(request)
    if pk is None or until < at.timestamp():
        return None
    enrolled = Enrolment.objects.filter(holds_on(timezone.localdate(at))).values("student_id")
    return Student.objects.filter(pk=pk, pk__in=enrolled).select_related("school").first()


def pictures_are_fresh(request: HttpRequest) -> bool:
    """Return whether postcards may be opened without tapping the pictures again; opening one extends the
    time.
    """
    now = clock.for_request(request).timestamp()
    is_fresh = now - request.session.get(PICTURES_AT, 0) < PICTURES_FRESH_MINUTES * 60
    if is_fresh:
        request.session[PICTURES_AT] = now
    return is_fresh


def pupil_required(view: View[PupilRequest, P]) -> Page[P]:
    """Guard a page of the pupils' door; the view receives `request.pupil`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        pupil = pupil_of(request)
        if pupil is None:
            # What the child has just sent was not received; the page says so, and the child can send it
            # again.
            told = "?told=over" if request.method == "POST" else ""
            return redirect(page_above("pupil_sign_in") + told)
        of_pupil = cast(PupilRequest, request)
        of_pupil.pupil = pupil
        return view(of_pupil, *args, **kwargs)

    return guarded
