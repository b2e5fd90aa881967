"""What else a principal asks: who was missing, whom good news reached, who was asked how they feel, how soon
somebody looked. Of answers and concerns nothing but shares in steps, of the whole school (figures.rules).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q

from classroom.models import AttendanceMark, ClassRegister
from classroom.queries.observing import for_families
from figures import rules
from figures.choice import Choice
from privacy.policies import students_allowing
from privacy.purposes import Purpose
from safeguarding.figures import first_looks
from schools.models import School
from schools.queries import term_on
from surveys.models import Seat

REGISTER_DAYS = timedelta(days=6)  # how far back the last register is looked for
GOOD_NEWS_DAYS = timedelta(days=28)


@dataclass(frozen=True)
class Attendance:
    """Of the last day with a register, today's if one was taken."""

    on: date
    absent: int
    children: int  # of whom a register of that day says how it was
    without_register: int  # classes


@dataclass(frozen=True)
class SchoolLife:
    """`attendance` None: no register for a week. The spans, in per cent, are None between terms, and where
    children or concerns are too few; all three of the whole school alone.
    """

    children: int
    told: int
    attendance: Attendance | None
    screened: rules.Span | None
    may_be_asked: rules.Span | None
    first_look: timedelta | None


def school_life(school: School, on: date, at: datetime, choice: Choice) -> SchoolLife:
    zone = ZoneInfo(school.time_zone)
    term = term_on(school, on) if choice.is_everybody else None
    counts = {"children": Q(), "told": Q(is_told=True)}
    rows = choice.enrolments(school, on).annotate(
        is_told=_of_child(
            for_families().filter(happened_at__gte=_midnight(on - GOOD_NEWS_DAYS, zone))
        )
    )
    looks: list[float] = []
    if term:
        began = _midnight(term.starts_on, zone)
        rows = rows.annotate(
            is_screened=_of_child(Seat.objects.filter(finished_at__gte=began)),
            is_allowed=Exists(
                students_allowing(Purpose.SCREENING, on).filter(pk=OuterRef("student_id"))
            ),
        )
        counts |= {"screened": Q(is_screened=True), "allowed": Q(is_allowed=True)}
        waits = first_looks(school, began, at, choice.without)
        looks = [one.total_seconds() for one in waits]
    found: dict[str, Any] = rows.aggregate(
        **{key: Count("student_id", filter=which, distinct=True) for key, which in counts.items()}
    )
    children = found["children"]
    return SchoolLife(
        children=children,
        told=found["told"],
        attendance=_attendance(school, on, choice),
        screened=rules.share(found["screened"], children) if term else None,
        may_be_asked=rules.share(found["allowed"], children) if term else None,
        first_look=timedelta(seconds=median(looks)) if len(looks) >= rules.BAND else None,
    )


def _of_child(rows: Any) -> Exists:
    return Exists(rows.filter(student_id=OuterRef("student_id")))


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone)


def _attendance(school: School, on: date, choice: Choice) -> Attendance | None:
    classes = {one.pk for one in choice.classes(school, on)}
    taken = ClassRegister.objects.filter(
        school_class_id__in=classes, taken_on__gte=on - REGISTER_DAYS, taken_on__lte=on
    )
    registers = list(taken.values_list("taken_on", "school_class_id", "unseen"))
    if not registers:
        return None
    day = max(taken_on for taken_on, *_rest in registers)
    unseen = {
        taken_class: children for taken_on, taken_class, children in registers if taken_on == day
    }
    absent = AttendanceMark.objects.filter(marked_on=day, kind=AttendanceMark.Kind.ABSENT)
    seen = choice.enrolments(school, day).filter(school_class_id__in=unseen)
    counted = (
        seen.exclude(student_id__in=[one for children in unseen.values() for one in children])
        .annotate(is_absent=_of_child(absent))
        .aggregate(
            children=Count("student_id", distinct=True),
            absent=Count("student_id", filter=Q(is_absent=True), distinct=True),
        )
    )
    return Attendance(day, counted["absent"], counted["children"], len(classes - unseen.keys()))
