"""Saves a recording of a sentence, and removes it."""

from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.db import transaction

from accounts.models import User
from delivery.sentences.models import SentenceVoice
from schools.models import School
from uploads.actions import keep_voice, key_of_file


@transaction.atomic
def keep(
    *,
    school: School,
    language: str,
    name: str,
    words: str,
    speaker: str,
    file: File,
    key: UUID,
    by: User,
    at: datetime,
) -> SentenceVoice:
    """Save a recording in place of an older one.

    If it is sent twice it is stored once, under the speaker's name that was sent last: `key` belongs to the
    page, and somebody may go back there for another try. Raises uploads.rules.BadUpload.
    """
    # Two requests at once wait for each other.
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    key = key_of_file(key, file, f"{school.pk}/{language}/{name}")
    upload = keep_voice(student=None, school=school, file=file, key=key, by=by, at=at)
    known = SentenceVoice.objects.filter(school=school, language=language, name=name).first()
    if known is not None:
        if known.recording_id == upload.pk:
            known.speaker = speaker
            known.save(update_fields=["speaker"])
            return known
        remove(voice=known)
    return SentenceVoice.objects.create(
        school=school,
        language=language,
        name=name,
        words=words,
        speaker=speaker,
        recording=upload,
        kept_by=by,
        kept_at=at,
    )


@transaction.atomic
def remove(*, voice: SentenceVoice) -> None:
    """Remove the recording and its sound. The standard voice speaks again."""
    recording = voice.recording
    voice.delete()
    recording.delete()
