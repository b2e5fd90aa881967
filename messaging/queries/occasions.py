"""Finds children with a date about which we ask their family, using each school's own days
before or after.
"""

from calendar import isleap
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet, Value

from guardians.models import PARENTS, Guardianship
from guardians.queries import approachable
from messaging.models import CheckInPlan, OccasionSetting
from messaging.plans.rules import OCCASION_DAYS, Occasion, OccasionKind
from reunions.models import ReunionPlan
from schools.calendar import days_between
from schools.models import holds_on

LEAP_DAY = (2, 29)  # in other years, taken as the first of March


def occasion_days(school_id: int) -> dict[str, int | None]:
    """Return kind → days from the date to the question, by the school's own setting or the default.

    None: no question.
    """
    own = OccasionSetting.objects.filter(school_id=school_id)
    return dict(OCCASION_DAYS) | dict(own.values_list("kind", "days"))


Dates = tuple[date, date]  # first and last day
Found = Iterator[tuple[int, date, str]]  # student, day, label


def occasions_between(
    plans: QuerySet[CheckInPlan], first: date, last: date
) -> dict[int, list[Occasion]]:
    """Return student id → occasions whose question falls on `first` to `last`, earliest first.

    A few queries for each kind and number of days in use, whatever the number of children.
    """
    found: dict[int, list[Occasion]] = defaultdict(list)
    open_plans = plans.filter(ended_on=None).order_by()
    for kind, read in READERS.items():
        own: dict[int | None, list[int]] = defaultdict(list)
        settings = OccasionSetting.objects.filter(kind=kind)
        for school_id, days in settings.values_list("school_id", "days"):
            own[days].append(school_id)
        others = ~Q(school_id__in=[pk for school_ids in own.values() for pk in school_ids])
        asking = [(others, OCCASION_DAYS[kind])]
        asking += [(Q(school_id__in=school_ids), days) for days, school_ids in own.items()]
        for schools, days in asking:
            if days is None:
                continue
            shift = timedelta(days=days)
            dates = (first - shift, last - shift)
            for student_id, on, label in read(open_plans.filter(schools), dates):
                found[student_id].append(Occasion(kind, on, on + shift, label))
    for rows in found.values():
        rows.sort(key=lambda one: (one.ask_on, one.kind))
    return found


def _joined(
    plans: QuerySet[CheckInPlan], dates: Dates, *, day: str, label: str = "", **only: Any
) -> Found:
    """Yield dates that a join from the plan leads to."""
    rows = plans.filter(**{f"{day}__range": dates}, **only)
    yield from rows.values_list("student_id", day, label or Value(""))


def _birthdays(plans: QuerySet[CheckInPlan], dates: Dates) -> Found:
    wanted = {(on.month, on.day): on for on in days_between(*dates)}
    if (3, 1) in wanted and not isleap(wanted[3, 1].year):
        wanted[LEAP_DAY] = wanted[3, 1]
    months = {month for month, _day in wanted}
    rows = plans.filter(student__born_on__month__in=months)
    for student_id, born_on in rows.values_list("student_id", "student__born_on"):
        on = wanted.get((born_on.month, born_on.day)) if born_on else None
        if on:
            yield student_id, on, ""


def _journeys(plans: QuerySet[CheckInPlan], dates: Dates, *, is_away: bool) -> Found:
    """Yield moves and holiday journeys of parents about whom we may ask.

    What a blocked parent does never leads to a question.
    """
    students = plans.values("student_id")
    moves = Guardianship.objects.filter(
        holds_on(dates[1]),
        approachable(),
        student_id__in=students,
        relation__in=PARENTS,
        adult__migrations__starts_on__range=dates,
        adult__migrations__is_away=is_away,
    ).order_by()
    for student_id, on in moves.values_list("student_id", "adult__migrations__starts_on"):
        yield student_id, on, ""
    day = "leaves_on" if is_away else "arrives_on"
    reunions = ReunionPlan.objects.filter(
        approachable(),
        student_id__in=students,
        travel=ReunionPlan.Travel.COMES,
        **{f"{day}__range": dates},
    ).order_by()
    for student_id, on in reunions.values_list("student_id", day):
        yield student_id, on, ""


READERS: dict[str, Callable[[QuerySet[CheckInPlan], Dates], Found]] = {
    OccasionKind.TERM_START: partial(_joined, day="school__years__terms__starts_on"),
    OccasionKind.EXAM: partial(
        _joined,
        day="school__marked_dates__on",
        label="school__marked_dates__label",
        school__marked_dates__student=None,
    ),
    OccasionKind.BIRTHDAY: _birthdays,
    OccasionKind.PARENT_LEFT: partial(_journeys, is_away=True),
    OccasionKind.PARENT_BACK: partial(_journeys, is_away=False),
    OccasionKind.MARKED: partial(
        _joined, day="student__marked_dates__on", label="student__marked_dates__label"
    ),
}
