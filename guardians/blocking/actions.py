"""Block an adult of the family, bar a member of staff, or do both for somebody who is both.

A person blocked in a family sees and receives nothing. If the same person works at the school, they are also
barred from the files of these children; and staff barred from a file are blocked if they belong to the
family.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from core import walls
from guardians.models import Adult, Guardianship, NearbyAdult
from schools.models import School
from students import barriers
from students.models import Barrier, Student


class OneSelf(ValueError):
    """Raised when somebody tries to block or unblock themselves."""


def staff_accounts_of(adult: Adult) -> QuerySet[User]:
    """Return the person's accounts: the linked one, and any account with a post that has this name and one of
    these addresses.
    """
    points = adult.contact_points.exclude(address="").values("address")
    same = Q(name=adult.name, posts__isnull=False) & (Q(phone__in=points) | Q(email__in=points))
    return User.objects.filter(Q(pk=adult.user_id) | same).distinct()


def records_everywhere(user: User) -> QuerySet[Adult]:
    """Return the records of the same person in any family."""
    addresses = [address for address in (user.phone, user.email) if address]
    same = Q(name=user.name, contact_points__address__in=addresses)
    return Adult.objects.filter(Q(user=user) | same).distinct()


def records_of(user: User, student: Student) -> QuerySet[Adult]:
    """Return the records of the same person in this child's family."""
    around = Guardianship.objects.filter(student=student).values("adult_id")
    return records_everywhere(user).filter(pk__in=around)


def schools_elsewhere(adult: Adult) -> QuerySet[School]:
    """Return other schools that know the same person.

    The block applies there too, but nobody there was notified.
    """
    others = Adult.objects.filter(user=adult.user_id, user__isnull=False).exclude(pk=adult.pk)
    with walls.every_school("which schools know the same person"):
        schools = list(others.values_list("school_id", flat=True))
    return School.objects.filter(pk__in=schools).order_by("name")


@transaction.atomic
def block_adult(
    *,
    adult: Adult,
    reason: str,
    by: User,
    at: datetime,
    ground: str = "",
    decision: str = "",
    decided_on: date | None = None,
) -> None:
    """Block the adult: from now on they see and receive nothing, even on shared phones or as a member of
    staff.

    If they are blocked already, the reason is corrected and the date stays.
    """
    accounts = list(staff_accounts_of(adult))
    if by in accounts:
        raise OneSelf
    adult.blocked_at, adult.blocked_by = adult.blocked_at or at, by
    adult.blocked_reason, adult.blocked_ground = reason, ground
    adult.blocked_decision, adult.blocked_decided_on = decision, decided_on
    adult.save(update_fields=BLOCK_FIELDS)
    bar_accounts(adult=adult, accounts=accounts, by=by)
    NearbyAdult.objects.filter(adult=adult, ended_at=None).update(ended_at=at, ended_by=by)


BLOCK_FIELDS = (
    "blocked_at",
    "blocked_by",
    "blocked_reason",
    "blocked_ground",
    "blocked_decision",
    "blocked_decided_on",
)


def bar_accounts(*, adult: Adult, accounts: Iterable[User], by: User) -> None:
    """Set barriers that last as long as the block; they carry the same timestamp."""
    at = adult.blocked_at
    if at is None:
        return
    children = Student.objects.filter(
        pk__in=Guardianship.objects.filter(adult=adult).values("student_id")
    )
    for student in children.order_by("pk"):
        for account in accounts:
            barriers.set_barrier(
                student=student,
                user=account,
                reason=adult.blocked_reason,
                by=by,
                at=at,
                is_by_report=adult.blocked_ground == Adult.BlockGround.REPORT,
            )
    if adult.held_by_report:
        barred = Barrier.objects.filter(user__in=list(accounts), student__in=children)
        barred.filter(lifted_at=None).update(held_by_report=True)


@transaction.atomic
def unblock_adult(*, adult: Adult, by: User, at: datetime) -> None:
    """Lift the block and the barriers that were set with it, except those that a report requires."""
    if adult.blocked_at is None:
        return
    accounts = list(staff_accounts_of(adult))
    if by in accounts:
        raise OneSelf
    came_with = Barrier.objects.filter(
        user__in=accounts,
        set_at=adult.blocked_at,
        lifted_at=None,
        held_by_report=False,
        student__guardianships__adult=adult,
    )
    for barrier in came_with.distinct():
        barriers.lift_barrier(barrier=barrier, by=by, at=at)
    adult.blocked_at = adult.blocked_by = adult.blocked_decided_on = None
    adult.blocked_reason = adult.blocked_ground = adult.blocked_decision = ""
    adult.save(update_fields=BLOCK_FIELDS)


@transaction.atomic
def bar_from_child(*, student: Student, user: User, reason: str, by: User, at: datetime) -> Barrier:
    """Close the child's file to a member of staff; if they also belong to the family, block them there."""
    barrier = barriers.set_barrier(student=student, user=user, reason=reason, by=by, at=at)
    for adult in records_of(user, student).filter(blocked_at=None):
        block_adult(adult=adult, reason=reason, ground=Adult.BlockGround.SAFEGUARDING, by=by, at=at)
    return barrier
