"""Close a child's file to somebody suspected of harming the child, at once and without telling them.

An adult of the family is blocked as a person, so for all of their children. A member of staff is barred from
this child and from its brothers and sisters, because those files tell about the same home, what the same
parents said, and what is being done. While a report is in force, nobody can lift what keeps the person away,
no matter who barred them first (`held_by_report`). Only what reports closed is opened again with them: a
court order or an earlier decision stays as it was.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core import walls
from guardians.blocking import actions as blocking
from guardians.models import Adult, Guardianship
from guardians.siblings import ids_with_siblings
from students import barriers
from students.models import Barrier, Student

# Stored in the row. Some of its readers may only open files, so it says no more than the ground does.
REASON = "正在核实，先保护孩子"


@dataclass(frozen=True)
class Person:
    """All records and staff accounts of one human being, including closed records."""

    adults: frozenset[int]
    accounts: tuple[User, ...]


def final(adult: Adult) -> Adult:
    """Return the record under which a merged one continues."""
    while adult.merged_into is not None:
        adult = adult.merged_into
    return adult


@walls.every_school("one human being under all their records")
def person_of(*, adult: Adult | None = None, user: User | None = None) -> Person:
    accounts = [user] if user else []
    pks: set[int] = set()
    if adult is not None:
        adult = final(adult)
        pks.add(adult.pk)
        accounts += blocking.staff_accounts_of(adult)
    for account in accounts:
        pks.update(blocking.records_everywhere(account).values_list("pk", flat=True))
    merged = set(pks)
    while merged:
        merged = set(Adult.objects.filter(merged_into__in=merged).values_list("pk", flat=True))
        merged -= pks
        pks |= merged
    return Person(frozenset(pks), tuple(accounts))


@walls.every_school("a child is closed to one human being, also its brothers and sisters elsewhere")
@transaction.atomic
def close_to_adult(*, adult: Adult, by: User, at: datetime) -> bool:
    """Block the adult and bar their staff accounts; return False if everything was closed already.

    Raises blocking.OneSelf.
    """
    locked = Adult.objects.select_for_update().get(pk=final(adult).pk)
    accounts = list(blocking.staff_accounts_of(locked))
    if by in accounts:
        raise blocking.OneSelf
    children = Guardianship.objects.filter(adult=locked).values("student_id")
    barred = Barrier.objects.filter(user__in=accounts, student__in=children, lifted_at=None)
    was_blocked, known = locked.is_blocked, barred.count()
    if not was_blocked:
        ground = Adult.BlockGround.REPORT
        blocking.block_adult(adult=locked, reason=REASON, ground=ground, by=by, at=at)
    for child in Student.objects.filter(pk__in=children).order_by("pk"):
        for account in accounts:
            _bar(child, account, by, at)
    barred.filter(held_by_report=False).update(held_by_report=True)
    Adult.objects.filter(Q(held_by_report=False) | Q(reported_by=None), pk=locked.pk).update(
        held_by_report=True, reported_by=by
    )
    return not was_blocked or barred.count() > known


@walls.every_school("a child is closed to one human being, also its brothers and sisters elsewhere")
@transaction.atomic
def close_to_user(*, student: Student, user: User, by: User, at: datetime) -> bool:
    """Like `close_to_adult`, for a member of staff; if they belong to the family, they are
    blocked there too.
    """
    if user.pk == by.pk:
        raise blocking.OneSelf
    pks = ids_with_siblings([student.pk])
    barred = Barrier.objects.filter(user=user, student__in=pks, lifted_at=None)
    known = barred.count()
    for child in Student.objects.filter(pk__in=pks).order_by("pk"):
        _bar(child, user, by, at)
    has_closed = barred.count() > known
    barred.filter(held_by_report=False).update(held_by_report=True)
    barred.filter(student=student, reported_by=None).update(reported_by=by)
    for adult in blocking.records_of(user, student).filter(merged_into=None):
        has_closed |= close_to_adult(adult=adult, by=by, at=at)
    return has_closed


def _bar(student: Student, user: User, by: User, at: datetime) -> None:
    barriers.set_barrier(student=student, user=user, reason=REASON, by=by, at=at, is_by_report=True)


@walls.every_school("a child is closed to one human being, also its brothers and sisters elsewhere")
@transaction.atomic
def keep_from_kin(*, at: datetime, student_ids: Collection[int]) -> None:
    """Extend existing closures after a tie of these children was written.

    The staff accounts of a blocked or suspected adult are barred from a child that is newly theirs, and
    somebody kept from a child by a report is now also kept from its new brothers and sisters. It starts from
    the child that the report is about, as reports.actions.close_again does, and does not reach a
    half-sister's half-brother. It reads no reports: `held_by_report` and `reported_by` of Adult and Barrier
    say what reports hold.
    """
    near = ids_with_siblings(student_ids)
    rows = Barrier.objects.filter(reported_by__isnull=False, lifted_at=None, student__in=near)
    for row in rows.select_related("student", "user", "reported_by"):  # a handful at most
        if row.reported_by is None:
            continue
        # Nobody is kept away from themselves, and that must not prevent a tie from being recorded.
        with suppress(blocking.OneSelf):
            close_to_user(student=row.student, user=row.user, by=row.reported_by, at=at)
    around = Adult.objects.filter(guardianships__student__in=student_ids)
    blocked = around.filter(blocked_at__isnull=False, held_by_report=False)
    for adult in blocked.select_related("blocked_by").distinct():
        if adult.blocked_by is None:
            continue
        accounts = blocking.staff_accounts_of(adult).filter(posts__isnull=False)
        accounts = accounts.exclude(pk=adult.blocked_by.pk)
        blocking.bar_accounts(adult=adult, accounts=accounts, by=adult.blocked_by)
    theirs = around.filter(held_by_report=True)
    for adult in theirs.select_related("blocked_by", "reported_by").distinct():
        by = _reporter_of(adult)
        if by is None:
            continue
        with suppress(blocking.OneSelf):
            close_to_adult(adult=adult, by=by, at=at)


def _reporter_of(adult: Adult) -> User | None:
    """Return who wrote the report that holds this adult.

    Older rows do not store it: if a block was there before the report, it is the person who barred
    one of the adult's accounts because of it; otherwise the person who blocked the adult.
    """
    if adult.reported_by is not None:
        return adult.reported_by
    if adult.blocked_ground == Adult.BlockGround.REPORT:
        return adult.blocked_by
    rows = Barrier.objects.filter(
        user__in=blocking.staff_accounts_of(adult),
        is_by_report=True,
        held_by_report=True,
        lifted_at=None,
    )
    first = rows.select_related("set_by").order_by("pk").first()
    return first.set_by if first else adult.blocked_by


def let_go(person: Person) -> None:
    """Release everything that reports hold for this person; close_to_… marks it again for reports still in
    force.
    """
    ours = Adult.objects.filter(pk__in=person.adults, held_by_report=True)
    ours.update(held_by_report=False, reported_by=None)
    held = Barrier.objects.filter(user__in=person.accounts, lifted_at=None, held_by_report=True)
    held.update(held_by_report=False, reported_by=None)


@walls.every_school("a report that stands elsewhere keeps a person out")
@transaction.atomic
def open_what_nobody_holds(person: Person, *, by: User, at: datetime) -> None:
    """Lift what reports closed; an earlier block or court order and a later decision stay in force."""
    ours = Adult.objects.select_for_update().filter(
        pk__in=person.adults, blocked_ground=Adult.BlockGround.REPORT, held_by_report=False
    )
    for adult in ours.exclude(blocked_at=None):
        blocking.unblock_adult(adult=adult, by=by, at=at)
    rows = Barrier.objects.filter(
        user__in=person.accounts, is_by_report=True, held_by_report=False, lifted_at=None
    )
    for barrier in rows.select_related("user", "student"):
        family = blocking.records_of(barrier.user, barrier.student)
        if not family.exclude(blocked_at=None).exists():
            barriers.lift_barrier(barrier=barrier, by=by, at=at)
