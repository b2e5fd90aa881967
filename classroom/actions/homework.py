"""Record help with homework by a named person, and homework that was not handed in."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from classroom.models import HomeworkHelp, MissedHomework
from students.models import Student


def assign_help(
    *, student: Student, key: UUID, by: User, at: datetime, **plan: Any
) -> tuple[HomeworkHelp, bool]:
    """Return the help and whether it is new; the same key never adds it twice.

    `plan` holds one of staff, adult or somebody, and weekdays, starts_at, starts_on and words.
    """
    return HomeworkHelp.objects.get_or_create(
        key=key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "assigned_by": by,
            "assigned_at": at,
            **plan,
        },
    )


def end_help(*, help: HomeworkHelp, ending: str, words: str, by: User, at: datetime) -> None:
    """End the help and record the result. Repeating it changes nothing."""
    HomeworkHelp.objects.filter(pk=help.pk, ended_at=None).update(
        ending=ending, ending_words=words, ended_by=by, ended_at=at
    )


def give_help(*, help: HomeworkHelp, to: User) -> None:
    """Let a colleague continue the help on the same days."""
    HomeworkHelp.objects.filter(pk=help.pk, ended_at=None).update(staff=to)


@transaction.atomic
def note_missed(
    *,
    students: Collection[Student],
    missing: Collection[int],
    was: Collection[int],
    on: date,
    by: User,
    at: datetime,
) -> int:
    """Save the marks that this page changed since it was loaded, and return how many changed.

    Marks that somebody else set in the meantime, and this page did not touch, stay.
    """
    changed = 0
    for student in students:
        is_missing = student.pk in missing
        if is_missing == (student.pk in was):
            continue
        row, is_new = MissedHomework.objects.get_or_create(
            student=student,
            missed_on=on,
            defaults={"school_id": student.school_id, "noted_by": by, "noted_at": at},
        )
        retracted_at = None if is_missing else at
        if not is_new or retracted_at:
            row.retracted_at, row.noted_by, row.noted_at = retracted_at, by, at
            row.save(update_fields=["retracted_at", "noted_by", "noted_at"])
        changed += 1
    return changed
