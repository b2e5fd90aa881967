"""People who must hear nothing about a child: staff barred from its file, and adults blocked in its family.

Every package uses these rules, so that nobody is kept away on one page and notified on another.
"""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from guardians.models import Guardianship
from students.barriers import barriers_in_force
from students.models import Student


def blocked_ties(student: Student | int | OuterRef) -> QuerySet[Guardianship]:
    """Return guardianships of blocked adults of the child's family who have an account.

    Ended ones count too: a block lasts until somebody lifts it.
    """
    return Guardianship.objects.filter(
        student=student, adult__blocked_at__isnull=False, adult__user__isnull=False
    )


def is_blocked_in_family(user: int | OuterRef, student_ref: str = "student_id") -> Exists:
    """Return a test of whether `user` (a key) is a blocked adult in the family of the child in
    `student_ref`.
    """
    return Exists(
        Guardianship.objects.filter(
            student_id=OuterRef(student_ref),
            adult__user_id=user,
            adult__blocked_at__isnull=False,
        )
    )


def ties(user: int | OuterRef, student_ref: str) -> QuerySet[Guardianship]:
    """Return ties of `user` to the child in `student_ref`, blocked or not."""
    return Guardianship.objects.filter(student_id=OuterRef(student_ref), adult__user=user)


def unblocked(people: QuerySet[User], student: Student | int | OuterRef) -> QuerySet[User]:
    """Filter `people` to those who are not a blocked adult of the child's family."""
    return people.exclude(pk__in=blocked_ties(student).values("adult__user_id"))


def who_may_hear_of(people: QuerySet[User], student: Student | int | OuterRef) -> QuerySet[User]:
    """Filter `people` to those neither barred from the child's file nor blocked in its family."""
    barred = barriers_in_force(student).values("user_id")
    return unblocked(people.exclude(pk__in=barred), student)
