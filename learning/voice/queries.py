"""The recordings that one school has of a lesson, or of a pack; and what a machine said of lessons."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from learning.models import CountyReading, Lesson, LessonReading
from learning.voice.models import KeptSpeech, LessonVoice
from learning.voice.words import digest_of, said


def get_voice_of(lesson: Lesson, school_id: int, language: str) -> LessonVoice:
    found = voices_of(lesson, school_id).get(language)
    if found is None:
        raise Http404
    return found


def _listened() -> Exists:
    """Somebody of the school has read the lesson since the recording was there, and so listened to it, too:
    its county reads words, and nobody there has heard what a pack brings along.
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
    """One that came with a pack only once somebody of the school has listened to it."""
    rows = LessonVoice.objects.filter(lesson=lesson, school=school_id, language=language)
    heard = rows.filter(Q(came_with_pack=False) | _listened())
    return heard.select_related("recording", "kept_by").first()


def unheard(lesson: Lesson, school_id: int) -> QuerySet[LessonVoice]:
    """What came with a pack, and no family hears yet."""
    return _unheard_at(school_id).filter(lesson=lesson)


def waiting_for_ears(school_id: int) -> set[int]:
    """Lessons in hand with such a recording."""
    rows = _unheard_at(school_id).filter(lesson__place__isnull=False)
    return set(rows.values_list("lesson_id", flat=True))


def _unheard_at(school_id: int) -> QuerySet[LessonVoice]:
    rows = LessonVoice.objects.filter(school=school_id, came_with_pack=True)
    return rows.exclude(_listened())


def voices_of(lesson: Lesson, school_id: int) -> dict[str, LessonVoice]:
    """Language → its recording."""
    rows = LessonVoice.objects.filter(lesson=lesson, school=school_id)
    return {one.language: one for one in rows.select_related("recording", "kept_by")}


def voices_of_packs(school_id: int, packs: Collection[str]) -> QuerySet[LessonVoice]:
    """Of the lessons in hand, in their order, Chinese first."""
    rows = LessonVoice.objects.filter(
        school=school_id, lesson__pack__in=packs, lesson__place__isnull=False
    )
    return rows.order_by("lesson__pack", "lesson__place", "-language")


# -- by machine ---------------------------------------------------------------------------------


def words_let_out() -> dict[str, tuple[str, str]]:
    """Digest → language and words: all that a machine may have to say of lessons for families that a school
    or a county has ever let out. Each lesson once, however many schools have it.
    """
    school = LessonReading.objects.filter(lesson=OuterRef("pk"), is_out=True)
    county = CountyReading.objects.filter(digest=OuterRef("digest"), is_out=True)
    rows = Lesson.objects.filter(Exists(school) | Exists(county), minutes=None)
    lessons = rows.order_by("digest").distinct("digest").values_list("texts", flat=True)
    return {
        digest_of(words, language): (language, words)
        for texts in lessons
        for language, text in texts.items()
        for words in said(text, language)
    }


def kept_sound(words: str, language: str) -> dict[str, bytes] | None:
    """Content type → bytes."""
    row = KeptSpeech.objects.filter(digest=digest_of(words, language)).first()
    return {"audio/ogg": bytes(row.opus), "audio/mp4": bytes(row.aac)} if row else None


def kept_among(words: Iterable[str], language: str) -> set[str]:
    """Those of `words` that are kept."""
    digests = {digest_of(one, language): one for one in words}
    kept = KeptSpeech.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {digests[one] for one in kept}
