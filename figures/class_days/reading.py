"""Reads of what is kept of a day, without the classes of which something has changed since."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.prepared import Question, prepared
from figures.class_days.counting import Counted
from figures.class_days.models import ClassDay
from figures.class_weeks.models import StaleClass
from schools.models import School


class Kept(NamedTuple):
    """`is_whole`: no class of the school has to be counted from the rows."""

    classes: dict[int, Counted]
    is_whole: bool


NOTHING = Kept({}, is_whole=False)


def kept_on(school: School, on: date, listed: Collection[int]) -> Kept:
    """What holds on that day. `listed`: the school's classes; one that nothing is kept of is new, or is about
    to be counted again. Others with pupils have their row as long as there is any (keeping).
    """
    # The marks first: what is counted anew between the two is new enough.
    marked = set(_marked(school_id=school.pk))
    rows = map(Counted._make, _rows(school_id=school.pk, on=on))
    classes = {row.school_class_id: row for row in rows if row.school_class_id not in marked}
    return Kept(classes, bool(classes) and not marked and classes.keys() >= set(listed))


def kept_questions(school: School, on: date) -> list[Question]:
    """What `kept_on` asks."""
    return [_marked.question(school_id=school.pk), _rows.question(school_id=school.pk, on=on)]


@prepared
def _marked(*, school_id) -> QuerySet[Any]:
    rows = StaleClass.objects.filter(school_id=school_id).order_by()
    return rows.values_list("school_class_id", flat=True).distinct()


@prepared
def _rows(*, school_id, on) -> QuerySet[Any]:
    rows = ClassDay.objects.filter(school_id=school_id, on=on).order_by()
    return rows.values_list(*Counted._fields)
