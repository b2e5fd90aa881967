"""Read the rows that are kept for a day, without the classes that have changed since."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.prepared import Question, prepared
from figures.class_days.counting import Counted
from figures.class_days.models import ClassDay, StaleClass
from schools.models import School


class Kept(NamedTuple):
    """Valid rows by class. `is_whole`: every class of the school has one, so none has to be counted."""

    classes: dict[int, Counted]
    is_whole: bool


NOTHING = Kept({}, is_whole=False)


def kept_on(school: School, on: date, listed: Collection[int]) -> Kept:
    """Return the rows that are valid on that day.

    `listed` are the school's classes. A listed class without a row is new or about to be counted again. Any
    other class with pupils has a row as long as the school has any (keeping.forget).
    """
    # Read the marks first: a row that is counted between the two reads is new enough.
    marked = set(_marked(school_id=school.pk))
    rows = map(Counted._make, _rows(school_id=school.pk, on=on))
    classes = {row.school_class_id: row for row in rows if row.school_class_id not in marked}
    return Kept(classes, bool(classes) and not marked and classes.keys() >= set(listed))


def kept_questions(school: School, on: date) -> list[Question]:
    """Return the queries behind `kept_on`."""
    return [_marked.question(school_id=school.pk), _rows.question(school_id=school.pk, on=on)]


@prepared
def _marked(*, school_id) -> QuerySet[Any]:
    rows = StaleClass.objects.filter(school_id=school_id).order_by()
    return rows.values_list("school_class_id", flat=True).distinct()


@prepared
def _rows(*, school_id, on) -> QuerySet[Any]:
    rows = ClassDay.objects.filter(school_id=school_id, on=on).order_by()
    return rows.values_list(*Counted._fields)
