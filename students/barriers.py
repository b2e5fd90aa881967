"""Setting and lifting a barrier between a member of staff and one child's file.

Whoever is suspected loses the file and every message about the child at once. This is the floor that
knows files only: a page, and what else follows (an adult of the family, an open concern), is above.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.http import Http404

from accounts.models import User
from schools.models import Post, holds_on
from schools.policies import may
from schools.roles import Permission, Role
from students.models import Barrier, Student


class OwnFile(ValueError):
    """Nobody decides about a barrier of their own."""


def can_bar(user: User, student: Student, on: date) -> bool:
    """Whether `user` may say who does not open this file; never somebody who is barred from it."""
    is_barred = barriers_in_force(student).filter(user=user).exists()
    return not is_barred and may(user, Permission.BLOCK_ADULTS, student.school, on)


def require_can_bar(user: User, student: Student, on: date) -> None:
    if not can_bar(user, student, on):
        raise Http404


def barriers_in_force(student: Student | int | OuterRef) -> QuerySet[Barrier]:
    """Barriers in force: members of staff to whom this file is closed now."""
    return Barrier.objects.filter(student=student, lifted_at=None)


def barrier_in_force_sql(user: str, student: str) -> str:
    """SQL: whether `user` (a column) is barred from a child's file now. `student` is the condition on b, the
    barrier, that names the child.
    """
    return f"""EXISTS (SELECT FROM students_barrier b
        WHERE b.user_id = {user} AND b.lifted_at IS NULL AND ({student}))"""


def barriers_of(student: Student) -> QuerySet[Barrier]:
    """Those in force, the latest first, with their people."""
    rows = barriers_in_force(student).select_related("user", "set_by")
    return rows.order_by("-set_at", "-pk")


def past_barriers_of(student: Student) -> QuerySet[Barrier]:
    rows = Barrier.objects.filter(student=student, lifted_at__isnull=False)
    return rows.select_related("user", "set_by", "lifted_by").order_by("-set_at", "-pk")


def staff_of(student: Student, on: date) -> QuerySet[User]:
    """Who works at the child's school and is not barred yet, by name."""
    posts = Post.objects.filter(holds_on(on), school_id=student.school_id)
    barred = barriers_in_force(student).values("user_id")
    here = User.objects.filter(pk__in=posts.exclude(role=Role.COUNTY_OFFICER).values("user_id"))
    return here.exclude(pk__in=barred).order_by("name", "pk")


@transaction.atomic
def set_barrier(
    *,
    student: Student,
    user: User,
    reason: str,
    by: User,
    at: datetime,
    is_by_report: bool = False,
) -> Barrier:
    """From now on `user` is a stranger to this child. Barred already: nothing changes."""
    if user.pk == by.pk:
        raise OwnFile
    barrier, _ = Barrier.objects.get_or_create(
        student=student,
        user=user,
        lifted_at=None,
        defaults={
            "school_id": student.school_id,
            "reason": reason[:200],
            "is_by_report": is_by_report,
            "set_by": by,
            "set_at": at,
        },
    )
    return barrier


@transaction.atomic
def lift_barrier(*, barrier: Barrier, by: User, at: datetime) -> None:
    """The row stays, with who lifted it. Lifted already: nothing changes."""
    if barrier.user_id == by.pk:
        raise OwnFile
    locked = Barrier.objects.select_for_update().get(pk=barrier.pk)
    if locked.lifted_at is None:
        locked.lifted_by, locked.lifted_at = by, at
        locked.save(update_fields=["lifted_by", "lifted_at"])
