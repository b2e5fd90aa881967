"""Reminds a class teacher of a family, and records when the teacher has done it."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from messaging.models import Reminder
from students.models import Student


def remind_teacher(*, student: Student, by: User, at: datetime) -> bool:
    """Remind the class teacher of this child, at most once a day for each colleague (`by`).

    Return False if `by` has already done so today.
    """
    _row, is_new = Reminder.objects.get_or_create(
        student=student,
        asked_by=by,
        on=timezone.localdate(at),
        defaults={"school_id": student.school_id, "asked_at": at},
    )
    return is_new


def close_reminder(*, reminder: Reminder, by: User, at: datetime) -> None:
    """Close the reminder. If it was already closed, the earlier record stays."""
    Reminder.objects.filter(pk=reminder.pk, done_at=None).update(done_at=at, done_by=by)


def reopen_reminder(*, reminder: Reminder) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(done_at=None, done_by=None)
