"""The recordings that one school has of a lesson, or of a pack."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from learning.models import Lesson, LessonReading
from learning.voice.models import LessonVoice


def get_voice_of(lesson: Lesson, school_id: int, language: str) -> LessonVoice:
    found = voices_of(lesson, school_id).get(language)
    if found is None:
        raise Http404
    return found


def heard_by_families(lesson: Lesson, school_id: int, language: str) -> LessonVoice | None:
    """One that came with a pack only once the school has read the lesson itself: its county reads words, and
    nobody there has listened to what a pack brings along.
    """
    read = LessonReading.objects.filter(lesson=OuterRef("lesson"), school=OuterRef("school"))
    rows = LessonVoice.objects.filter(lesson=lesson, school=school_id, language=language)
    heard = rows.filter(Q(came_with_pack=False) | Exists(read))
    return heard.select_related("recording", "kept_by").first()


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
