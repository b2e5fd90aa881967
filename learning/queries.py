"""Queries for which lessons a school has released, who read them, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from core.prepared import Question, prepared
from learning.models import CountyReading, Lesson, LessonReading, LessonSent
from learning.reach import Reader
from learning.readings import Reading
from schools.models import School


def _says(
    school: QuerySet[LessonReading], county: QuerySet[CountyReading], is_dropped: str
) -> Coalesce:
    """Return the expression that decides whether a lesson is released.

    The school's own latest decision counts; if it has made none and has not dropped the pack, the county's
    counts. `is_dropped`: path to that field of the lesson.
    """
    by_school, by_county = [
        Subquery(_latest_first(rows).values("is_out")[:1]) for rows in (school, county)
    ]
    return Coalesce(by_school, Case(When(**{is_dropped: False}, then=by_county)))


def _latest_first(rows: QuerySet) -> QuerySet:
    return rows.order_by("-at", "-pk")


def is_out_here() -> Coalesce:
    """Return, for a row with a lesson and a school, whether the lesson is released at that school today."""
    return _says(
        LessonReading.objects.filter(
            lesson_id=OuterRef("lesson_id"), school_id=OuterRef("school_id")
        ),
        CountyReading.objects.filter(
            county_id=OuterRef("school__county_id"), digest=OuterRef("lesson__digest")
        ),
        "lesson__is_dropped",
    )


def lessons_known_to(school_id: int) -> QuerySet[Lesson]:
    """Return our lessons, and those that the school has taken or written itself; old versions too."""
    return Lesson.objects.filter(Q(owner=None) | Q(owner=school_id))


def lessons_out(school_id: int) -> QuerySet[Lesson]:
    """Return lessons that are released at the school today, old versions too."""
    says = _says(
        LessonReading.objects.filter(lesson_id=OuterRef("pk"), school_id=school_id),
        CountyReading.objects.filter(county__schools=school_id, digest=OuterRef("digest")),
        "is_dropped",
    )
    return lessons_known_to(school_id).alias(is_out=says).filter(is_out=True)


def lessons_to_send(school_id: int) -> QuerySet[Lesson]:
    """Return lessons that may be sent to families of the school, in the order of the packs."""
    return _in_hand(school_id).filter(minutes=None)


def lessons_to_teach(school_id: int) -> QuerySet[Lesson]:
    """Return lessons that may be taught to classes of the school, in the order of the packs."""
    return _in_hand(school_id).filter(minutes__isnull=False)


def _in_hand(school_id: int) -> QuerySet[Lesson]:
    return lessons_out(school_id).filter(place__isnull=False).order_by("pack", "place")


def with_out(sent: QuerySet[LessonSent]) -> QuerySet[LessonSent]:
    """Annotate `is_out`: whether the lesson is released at the adult's school today."""
    return sent.annotate(**{"is_out": is_out_here()})  # declared in LessonSent


def readings_at(school: School, lessons: Collection[Lesson]) -> dict[int, Reading]:
    """Return {lesson id: the reading that counts at the school}: its own latest, else its county's."""
    rows = LessonReading.objects.filter(school=school, lesson__in=[one.pk for one in lessons])
    own = rows.select_related("by").order_by("lesson_id", "-at", "-pk").distinct("lesson_id")
    of_county = readings_of_county(school.county_id, [one.digest for one in lessons])
    found: dict[int, Reading] = {
        one.pk: of_county[one.digest]
        for one in lessons
        if one.digest in of_county and not one.is_dropped
    }
    return found | {row.lesson_id: row for row in own}


def readings_of_county(county_id: int, digests: Collection[str]) -> dict[str, CountyReading]:
    """Return {digest: the county's latest reading}, which releases the lesson or takes it back."""
    rows = CountyReading.objects.filter(county=county_id, digest__in=digests)
    found = rows.select_related("by", "county").order_by("digest", "-at", "-pk").distinct("digest")
    return {row.digest: row for row in found}


def reading_key(reading: Reading | None) -> str:
    """Return a key by which a page states which reading it showed; it tells a school's from its county's."""
    return f"{reading._meta.model_name}-{reading.pk}" if reading else ""


def own_word(lesson: Lesson, school_id: int) -> bool | None:
    """Return whether the school itself releases it; None if it has made no decision."""
    rows = LessonReading.objects.filter(lesson=lesson, school=school_id)
    return _latest_first(rows).values_list("is_out", flat=True).first()


def is_out(lesson: Lesson, school_id: int) -> bool:
    return lessons_out(school_id).filter(pk=lesson.pk).exists()


def had_by(readers: Collection[Reader]) -> QuerySet[LessonSent]:
    return LessonSent.objects.filter(adult_id__in=[one.adult.pk for one in readers])


@dataclass(frozen=True)
class Counts:
    """Counts of lessons with adults, without names: a name would show what somebody chose for that person.

    `adults`, `answering`: how many people are behind `sent`, and behind the answers.
    """

    sent: int
    opened: int
    of_use: int
    of_no_use: int
    adults: int
    answering: int


_SUMS = {
    "sent": Count("pk"),
    "opened": Count("pk", filter=Q(opened_at__isnull=False)),
    "of_use": Count("pk", filter=Q(is_of_use=True)),
    "of_no_use": Count("pk", filter=Q(is_of_use=False)),
    "adults": Count("adult", distinct=True),
    "answering": Count("adult", filter=Q(is_of_use__isnull=False), distinct=True),
}


def counts(sent: QuerySet[LessonSent]) -> Counts:
    return Counts(**sent.aggregate(**_SUMS))


def counts_of(school: School, first: date, last: date) -> Counts:
    """Return the counts for lessons sent from the first day to the last."""
    found = _counted(school_id=school.pk, first=first, last=last)
    return Counts(*found[0]) if found else Counts(0, 0, 0, 0, 0, 0)


def counts_question(school: School, first: date, last: date) -> Question:
    """Return the query behind `counts_of`."""
    return _counted.question(school_id=school.pk, first=first, last=last)


@prepared
def _counted(*, school_id, first, last) -> QuerySet[Any]:
    rows = LessonSent.objects.filter(
        school_id=school_id, sent_at__date__gte=first, sent_at__date__lte=last
    )
    return rows.order_by().values("school_id").annotate(**_SUMS).values_list(*_SUMS)
