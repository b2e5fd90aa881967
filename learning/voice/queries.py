"""Queries for a school's recordings of a lesson or of a pack, and for generated speech."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from learning.models import CountyReading, Lesson, LessonReading, LessonSent
from learning.rules import LINK_STANDS_DAYS
from learning.voice.models import KeptSpeech, LessonVoice
from learning.voice.words import digest_of, said


def get_voice_of(lesson: Lesson, school_id: int, language: str) -> LessonVoice:
    found = voices_of(lesson, school_id).get(language)
    if found is None:
        raise Http404
    return found


def _listened() -> Exists:
    """Return whether somebody of the school has read the lesson since the recording was there.

    They listened to it as well. A county's reading does not count: it reads text, and nobody there has
    heard the recordings of a pack.
    """
    return Exists(
        LessonReading.objects.filter(
            lesson=OuterRef("lesson"),
            school=OuterRef("school"),
            is_out=True,
            at__gte=OuterRef("kept_at"),
        )
    )


def heard_by_families(lesson: Lesson, school_id: int, language: str) -> LessonVoice | None:
    """Return the recording.

    One that came with a pack is returned only after somebody of the school has listened to it.
    """
    rows = LessonVoice.objects.filter(lesson=lesson, school=school_id, language=language)
    heard = rows.filter(Q(came_with_pack=False) | _listened())
    return heard.select_related("recording", "kept_by").first()


def unheard(lesson: Lesson, school_id: int) -> QuerySet[LessonVoice]:
    """Return recordings that came with a pack and that no family hears yet."""
    return _unheard_at(school_id).filter(lesson=lesson)


def waiting_for_ears(school_id: int) -> set[int]:
    """Return ids of current lessons with such a recording."""
    rows = _unheard_at(school_id).filter(lesson__place__isnull=False)
    return set(rows.values_list("lesson_id", flat=True))


def _unheard_at(school_id: int) -> QuerySet[LessonVoice]:
    """Select unheard recordings, not of lessons for classes: no page plays those."""
    rows = LessonVoice.objects.filter(school=school_id, came_with_pack=True, lesson__minutes=None)
    return rows.exclude(_listened())


def voices_of(lesson: Lesson, school_id: int) -> dict[str, LessonVoice]:
    """Return {language: its recording}."""
    rows = LessonVoice.objects.filter(lesson=lesson, school=school_id)
    return {one.language: one for one in rows.select_related("recording", "kept_by")}


def voices_of_packs(school_id: int, packs: Collection[str]) -> QuerySet[LessonVoice]:
    """Return recordings of current lessons, in their order, Chinese first."""
    rows = LessonVoice.objects.filter(
        school=school_id, lesson__pack__in=packs, lesson__place__isnull=False
    )
    return rows.order_by("lesson__pack", "lesson__place", "-language")


# -- by machine ---------------------------------------------------------------------------------

COLUMNS = {"audio/ogg": "opus", "audio/mp4": "aac"}  # content type → field of KeptSpeech


def words_let_out(at: datetime) -> dict[str, tuple[str, str]]:
    """Return {digest: (language, text)} of everything a machine may have to say.

    This is the text of lessons for families that some school or county releases today: current ones, and
    older versions while somebody's link works. Each lesson is included once, however many schools have it.
    """
    school = _last_words(LessonReading.objects.filter(lesson=OuterRef("pk")), "school", "lesson")
    county = _last_words(
        CountyReading.objects.filter(digest=OuterRef("digest")), "county", "digest"
    )
    links = LessonSent.objects.filter(
        lesson=OuterRef("pk"), sent_at__gt=at - timedelta(days=LINK_STANDS_DAYS)
    )
    rows = Lesson.objects.filter(Exists(school) | Exists(county), minutes=None)
    rows = rows.filter(Q(place__isnull=False) | Exists(links))
    lessons = rows.order_by("digest").distinct("digest").values_list("texts", flat=True)
    return {
        digest_of(words, language): (language, words)
        for texts in lessons
        for language, text in texts.items()
        for words in said(text, language)
    }


def _last_words(rows: QuerySet, *whose: str) -> QuerySet:
    """Select readings that release something and that nobody has taken back since."""
    later = rows.model._default_manager.filter(
        **{one: OuterRef(one) for one in whose}, pk__gt=OuterRef("pk")
    )
    return rows.filter(~Exists(later), is_out=True)


def kept_sound(words: str, language: str, content_type: str) -> bytes | None:
    """Return the sound in the format asked for; players fetch it in many parts."""
    rows = KeptSpeech.objects.filter(digest=digest_of(words, language))
    sound = rows.values_list(COLUMNS[content_type], flat=True).first()
    return None if sound is None else bytes(sound)


def kept_among(words: Iterable[str], language: str) -> set[str]:
    """Return those of `words` for which speech is kept."""
    digests = {digest_of(one, language): one for one in words}
    kept = KeptSpeech.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {digests[one] for one in kept}
