"""A school whose classes begin one after another by its plan, from the kept weeks of its classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.clock import local_date
from figures.baseline.rules import total
from figures.baseline.school import Weeks
from figures.baseline.stepped import SteppedChange, change, own_spans
from figures.class_weeks.models import ClassWeek
from schools.models import School
from schools.rollout.queries import ClassPlace, monday_from, plan_of_classes

# What the weekly question may change. Children's own questions and messages from families do not depend on
# the plan; and a talk is confirmed by answering the question, so that figure would rise wherever the
# question is asked.
KEYS = (ClassWeek.Key.CONNECTED, ClassWeek.Key.REACHED)
Pair = tuple[float, float]
Span = tuple[Sequence[date], Sequence[date]]


@dataclass(frozen=True)
class OneClass:
    """One class of the roll-out.

    `shares`: for each figure, the last weeks before the class began and the last ones since; empty if it has
    too few of either.
    """

    name: str
    starts_on: date
    shares: Mapping[str, tuple[Pair, Pair]]


@dataclass(frozen=True)
class ClassRollOut:
    classes: Sequence[OneClass]
    changes: Sequence[SteppedChange]


def roll_out(school: School, weeks: Weeks, on: date) -> ClassRollOut | None:
    """Return the roll-out, or None if there is nothing to compare.

    That is so if no counted class has a starting day of its own, or if the school does not write to families
    yet. Two statements.
    """
    days = weeks.days
    places = [one for one in plan_of_classes(school, on) if one.school_class.pk in days]
    if school.sending_started_at is None or not any(place.own for place in places):
        return None
    with_school = monday_from(local_date(school.sending_started_at))
    starts = {place.school_class.pk: _began(place, with_school) for place in places}
    spans = own_spans(days, starts)
    keys = [key for key in KEYS if weeks.figures.get(key)]
    return ClassRollOut(
        classes=[
            OneClass(place.school_class.name, starts[pk], _shares(pk, weeks, spans.get(pk)))
            for place in places
            for pk in [place.school_class.pk]
        ],
        changes=[change(key, weeks.figures[key], days, starts, spans) for key in keys],
    )


def _began(place: ClassPlace, with_school: date) -> date:
    """Return the starting day by the plan.

    It is not before the first full week in which the school writes to families. Without a day of its own, a
    class also does not begin before its own school year.
    """
    if place.own:
        return max(place.starts_on or place.own, with_school)
    of_year = monday_from(place.school_class.grade.year.starts_on)
    return max(place.starts_on or with_school, with_school, of_year)


def _shares(pk: int, weeks: Weeks, span: Span | None) -> dict[str, tuple[Pair, Pair]]:
    if span is None:
        return {}
    found = {
        key: (total(figure, pk, span[0]), total(figure, pk, span[1]))
        for key, figure in weeks.figures.items()
    }
    return {key: both for key, both in found.items() if both[0][1] and both[1][1]}
