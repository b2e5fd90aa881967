"""Create, correct and retract notes about a child."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from classroom import messages
from classroom.models import Observation
from classroom.noted import ReportedNote
from classroom.rules import may_be_told
from students.models import Student
from uploads.actions import keep_photo, keep_voice


@transaction.atomic
def observe(
    *,
    student: Student,
    key: UUID,
    happened_at: datetime,
    by: User,
    at: datetime,
    photo: Any = None,
    voice: Any = None,
    also: Collection[Student] = (),
    **seen: Any,
) -> tuple[Observation, bool]:
    """Return the note and whether it is new; a known key changes nothing.

    `also` are the other children in the note; photo and voice stay with `student`. `seen` holds words,
    place, strengths, themes, deeds, tell_family and is_reported. Raises uploads.rules.BadUpload.
    """
    defaults = {
        "school_id": student.school_id,
        "student": student,
        "happened_at": happened_at,
        "written_by": by,
        "recorded_at": at,
        "shared_key": key if also else None,
        **_told_rightly(seen),
    }
    note, is_new = Observation.objects.get_or_create(key=key, defaults=defaults)
    if is_new and photo:
        note.photo = keep_photo(
            student=student, file=photo, key=uuid5(note.key, "photo"), by=by, at=at
        )
    if is_new and voice:
        note.voice = keep_voice(
            student=student, file=voice, key=uuid5(note.key, "voice"), by=by, at=at
        )
    if is_new and (photo or voice):
        note.save(update_fields=["photo", "voice"])
    if is_new:
        messages.queue_good_news(note, at)
    for other in also if is_new else ():
        own = {"school_id": other.school_id, "student": other}
        shared = Observation.objects.create(key=uuid5(key, str(other.pk)), **defaults | own)
        messages.queue_good_news(shared, at)
    return note, is_new


def _told_rightly(seen: dict[str, Any]) -> dict[str, Any]:
    """Return `seen` without `tell_family` if the note is about the home or trouble.

    This applies whatever the form says.
    """
    if seen.get("tell_family") and not may_be_told(seen.get("themes", [])):
        return seen | {"tell_family": False}
    return seen


@transaction.atomic
def correct(*, notes: Collection[Observation], by: User, at: datetime, **seen: Any) -> None:
    """Change these fields in every row of a note. A trigger keeps the old values.

    Callers check policies.can_edit.
    """
    seen = _told_rightly(seen)
    for note in notes:
        for name, value in seen.items():
            setattr(note, name, value)
        note.save(update_fields=list(seen))
        messages.follow_note(note, at)


@transaction.atomic
def retract(*, notes: Collection[Observation], by: User, at: datetime) -> None:
    """Retract a note: it is no longer shown, but stays on record. Repeating it changes nothing."""
    keys = [note.pk for note in notes]
    Observation.objects.filter(pk__in=keys, retracted_at=None).update(retracted_at=at)
    for note in notes:
        messages.follow_note(note, at)


@transaction.atomic
def restore(*, notes: Collection[Observation], by: User, at: datetime) -> None:
    Observation.objects.filter(pk__in=[note.pk for note in notes]).update(retracted_at=None)
    for note in notes:
        messages.follow_note(note, at)


@transaction.atomic
def take_reported_notes(*, notes: Collection[ReportedNote], by: User, at: datetime) -> list[bool]:
    """Save the notes that another system sent, checked by classroom.noted; return for each whether it is new.

    A note that a person took back stays retracted. The family is not told.
    """
    return [
        observe(
            student=one.student,
            key=one.key,
            happened_at=one.happened_at,
            by=by,
            at=at,
            is_reported=True,
            **one.seen,
        )[1]
        for one in notes
    ]
