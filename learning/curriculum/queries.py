"""Queries for the current term, what is planned in it, and what became of it."""

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from core.prepared import Question, joined, prepared
from learning.curriculum.models import PlannedLesson
from learning.queries import is_out_here, lessons_to_teach
from schools.models import School, SchoolClass, Term


def term_to_plan(school: School, on: date) -> Term | None:
    """Return the term that is running or comes next; after the last known term, that one."""
    rows = Term.objects.filter(year__school=school).select_related("year")
    return rows.filter(ends_on__gte=on).order_by("starts_on").first() or rows.last()


def classes_of(term: Term) -> QuerySet[SchoolClass]:
    rows = SchoolClass.objects.filter(grade__year=term.year_id).select_related("grade")
    return rows.order_by("grade__number", "number", "pk")


def with_out(rows: QuerySet[PlannedLesson]) -> QuerySet[PlannedLesson]:
    """Annotate `is_out`: whether the lesson is released at the school today."""
    return rows.annotate(**{"is_out": is_out_here()})  # declared in PlannedLesson


def planned_in(class_ids: Collection[int], weeks: Collection[date]) -> list[PlannedLesson]:
    rows = PlannedLesson.objects.filter(school_class_id__in=class_ids, week_on__in=weeks)
    return list(with_out(rows).select_related("lesson").order_by("week_on", "pk"))


def has_lessons(school: School) -> bool:
    return lessons_to_teach(school.pk).exists()


def planned_of(school_class: SchoolClass, week_on: date) -> PlannedLesson | None:
    rows = PlannedLesson.objects.filter(school_class=school_class, week_on=week_on)
    return rows.select_related("lesson").first()


def classes_without(school_class: SchoolClass, week_on: date) -> QuerySet[SchoolClass]:
    """Return the other classes of the year that have no lesson in that week."""
    busy = PlannedLesson.objects.filter(week_on=week_on).values("school_class_id")
    rows = SchoolClass.objects.filter(grade__year=school_class.grade.year_id)
    return rows.exclude(pk=school_class.pk).exclude(pk__in=busy).order_by("grade__number", "number")


def weeks_had(school_class: SchoolClass) -> dict[int, date]:
    """Return {lesson id: the latest week in which the class has it}, held or still to come."""
    rows = PlannedLesson.objects.filter(school_class=school_class, not_held="")
    return dict(rows.order_by("week_on").values_list("lesson_id", "week_on"))


def open_between(class_ids: Collection[int], first: date, last: date) -> list[PlannedLesson]:
    """Return unrecorded lessons that may be taught, the first week first."""
    return [one for one in _open(class_ids=class_ids, first=first, last=last) if one.is_out]


def open_questions(class_ids: Collection[int], first: date, last: date) -> list[Question]:
    """Return the query behind `open_between`."""
    return [_open.question(class_ids=class_ids, first=first, last=last)]


@prepared
def _open(*, class_ids, first, last) -> QuerySet[PlannedLesson]:
    rows = PlannedLesson.objects.filter(
        school_class_id__in=class_ids, week_on__gte=first, week_on__lte=last, recorded_at=None
    )
    found = with_out(rows).select_related("lesson")
    return joined(found, "school_class__name", "school__time_zone").order_by("week_on", "pk")
