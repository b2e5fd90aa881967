"""Set and lift a barrier between a member of staff and one child's file.

A suspected person loses access to the file, and every message about the child, at once. This package only
knows files; pages and further consequences (an adult of the family, an open concern) are in the apps above
it.
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
    """Raised because nobody may decide about a barrier against themselves."""


def can_bar(user: User, student: Student, on: date) -> bool:
    """Return whether `user` may close this file to somebody; never if they are barred from it themselves."""
    is_barred = barriers_in_force(student).filter(user=user).exists()
    return not is_barred and may(user, Permission.BLOCK_ADULTS, student.school, on)


def require_can_bar(user: User, student: Student, on: date) -> None:
    if not can_bar(user, student, on):
        raise Http404


def barriers_in_force(student: Student | int | OuterRef) -> QuerySet[Barrier]:
    """Return barriers in force, that is, members of staff to whom this file is closed now."""
    return Barrier.objects.filter(student=student, lifted_at=None)


def barrier_in_force_sql(user: str, student: str) -> str:
    """Return SQL that tests whether the user in the column `user` is barred from a child's file now.

    `student` is a condition on the barrier `b` that names the child.
    """
    return f"""EXISTS (SELECT FROM students_barrier b
        WHERE b.user_id = {user} AND b.lifted_at IS NULL AND ({student}))"""


def barriers_of(student: Student) -> QuerySet[Barrier]:
    """Return barriers in force with the people involved, the latest first."""
    rows = barriers_in_force(student).select_related("user", "set_by")
    return rows.order_by("-set_at", "-pk")


def past_barriers_of(student: Student) -> QuerySet[Barrier]:
    rows = Barrier.objects.filter(student=student, lifted_at__isnull=False)
    return rows.select_related("user", "set_by", "lifted_by").order_by("-set_at", "-pk")


def staff_of(student: Student, on: date) -> QuerySet[User]:
    """Return who works at the child's school and is not barred yet, by name."""
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
    """Bar `user` from this child's file from now on. If they are barred already, nothing changes."""
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
    """Lift the barrier; the row stays, with who lifted it. If it is lifted already, nothing changes."""
    if barrier.user_id == by.pk:
        raise OwnFile
    locked = Barrier.objects.select_for_update().get(pk=barrier.pk)
    if locked.lifted_at is None:
        locked.lifted_by, locked.lifted_at = by, at
        locked.save(update_fields=["lifted_by", "lifted_at"])
