"""Record statements about talks, from every side, and what was sent home. A statement is never deleted."""

from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from accounts.models import User
from guardians.actions import record_contact, retract_contact
from guardians.clock.queries import contradicted_contacts
from guardians.models import Adult, Contact, ContactDenial, SentHome
from students.models import Student

WORDS_MAX = 200  # characters of ContactDenial.outcome and SentHome.words


class Outcome(StrEnum):
    """The result of the teacher's asking."""

    TALKED = "talked"
    NOT_TALKED = "not_talked"
    UNCLEAR = "unclear"


def say_talked(
    *,
    student: Student,
    adult: Adult,
    said_by: str,
    on: date,
    source_key: str,
    at: datetime,
    kind: str = Contact.Kind.TALK,
) -> Contact:
    """Record "We talked", said by the child, a carer or the parent.

    The same `source_key` again changes nothing.
    """
    return record_contact(
        student=student,
        adult=adult,
        happened_on=on,
        reported_by=said_by,
        kind=kind,
        source_key=source_key,
        at=at,
    )


def say_not_talked(
    *, student: Student, adult: Adult | None, said_by: str, on: date, source_key: str, at: datetime
) -> ContactDenial:
    """Record "We have not talked" for the week up to `on`; without `adult` it means "with nobody".

    The same `source_key` again changes nothing. Nobody is contradicted openly: see rules.py.
    """
    denial, _ = ContactDenial.objects.get_or_create(
        source_key=source_key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "adult": adult,
            "said_by": said_by,
            "said_on": on,
            "recorded_at": at,
        },
    )
    return denial


@transaction.atomic
def settle_denial(
    *, denial_id: int, outcome: str, words: str, by: User, at: datetime
) -> ContactDenial:
    """Record what the teacher found out.

    "They did not": the parent's talks of those days no longer count. "They talked": the person who denied it
    now counts as confirming it. A denial settled before stays unchanged.
    """
    denial = _locked(denial_id)
    if denial.settled_at is not None:
        return denial
    against = contradicted_contacts(denial)
    if outcome == Outcome.NOT_TALKED:
        Contact.objects.filter(pk__in=[row.pk for row in against]).update(retracted_at=at)
    elif outcome == Outcome.TALKED and against:
        latest = against[0]
        record_contact(
            student=denial.student,
            adult=latest.adult,
            happened_on=latest.happened_on,
            reported_by=denial.said_by,
            kind=latest.kind,
            source_key=_confirmation_key(denial),
            by=by,
            at=at,
        )
    denial.settled_at, denial.settled_by, denial.outcome = at, by, words[:WORDS_MAX]
    denial.save(update_fields=["settled_at", "settled_by", "outcome"])
    return denial


def _locked(denial_id: int) -> ContactDenial:
    """Lock only the row itself (`of`): the outer join to the adult cannot be locked."""
    rows = ContactDenial.objects.select_for_update(of=("self",))
    return rows.select_related("student", "adult").get(pk=denial_id)


def _confirmation_key(denial: ContactDenial) -> str:
    return f"denial:{denial.pk}:asked"


@transaction.atomic
def reopen_denial(*, denial_id: int, at: datetime) -> None:
    """Undo a settlement: talks that it retracted count again, and the talk that it confirmed does not."""
    denial = _locked(denial_id)
    if denial.settled_at is None:
        return
    withdrawn = Contact.objects.filter(
        student=denial.student,
        reported_by=Contact.ReportedBy.PARENT,
        retracted_at=denial.settled_at,
    )
    withdrawn.update(retracted_at=None)
    retract_contact(source_key=_confirmation_key(denial), at=at)
    denial.settled_at, denial.settled_by, denial.outcome = None, None, ""
    denial.save(update_fields=["settled_at", "settled_by", "outcome"])


def record_sent(
    *,
    student: Student,
    adult: Adult,
    kind: str,
    arrived_on: date,
    words: str,
    reported_by: str,
    source_key: str,
    at: datetime,
    by: User | None = None,
) -> SentHome:
    """Record a letter, a gift or money.

    It is on record but does not count as a talk. The same `source_key` again changes nothing, except that it
    undoes an earlier retraction.
    """
    with transaction.atomic():
        sent, is_new = SentHome.objects.get_or_create(
            source_key=source_key,
            defaults={
                "school_id": student.school_id,
                "student": student,
                "adult": adult,
                "kind": kind,
                "arrived_on": arrived_on,
                "words": words[:WORDS_MAX],
                "reported_by": reported_by,
                "recorded_by": by,
                "recorded_at": at,
            },
        )
        if not is_new and sent.retracted_at is not None:
            sent.retracted_at = None
            sent.save(update_fields=["retracted_at"])
    return sent


def retract_sent(*, source_key: str, at: datetime) -> None:
    SentHome.objects.filter(source_key=source_key, retracted_at=None).update(retracted_at=at)
