"""Writes about the school's calls."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from guardians.actions import record_contact
from guardians.models import PARENTS, Adult, Contact, Guardianship
from students.models import Student
from visits.models import CallLog, Duty


class CallAlreadyEnded(ValueError):
    """Another word about a call that has been written down."""

    def __init__(self, call: CallLog):
        super().__init__(str(call.pk))
        self.call = call


def start_call(*, student: Student, adult: Adult, by: User, at: datetime, key: UUID) -> CallLog:
    """The moment before dialling. A double tap (the same `key`) is one call."""
    call, _is_new = CallLog.objects.get_or_create(
        key=key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "adult": adult,
            "started_at": at,
            "called_by": by,
        },
    )
    return call


@transaction.atomic
def end_call(
    *,
    call: CallLog,
    outcome: str,
    at: datetime,
    minutes: int | None = None,
    words: str = "",
    child_spoke: bool = False,
) -> CallLog:
    """How it went. The same outcome again changes nothing; another one raises CallAlreadyEnded.

    A talk with a parent is the month's call done; where the child spoke with the parent too, it is
    also a contact of the weekly clock, seen by the school.
    """
    row = CallLog.objects.select_for_update().select_related("student", "school").get(pk=call.pk)
    if row.outcome:
        if row.outcome == outcome:
            return row
        raise CallAlreadyEnded(row)
    talked = outcome == CallLog.Outcome.TALKED
    row.outcome, row.ended_at, row.words = outcome, at, words
    row.minutes = minutes if talked else None
    row.child_spoke = child_spoke and talked and _is_parent(row)
    row.save()
    if talked:
        _settle_duty(row)
    if row.child_spoke:
        _record_contact(row, at)
    return row


@transaction.atomic
def log_call(
    *,
    student: Student,
    adult: Adult,
    by: User,
    at: datetime,
    key: UUID,
    started_at: datetime,
    outcome: str,
    minutes: int | None = None,
    words: str = "",
    child_spoke: bool = False,
) -> CallLog:
    """A call that is over, written down whole; the same `key` again changes nothing."""
    call = start_call(student=student, adult=adult, by=by, at=started_at, key=key)
    if call.outcome:
        return call
    return end_call(
        call=call,
        outcome=outcome,
        at=at,
        minutes=minutes,
        words=words,
        child_spoke=child_spoke,
    )


def _is_parent(call: CallLog) -> bool:
    return Guardianship.objects.filter(
        student_id=call.student_id, adult_id=call.adult_id, relation__in=PARENTS
    ).exists()


def _day_of(call: CallLog):
    return timezone.localdate(call.started_at, ZoneInfo(call.school.time_zone))


def _settle_duty(call: CallLog) -> None:
    if not _is_parent(call):
        return
    on = _day_of(call)
    Duty.objects.filter(
        student_id=call.student_id,
        kind=Duty.Kind.PARENT_CALL,
        starts_on__lte=on,
        due_on__gte=on,
        done_on=None,
    ).update(done_on=on)


def _record_contact(call: CallLog, at: datetime) -> None:
    record_contact(
        student=call.student,
        adult=call.adult,
        happened_on=_day_of(call),
        reported_by=Contact.ReportedBy.STAFF,
        at=at,
        kind=Contact.Kind.CALL,
        minutes=call.minutes,
        source_key=f"call-log:{call.pk}",
        by=call.called_by,
    )
