"""Record who is near by, and what parent, child and village say about it."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from guardians.actions import add_family_member
from guardians.models import Adult, Guardianship
from guardians.nearby.models import NearbyAdult
from guardians.nearby.rules import NEARBY_MOST
from students.models import Student


class TooMany(ValueError):
    """Raised for a child who already has a second and a third adult near by."""


class OnRecord(ValueError):
    """Raised if this person is already on record as near by, or may not be."""


@transaction.atomic
def add(
    *,
    student: Student,
    adult: Adult | None,
    name: str = "",
    relation: str = "",
    address: str = "",
    as_written: str = "",
    minutes: int,
    willing_on: date,
    by: User,
    at: datetime,
) -> NearbyAdult:
    """Add an adult of the family or, if `adult` is None, a new person, after those already on record.

    They have agreed themselves: that is the legal ground on which the school writes to them (PIPL Art. 13).
    Raises TooMany, OnRecord.
    """
    Student.objects.select_for_update().get(pk=student.pk)
    rows = NearbyAdult.objects.filter(student=student, ended_at=None)
    if rows.count() >= NEARBY_MOST:
        raise TooMany
    if adult is None:
        adult = add_family_member(
            student=student,
            name=name,
            relation=relation,
            kind=Guardianship.Kind.CONTACT,
            starts_on=willing_on,
            by=by,
            address=address,
            as_written=as_written,
        ).adult
    if not adult.is_approachable or rows.filter(adult=adult).exists():
        raise OnRecord
    if adult.legal_basis == Adult.LegalBasis.NONE:
        Adult.objects.filter(pk=adult.pk).update(legal_basis=Adult.LegalBasis.CONSENT)
    taken = set(rows.values_list("rank", flat=True))
    return NearbyAdult.objects.create(
        school_id=student.school_id,
        student=student,
        adult=adult,
        rank=next(rank for rank in range(1, NEARBY_MOST + 1) if rank not in taken),
        minutes=minutes,
        willing_on=willing_on,
        added_by=by,
        added_at=at,
    )


def agree(*, row: NearbyAdult, parent: Adult, how: str, by: User | None, at: datetime) -> bool:
    """Record that a parent agrees, on their page or as noted by `by`.

    A later agreement does not replace the first. Return False if nothing changed.
    """
    waiting = NearbyAdult.objects.filter(pk=row.pk, agreed_at=None, ended_at=None)
    return bool(waiting.update(agreed_by=parent, agreed_at=at, agreed_how=how, agreed_noted_by=by))


def take_back_agreement(*, row: NearbyAdult) -> None:
    """Record that a parent no longer agrees: from now on the person is not asked."""
    NearbyAdult.objects.filter(pk=row.pk, ended_at=None).update(
        agreed_by=None, agreed_at=None, agreed_how="", agreed_noted_by=None
    )


def note_child(*, row: NearbyAdult, wants: bool, on: date, by: User) -> None:
    """Record what the child said when asked that day; it replaces an earlier answer."""
    NearbyAdult.objects.filter(pk=row.pk, ended_at=None).update(
        child_asked_on=on, child_asked_by=by, child_wants=wants
    )


def note_village(*, row: NearbyAdult, on: date, by: User) -> None:
    NearbyAdult.objects.filter(pk=row.pk, ended_at=None).update(
        village_told_on=on, village_told_by=by
    )


@transaction.atomic
def end(*, row: NearbyAdult, by: User, at: datetime) -> None:
    """Record that the person is no longer near by. The third adult becomes the second."""
    rows = NearbyAdult.objects.select_for_update().filter(student_id=row.student_id, ended_at=None)
    found = {one.pk: one for one in rows}
    ended = found.pop(row.pk, None)
    if ended is None:
        return
    ended.ended_at, ended.ended_by = at, by
    ended.save(update_fields=["ended_at", "ended_by"])
    for rank, one in enumerate(sorted(found.values(), key=lambda each: each.rank), 1):
        if one.rank != rank:
            one.rank = rank
            one.save(update_fields=["rank"])


@transaction.atomic
def swap(*, student: Student) -> None:
    """Swap the second and the third adult in the order in which they are asked."""
    rows = list(NearbyAdult.objects.select_for_update().filter(student=student, ended_at=None))
    for row in rows if len(rows) == NEARBY_MOST else ():
        row.rank = NEARBY_MOST + 1 - row.rank
        row.save(update_fields=["rank"])
