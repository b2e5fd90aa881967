"""The recordings that one school has of a lesson, or of a pack; and what a machine said of lessons."""

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
    """Not of lessons for classes: nobody hears those, and no page has an ear for them."""
    rows = LessonVoice.objects.filter(school=school_id, came_with_pack=True, lesson__minutes=None)
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

COLUMNS = {"audio/ogg": "opus", "audio/mp4": "aac"}  # content type → of KeptSpeech


def words_let_out(at: datetime) -> dict[str, tuple[str, str]]:
    """Digest → language and words: all that a machine may have to say of lessons for families that some
    school or county lets out today: those in hand, and older versions as long as somebody's link opens.
    Each lesson once, however many schools have it.
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
    """Those that let something out and that nobody has taken back since."""
    later = rows.model._default_manager.filter(
        **{one: OuterRef(one) for one in whose}, pk__gt=OuterRef("pk")
    )
    return rows.filter(~Exists(later), is_out=True)


def kept_sound(words: str, language: str, content_type: str) -> bytes | None:
    """The one of both that is asked for: players fetch it in many parts."""
    rows = KeptSpeech.objects.filter(digest=digest_of(words, language))
    sound = rows.values_list(COLUMNS[content_type], flat=True).first()
    return None if sound is None else bytes(sound)


def kept_among(words: Iterable[str], language: str) -> set[str]:
    """Those of `words` that are kept."""
    digests = {digest_of(one, language): one for one in words}
    kept = KeptSpeech.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {digests[one] for one in kept}
