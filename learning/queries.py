"""Which lessons a school lets out, who read them, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from learning.models import Lesson, LessonReading, LessonSent
from learning.reach import Reader


def latest_of_lesson() -> QuerySet[LessonReading]:
    """The readings of the lesson at the school of the row outside, the one that counts first."""
    rows = LessonReading.objects.filter(
        lesson_id=OuterRef("lesson_id"), school_id=OuterRef("school_id")
    )
    return rows.order_by("-at", "-pk")


def lessons_out(school_ids: Collection[int]) -> QuerySet[Lesson]:
    """Lessons that one of these schools lets out today, old versions too."""
    latest = latest_of_lesson().values("pk")[:1]
    rows = LessonReading.objects.annotate(latest=Subquery(latest)).filter(
        school_id__in=school_ids, is_out=True, pk=F("latest")
    )
    return Lesson.objects.filter(pk__in=rows.values("lesson_id"))


def lessons_to_send(school_id: int) -> QuerySet[Lesson]:
    """What may go to families of the school, in the order of the packs."""
    return _in_hand(school_id).filter(minutes=None)


def lessons_to_teach(school_id: int) -> QuerySet[Lesson]:
    """What classes of the school may be taught, in the order of the packs."""
    return _in_hand(school_id).filter(minutes__isnull=False)


def _in_hand(school_id: int) -> QuerySet[Lesson]:
    return lessons_out([school_id]).filter(place__isnull=False).order_by("pack", "place")


def with_out(sent: QuerySet[LessonSent]) -> QuerySet[LessonSent]:
    """Annotates `is_out`: whether the adult's school lets the lesson out today."""
    latest = latest_of_lesson().values("is_out")[:1]
    return sent.annotate(**{"is_out": Subquery(latest)})  # declared in LessonSent


def latest_readings(school_id: int, lesson_ids: Collection[int]) -> dict[int, LessonReading]:
    """Lesson → who of the school read it last, and lets it out or has taken it back."""
    rows = LessonReading.objects.filter(school_id=school_id, lesson_id__in=lesson_ids)
    found = rows.select_related("by").order_by("lesson_id", "-at", "-pk").distinct("lesson_id")
    return {row.lesson_id: row for row in found}


def is_out(lesson: Lesson, school_id: int) -> bool:
    return lessons_out([school_id]).filter(pk=lesson.pk).exists()


def had_by(readers: Collection[Reader]) -> QuerySet[LessonSent]:
    return LessonSent.objects.filter(adult_id__in=[one.adult.pk for one in readers])


@dataclass(frozen=True)
class Counts:
    """Adults, without names: one who is named would show what somebody chose for them."""

    sent: int
    opened: int
    of_use: int
    of_no_use: int


def counts(sent: QuerySet[LessonSent]) -> Counts:
    return Counts(
        **sent.aggregate(
            sent=Count("pk"),
            opened=Count("pk", filter=Q(opened_at__isnull=False)),
            of_use=Count("pk", filter=Q(is_of_use=True)),
            of_no_use=Count("pk", filter=Q(is_of_use=False)),
        )
    )
