"""A school whose classes begin one after the other by its plan, from the kept weeks of its classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.clock import local_date
from figures.baseline.rules import total
from figures.baseline.school import Weeks
from figures.baseline.stepped import SteppedChange, change, own_spans
from figures.class_weeks.models import ClassWeek
from schools.models import School
from schools.rollout.queries import monday_from, plan_of_classes

# What the weekly question may change. Children answer their own questions, and families write, whatever the
# plan says.
KEYS = (ClassWeek.Key.CONNECTED, ClassWeek.Key.CONFIRMED, ClassWeek.Key.REACHED)
Pair = tuple[float, float]
Span = tuple[Sequence[date], Sequence[date]]


@dataclass(frozen=True)
class OneClass:
    """`shares`: by figure, of the last weeks before its day and of the last ones since; none where it has too
    few of either.
    """

    name: str
    starts_on: date
    shares: Mapping[str, tuple[Pair, Pair]]


@dataclass(frozen=True)
class ClassRollOut:
    classes: Sequence[OneClass]
    changes: Sequence[SteppedChange]


def roll_out(school: School, weeks: Weeks, on: date) -> ClassRollOut | None:
    """None where no class has a day of its own. Two statements. A class without one begins with the school:
    by the county's plan, or with the first whole week in which the school writes to families.
    """
    places = plan_of_classes(school, on)
    if not any(place.own for place in places):
        return None
    days = weeks.days
    starts = {
        place.school_class.pk: day
        for place in places
        if place.school_class.pk in days and (day := place.starts_on or _with_school(school))
    }
    if not starts:
        return None
    spans = own_spans(days, starts)
    keys = [key for key in KEYS if weeks.figures.get(key)]
    return ClassRollOut(
        classes=[
            OneClass(place.school_class.name, starts[pk], _shares(pk, weeks, spans.get(pk)))
            for place in places
            if (pk := place.school_class.pk) in starts
        ],
        changes=[change(key, weeks.figures[key], days, starts, spans) for key in keys],
    )


def _with_school(school: School) -> date | None:
    began = school.sending_started_at
    return monday_from(local_date(began)) if began else None


def _shares(pk: int, weeks: Weeks, span: Span | None) -> dict[str, tuple[Pair, Pair]]:
    if span is None:
        return {}
    found = {
        key: (total(figure, pk, span[0]), total(figure, pk, span[1]))
        for key, figure in weeks.figures.items()
    }
    return {key: both for key, both in found.items() if both[0][1] and both[1][1]}
