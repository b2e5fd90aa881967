"""Keep a recording of a lesson, and remove it."""

from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.db import transaction

from accounts.models import User
from learning.models import Lesson
from learning.voice.models import LessonVoice
from schools.models import School
from uploads.actions import keep_voice, key_of_sound


@transaction.atomic
def keep(
    *,
    lesson: Lesson,
    school: School,
    language: str,
    file: File,
    key: UUID,
    by: User,
    at: datetime,
    came_with_pack: bool = False,
) -> LessonVoice:
    """Keep it instead of an older one. Sent twice it is one: `key` is the page's, which somebody may go back
    to for another language or another try.
    """
    # Two at once wait for each other.
    Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)
    key = key_of_sound(key, file, f"{school.pk}/{lesson.pk}/{language}")
    upload = keep_voice(student=None, school=school, file=file, key=key, by=by, at=at)
    known = LessonVoice.objects.filter(school=school, lesson=lesson, language=language).first()
    if known is not None:
        if known.recording_id == upload.pk:
            return known
        remove(voice=known)
    return LessonVoice.objects.create(
        school=school,
        lesson=lesson,
        language=language,
        recording=upload,
        kept_by=by,
        kept_at=at,
        came_with_pack=came_with_pack,
    )


@transaction.atomic
def remove(*, voice: LessonVoice) -> None:
    """With its sound; the page is spoken by the phone or the server again."""
    recording = voice.recording
    voice.delete()
    recording.delete()
