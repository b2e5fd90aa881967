"""Save the school's calls."""

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
    """The call already has a different outcome."""

    def __init__(self, call: CallLog):
        super().__init__(str(call.pk))
        self.call = call


def start_call(*, student: Student, adult: Adult, by: User, at: datetime, key: UUID) -> CallLog:
    """Record a call just before dialling. A double tap (the same `key`) counts as one call."""
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
    """Record the outcome. Repeating it changes nothing; anything different raises CallAlreadyEnded.

    A talk with a parent settles this month's call. If the child spoke with the parent too, it is also a
    contact of the weekly clock, seen by the school.
    """
    row = CallLog.objects.select_for_update().select_related("student", "school").get(pk=call.pk)
    talked = outcome == CallLog.Outcome.TALKED
    is_talk_with_parent = talked and (
        Guardianship.objects.filter(
            student_id=row.student_id, adult_id=row.adult_id, relation__in=PARENTS
        ).exists()
    )
    minutes, child_spoke = minutes if talked else None, child_spoke and is_talk_with_parent
    if row.outcome:
        known = (row.outcome, row.words, row.minutes, row.child_spoke)
        if known == (outcome, words, minutes, child_spoke):
            return row
        raise CallAlreadyEnded(row)
    on = timezone.localdate(row.started_at, ZoneInfo(row.school.time_zone))
    row.outcome, row.ended_at, row.words = outcome, at, words
    row.minutes, row.child_spoke = minutes, child_spoke
    row.save()
    if is_talk_with_parent:
        calls_owed = Duty.objects.filter(student_id=row.student_id, kind=Duty.Kind.PARENT_CALL)
        calls_owed.filter(starts_on__lte=on, due_on__gte=on, done_on=None).update(done_on=on)
    if row.child_spoke:
        record_contact(
            student=row.student,
            adult=row.adult,
            happened_on=on,
            reported_by=Contact.ReportedBy.STAFF,
            at=at,
            kind=Contact.Kind.CALL,
            minutes=row.minutes,
            source_key=f"call-log:{row.pk}",
            by=row.called_by,
        )
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
    """Record a call that has ended. Repeating it with the same `key` changes nothing; anything different
    raises CallAlreadyEnded.
    """
    call = start_call(student=student, adult=adult, by=by, at=started_at, key=key)
    if (call.adult_id, call.started_at) != (adult.pk, started_at):
        raise CallAlreadyEnded(call)
    return end_call(
        call=call,
        outcome=outcome,
        at=at,
        minutes=minutes,
        words=words,
        child_spoke=child_spoke,
    )
