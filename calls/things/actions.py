"""Choose, answer, rate and ask. Each action is safe to repeat."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from calls.models import CallSlot
from calls.things import rules
from calls.things.messages import queue_things
from calls.things.models import ThreeThings
from calls.things.policies import parents_of, things_gone
from guardians.models import Adult
from students.models import Student
from uploads.actions import keep_photo
from uploads.models import Upload


@transaction.atomic
def choose(
    *,
    student: Student,
    adult: Adult,
    pictures: Sequence[str],
    sentences: Sequence[str],
    key: UUID,
    at: datetime,
) -> ThreeThings:
    """Save what the child wants this parent to ask, and end what it chose before.

    Repeating it with the same key changes nothing. Raises PermissionDenied if the adult is not a parent
    whom the child may ask.
    """
    # Of two taps at once, the second waits here and then finds what the first one created.
    Student.objects.select_for_update().get(pk=student.pk)
    known = ThreeThings.objects.filter(key=key, student=student).first()
    if known:
        return known
    if not parents_of(student, timezone.localdate(at)).filter(adult=adult).exists():
        raise PermissionDenied
    ThreeThings.objects.filter(student=student, adult=adult, over_at=None).update(over_at=at)
    things = ThreeThings.objects.create(
        school_id=student.school_id,
        student=student,
        adult=adult,
        key=key,
        pictures=list(pictures),
        sentences=list(sentences),
        chosen_at=at,
    )
    queue_things(things, at)
    return things


@transaction.atomic
def pick(*, student: Student, picture: ThreeThings.Picture, call: UUID, at: datetime) -> None:
    """Add a picture that the child chose by a key in this call, for every parent whom it may ask."""
    Student.objects.select_for_update().get(pk=student.pk)
    for tie in parents_of(student, timezone.localdate(at)):
        key = uuid5(call, f"things:{student.pk}:{tie.adult_id}")
        known = ThreeThings.objects.filter(key=key).first()
        if known is None:
            choose(
                student=student, adult=tie.adult, pictures=[picture], sentences=[], key=key, at=at
            )
        elif picture not in known.pictures and len(known.pictures) < rules.THINGS_MOST:
            known.pictures = [*known.pictures, picture]
            known.save(update_fields=["pictures"])


@transaction.atomic
def answer(
    *, things: ThreeThings, picture: str, words: str, photo: File | None = None, at: datetime
) -> bool:
    """Save the parent's picture, photo or text, once.

    Return False if it was answered before or is over. The form has already re-encoded the photo.
    """
    waiting = ThreeThings.objects.filter(pk=things.pk, answered_at=None, over_at=None)
    if not waiting.select_for_update(of=("self",)).exists():
        return False
    kept = photo and keep_photo(
        student=things.student,
        file=photo,
        key=uuid5(things.key, "answer"),
        by=things.adult.user,
        at=at,
    )
    waiting.update(
        answer_picture=picture, answer_words=words, answer_photo=kept or None, answered_at=at
    )
    return True


def delete_photos(*, at: datetime) -> int:
    """Delete parents' photos that neither side sees any more, and return how many."""
    rows = Upload.objects.filter(three_things__in=things_gone(at))
    return rows.delete()[1].get("uploads.Upload", 0)


def tell_felt(*, student: Student, things_id: int, felt: int, at: datetime) -> bool:
    """Record how the call felt, once, and end the things. Return False if it was told before."""
    waiting = ThreeThings.objects.filter(pk=things_id, student=student, over_at=None, felt=None)
    return bool(waiting.update(felt=felt, felt_at=at, over_at=at))


def follow_call(*, slot: CallSlot, mood: int, at: datetime) -> None:
    """End the things after the child rated the call at the school's phone, so that it is not asked twice."""
    waiting = ThreeThings.objects.filter(
        student_id=slot.student_id, adult_id=slot.adult_id, over_at=None, felt=None
    )
    waiting.filter(chosen_at__lt=slot.ends_at).update(
        felt=rules.felt_of_mood(mood), felt_at=at, over_at=at
    )


def note_asked(*, things: ThreeThings, by: User, at: datetime) -> None:
    """Record that the class teacher has asked how the calls go."""
    ThreeThings.objects.filter(pk=things.pk, asked_at=None).update(asked_at=at, asked_by=by)
