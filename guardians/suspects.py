"""Closing a child to somebody who is suspected of harming it, at once and without telling them.

An adult of the family is blocked as a person, so for every child of theirs. A member of staff is barred
from this child and from its brothers and sisters: their files tell of the same home, of the same parents'
words, and of what is being done. What this closes, only this opens again: a court's order or an earlier
decision stays as it was.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from guardians import blocking
from guardians.models import Adult
from guardians.siblings import sibling_ids
from students import barriers
from students.models import Barrier, Student

# Kept in the row; whoever reads it may open files, so it says no more than the ground does.
REASON = "正在核实，先保护孩子"


@transaction.atomic
def close_to_adult(*, adult: Adult, by: User, at: datetime) -> bool:
    """Whether this closed anything; False where the adult was blocked before. Raises blocking.OneSelf."""
    locked = Adult.objects.select_for_update().get(pk=adult.pk)
    if locked.is_blocked:
        if by in blocking.staff_accounts_of(locked):
            raise blocking.OneSelf
        return False
    ground = Adult.BlockGround.REPORT
    blocking.block_adult(adult=locked, reason=REASON, ground=ground, by=by, at=at)
    return True


@transaction.atomic
def close_to_user(*, student: Student, user: User, by: User, at: datetime) -> bool:
    """As close_to_adult, for a member of staff; who belongs to the family as well is blocked there."""
    if user.pk == by.pk:
        raise blocking.OneSelf
    known = Barrier.objects.filter(user=user, student=student, lifted_at=None).exists()
    pks = {student.pk} | sibling_ids(student)
    for child in Student.objects.filter(pk__in=pks).order_by("pk"):
        barriers.set_barrier(
            student=child, user=user, reason=REASON, by=by, at=at, is_by_report=True
        )
    for adult in blocking.records_of(user, student).filter(blocked_at=None):
        close_to_adult(adult=adult, by=by, at=at)
    return not known


@transaction.atomic
def open_to_adult(*, adult: Adult, closed_at: datetime, by: User, at: datetime) -> None:
    """Takes back what close_to_adult did at `closed_at`, unless somebody decided anew since."""
    locked = Adult.objects.select_for_update().get(pk=adult.pk)
    is_ours = locked.blocked_ground == Adult.BlockGround.REPORT and locked.blocked_at == closed_at
    if is_ours:
        blocking.unblock_adult(adult=locked, by=by, at=at)


@transaction.atomic
def open_to_user(
    *, student: Student, user: User, closed_at: datetime, by: User, at: datetime
) -> None:
    rows = Barrier.objects.filter(user=user, set_at=closed_at, is_by_report=True, lifted_at=None)
    for barrier in rows:
        barriers.lift_barrier(barrier=barrier, by=by, at=at)
    for adult in blocking.records_of(user, student):
        open_to_adult(adult=adult, closed_at=closed_at, by=by, at=at)
