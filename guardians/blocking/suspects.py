"""Closing a child to somebody who is suspected of harming it, at once and without telling them.

An adult of the family is blocked as a person, so for every child of theirs. A member of staff is barred
from this child and from its brothers and sisters: their files tell of the same home, of the same parents'
words, and of what is being done. While a report stands, nobody lifts what keeps them away, whoever barred
them first (`held_by_report`). What this closes, only this opens again: a court's order or an earlier
decision stays as it was.
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

# Kept in the row; whoever reads it may open files, so it says no more than the ground does.
REASON = "正在核实，先保护孩子"


@dataclass(frozen=True)
class Person:
    """All records and staff accounts of one human being, closed records too."""

    adults: frozenset[int]
    accounts: tuple[User, ...]


def final(adult: Adult) -> Adult:
    """The record as which a merged one goes on."""
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
    """Whether this closed anything; False where all was closed before. Raises blocking.OneSelf."""
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
    """Like close_to_adult, for a member of staff; if they belong to the family, block them there too."""
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
    """After a tie of these children was written: whoever a report keeps from a child is kept from whoever is
    its brother or sister now, and a suspected adult's staff accounts from a child that is newly theirs. It
    goes out from the child that the report is about, as reports.actions.close_again does: of a half-sister's
    half-brother it knows nothing. No report is asked: what they hold is marked in the rows of this floor.
    """
    near = ids_with_siblings(student_ids)
    rows = Barrier.objects.filter(reported_by__isnull=False, lifted_at=None, student__in=near)
    for row in rows.select_related("student", "user", "reported_by"):  # a handful at most
        if row.reported_by is None:
            continue
        # Nobody is kept from themself, nor does that keep anybody from writing a tie down.
        with suppress(blocking.OneSelf):
            close_to_user(student=row.student, user=row.user, by=row.reported_by, at=at)
    theirs = Adult.objects.filter(held_by_report=True, guardianships__student__in=student_ids)
    for adult in theirs.select_related("blocked_by", "reported_by").distinct():
        by = _reporter_of(adult)
        if by is None:
            continue
        with suppress(blocking.OneSelf):
            close_to_adult(adult=adult, by=by, at=at)


def _reporter_of(adult: Adult) -> User | None:
    """Who wrote the report that holds this adult. In rows from before that was kept: where a block stood
    before it, whoever barred an account of theirs by it, and else who had blocked them.
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
    """No report holds anything of this person, until close_to_… says so again for those that still stand."""
    ours = Adult.objects.filter(pk__in=person.adults, held_by_report=True)
    ours.update(held_by_report=False, reported_by=None)
    held = Barrier.objects.filter(user__in=person.accounts, lifted_at=None, held_by_report=True)
    held.update(held_by_report=False, reported_by=None)


@walls.every_school("a report that stands elsewhere keeps a person out")
@transaction.atomic
def open_what_nobody_holds(person: Person, *, by: User, at: datetime) -> None:
    """Takes back what reports closed; an earlier block or order, and a later decision, stay."""
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
