"""Send, hear and delete voice postcards. Each action is safe to repeat."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from guardians.models import Adult
from postcards.messages import follow_taken_back, queue_card
from postcards.models import Postcard, PostcardFor
from postcards.policies import may_record, recipients_of
from postcards.queries import voices_to_delete
from students.models import Student
from uploads.actions import keep_voice, key_of_file
from uploads.models import Upload


@transaction.atomic
def send_to_family(
    *, student: Student, adults: Collection[Adult], file: File, key: UUID, at: datetime
) -> Postcard:
    """Send the child's voice to these parents. Repeating it from the same page (`key`) changes nothing.

    Raises PermissionDenied if the family has not agreed or an adult may not be written to, and BadUpload
    if the file is not a recording. `file` comes from VoiceField, so nothing slow happens in the
    transaction.
    """
    key = key_of_file(key, file, "-".join(sorted(str(one.pk) for one in adults)))
    known = Postcard.objects.filter(key=key, student=student).first()
    if known:
        return known
    allowed = set(recipients_of(student, timezone.localdate(at)).values_list("adult_id", flat=True))
    if not may_record(student, at) or not adults or not {one.pk for one in adults} <= allowed:
        raise PermissionDenied
    voice = keep_voice(student=student, file=file, key=key, by=None, at=at)
    card, is_new = _send(student, Postcard.Direction.TO_FAMILY, None, voice, key, at)
    if is_new:
        PostcardFor.objects.bulk_create(
            PostcardFor(school_id=student.school_id, postcard=card, adult=adult) for adult in adults
        )
        queue_card(card, adults, at)
    return card


@transaction.atomic
def send_to_child(
    *, student: Student, sender: Adult, file: File, key: UUID, by: User, at: datetime
) -> Postcard:
    """Send a parent's voice to the child, who hears it on the pupil pages; otherwise like `send_to_family`.

    The caller checks who may send (policies.get_answering).
    """
    key = key_of_file(key, file, str(sender.pk))
    known = Postcard.objects.filter(key=key, student=student).first()
    if known:
        return known
    voice = keep_voice(student=student, file=file, key=key, by=by, at=at)
    return _send(student, Postcard.Direction.TO_CHILD, sender, voice, key, at)[0]


def _send(student, direction, sender, voice, key, at) -> tuple[Postcard, bool]:
    return Postcard.objects.get_or_create(
        key=key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "direction": direction,
            "sender": sender,
            "voice": voice,
            "sent_at": at,
        },
    )


def note_heard(*, copy: PostcardFor, at: datetime) -> None:
    """Record the first time that an adult heard the postcard."""
    same = PostcardFor.objects.filter(postcard=copy.postcard_id, adult=copy.adult_id)
    same.filter(heard_at=None).update(heard_at=at)


def note_heard_by_child(*, card: Postcard, at: datetime) -> None:
    Postcard.objects.filter(pk=card.pk, heard_at=None).update(heard_at=at)


@transaction.atomic
def take_back(*, student: Student, key: UUID, at: datetime) -> bool:
    """Delete a postcard of the child for good, as long as nobody has heard it."""
    card = (
        Postcard.objects.select_for_update(of=("self",))
        .filter(student=student, key=key, withdrawn_at=None)
        .filter(direction=Postcard.Direction.TO_FAMILY)
        .first()
    )
    if card is None or card.copies.exclude(heard_at=None).exists():
        return False
    card.withdrawn_at = at
    card.save(update_fields=["withdrawn_at"])
    Upload.objects.filter(postcard=card).delete()
    follow_taken_back(card, at)
    return True


def delete_voices(*, at: datetime) -> int:
    """Delete voices that may no longer be kept, and return how many.

    The family said no, or the child left the school. That a postcard was sent stays on record. Safe to
    run at any time.
    """
    rows = voices_to_delete(timezone.localdate(at))
    return rows.delete()[1].get("uploads.Upload", 0)
