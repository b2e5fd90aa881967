"""Save a recording of a lesson, and remove it; generate speech for lessons."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import structlog
from django.core.files import File
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from core.database import lock
from delivery.channels.base import Failure, PermanentFailure
from delivery.services import speech
from learning.models import Lesson, LessonReading
from learning.voice.models import KeptSpeech, LessonVoice
from learning.voice.queries import words_let_out
from schools.models import School
from uploads.actions import keep_voice, key_of_file
from uploads.rules import BadUpload

SPEAKING = 0x6A7A  # first half of the advisory lock; the second is 0

log = structlog.get_logger(__name__)

PIECES_A_RUN = (
    4  # of text; a slow machine needs ten seconds for the longest, and a worker has other work
)
TRIES_A_RUN = 40  # so that pieces that cannot be spoken do not block others
RUN_SECONDS = (
    120  # after which a run begins no other piece; a slow service answers each in a minute at worst
)
RUN_EVERY_SECONDS = 60  # as in settings.CELERY_BEAT_SCHEDULE


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
    """Save the recording, replacing an older one. A recording that is sent twice is saved once.

    `key` comes from the page, to which somebody may go back for another language or another try.
    """
    # Two at once wait for each other.
    Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)
    key = key_of_file(key, file, f"{school.pk}/{lesson.pk}/{language}")
    upload = keep_voice(student=None, school=school, file=file, key=key, by=by, at=at)
    known = LessonVoice.objects.filter(school=school, lesson=lesson, language=language).first()
    if known is not None:
        if known.recording_id == upload.pk:
            return known
        remove(voice=known)
    if came_with_pack:
        # Somebody who read the lesson while the recording was being converted has not heard it.
        rows = LessonReading.objects.filter(lesson=lesson, school=school)
        latest = rows.aggregate(at=Max("at"))["at"]
        at = max(at, latest + timedelta(microseconds=1)) if latest else at
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
    """Delete it with its sound; the phone or the server speaks the page again."""
    recording = voice.recording
    voice.delete()
    recording.delete()


def keep_speech(*, at: datetime) -> int:
    """Generate speech for released lessons, as much as one run may; return how many pieces are new.

    Families can then hear it even if nothing can speak later. Speech of another voice is replaced, and speech
    that no lesson needs any more is deleted. Does nothing while another process is running it.
    """
    with lock(SPEAKING, 0) as is_mine:
        if not is_mine:
            return 0
        wanted = words_let_out(at)
        KeptSpeech.objects.exclude(digest__in=wanted).delete()
        can_say = {one for one in dict(wanted.values()) if speech.can_speak(one)}
        kept = KeptSpeech.objects.filter(speaker=speech.speaker())
        had = set(kept.values_list("digest", flat=True))
        missing = [one for one in wanted if one not in had and wanted[one][0] in can_say]
        # As many as one run tries; the next run begins after them, so that none waits for others forever.
        begin = int(at.timestamp()) // RUN_EVERY_SECONDS * TRIES_A_RUN % max(1, len(missing))
        turn = [*missing[begin:], *missing[:begin]][:TRIES_A_RUN]
        return _say({one: wanted[one] for one in turn}, at)


def _say(missing: Mapping[str, tuple[str, str]], at: datetime) -> int:
    speaker, until, count = speech.speaker(), monotonic() + RUN_SECONDS, 0
    for digest, (language, words) in missing.items():
        if monotonic() > until:
            break
        try:
            sound = speech.say(words, language)
        except (BadUpload, PermanentFailure):
            log.warning("lesson_not_said", digest=digest, language=language)
            continue
        except Failure as failure:  # the service is away; the next run tries again
            log.warning("speech_service_failed", cause=failure.cause)
            break
        said = {"opus": sound["audio/ogg"], "aac": sound["audio/mp4"]}
        facts = {"language": language, "speaker": speaker, "made_at": at}
        KeptSpeech.objects.update_or_create(digest=digest, defaults={**facts, **said})
        count += 1
        if count == PIECES_A_RUN:
            break
    return count
