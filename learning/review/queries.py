"""The counts of one school year; they name nobody in a family, and nobody can be identified from them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.prepared import Question, prepared
from learning.curriculum.models import NotHeld, PlannedLesson
from learning.models import LessonReading
from learning.queries import Counts, counts_of
from learning.training.models import Training
from learning.training.queries import Staffing, due_at, plan_of, staffing
from schools.models import School, SchoolClass, SchoolYear


@dataclass(frozen=True)
class ClassLessons:
    name: str
    planned: int
    held: int
    not_held: int
    minutes: int  # of those that were held


@dataclass(frozen=True)
class Review:
    year: SchoolYear
    staffing: Staffing
    classes: list[ClassLessons]
    reasons: dict[str, int]  # why lessons were not held, as text
    families: Counts
    lessons_read: int
    trained: int
    training_hours: int
    counsellor_hours: int
    trainings_due: int  # trainings due on that day, for each member of staff and kind


def review(school: School, year: SchoolYear, on: date) -> Review:
    """Return the review of `year` until `on`; pupils and counsellors are those of that day."""
    until, plan = min(on, year.ends_on), plan_of(school)
    staff = staffing(school, plan, until)
    trainings = Training.objects.filter(school=school, ended_on__range=(year.starts_on, until))
    hours = trainings.aggregate(
        all=Sum("hours", default=0),
        counsellors=Sum("hours", filter=Q(user__in=staff.counsellor_ids), default=0),
    )
    rows = PlannedLesson.objects.filter(school_class__grade__year=year).exclude(not_held="")
    counted = dict(rows.order_by().values_list("not_held").annotate(n=Count("pk")))
    return Review(
        year=year,
        staffing=staff,
        classes=_classes(year),
        reasons={str(one.label): counted[one] for one in NotHeld if one in counted},
        families=counts_of(school, year.starts_on, until),
        lessons_read=LessonReading.objects.filter(
            school=school,
            lesson__minutes=None,
            is_out=True,
            at__date__range=(year.starts_on, until),
        )
        .values("lesson_id")
        .distinct()
        .count(),
        trained=len(trained(school, year, until)),
        training_hours=hours["all"],
        counsellor_hours=hours["counsellors"],
        trainings_due=len(due_at(school, plan, until)),
    )


def trained(school: School, year: SchoolYear, until: date) -> set[int]:
    """Return the ids of people who were trained from the beginning of the year to that day."""
    return set(_trained(school_id=school.pk, first=year.starts_on, last=until))


def year_questions(school: School, year: SchoolYear, until: date) -> list[Question]:
    """Return the queries behind `trained` and `lessons_of`."""
    return [
        _trained.question(school_id=school.pk, first=year.starts_on, last=until),
        _lessons.question(year_id=year.pk, until=until),
    ]


@prepared
def _trained(*, school_id, first, last) -> QuerySet[Any]:
    rows = Training.objects.filter(school_id=school_id, ended_on__gte=first, ended_on__lte=last)
    return rows.order_by().values_list("user_id", flat=True).distinct()


def lessons_of(year: SchoolYear, until: date) -> tuple[int, int]:
    """Return how many lessons its classes had planned until that day, and how many of them were held."""
    found = _lessons(year_id=year.pk, until=until)
    return found[0] if found else (0, 0)


@prepared
def _lessons(*, year_id, until) -> QuerySet[Any]:
    rows = PlannedLesson.objects.filter(school_class__grade__year_id=year_id, week_on__lte=until)
    rows = rows.order_by()
    counted = rows.values("school_class__grade__year_id").annotate(
        planned=Count("pk"), held=Count("pk", filter=Q(held_on__isnull=False))
    )
    return counted.values_list("planned", "held")


def _classes(year: SchoolYear) -> list[ClassLessons]:
    rows = SchoolClass.objects.filter(grade__year=year).order_by("grade__number", "number")
    found = PlannedLesson.objects.filter(school_class__grade__year=year).values("school_class_id")
    counted = {
        row["school_class_id"]: row
        for row in found.order_by().annotate(
            planned=Count("pk"),
            held=Count("pk", filter=Q(held_on__isnull=False)),
            skipped=Count("pk", filter=~Q(not_held="")),
            minutes=Sum("lesson__minutes", filter=Q(held_on__isnull=False), default=0),
        )
    }
    none = {"planned": 0, "held": 0, "skipped": 0, "minutes": 0}
    return [
        ClassLessons(one.name, row["planned"], row["held"], row["skipped"], row["minutes"])
        for one in rows
        for row in [counted.get(one.pk, none)]
    ]
