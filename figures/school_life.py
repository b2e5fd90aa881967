"""Other things a principal asks about a school.

Who was missing, whom good news reached, who was asked how they feel, and how soon somebody looked. Answers
and concerns appear only as shares in steps, for the whole school (figures.rules).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from classroom.models import AttendanceMark, ClassRegister
from classroom.queries.observing import for_families
from core.prepared import Question, prepared
from figures import rules
from figures.choice import Choice
from privacy.policies import students_allowing
from privacy.purposes import Purpose
from safeguarding.figures import first_looks
from schools.models import School, Term
from schools.queries import term_on
from students.queries import current_enrolments
from surveys.models import Seat

REGISTER_DAYS = timedelta(days=6)  # how far back to look for the last register
GOOD_NEWS_DAYS = timedelta(days=28)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Attendance:
    """Attendance on the last day with a register: today, if one was taken."""

    on: date
    absent: int
    children: int  # for whom a register of that day has an entry
    without_register: int  # classes


@dataclass(frozen=True)
class SchoolLife:
    """`attendance` is None if there was no register for a week.

    The spans, in per cent, and the time are None if there are too few children or concerns. All three are of
    a term, and for the whole school only (`has_term`). Of a term that is over only two of them are known:
    all else is as of now.
    """

    children: int
    told: int | None
    attendance: Attendance | None
    screened: rules.Span | None
    may_be_asked: rules.Span | None
    first_look: timedelta | None
    has_term: bool = False


def term_that_is_over(school: School, term: Term, choice: Choice) -> SchoolLife:
    """Return what is known of a past term, counted until its last day."""
    children = list({child for child, _class in choice.children(school, term.ends_on)})
    since, until = _midnight(term.starts_on, school), _midnight(term.ends_on + DAY, school)
    screened = _screened(student_ids=children, since=since, until=until)
    return SchoolLife(
        children=len(children),
        told=None,
        attendance=None,
        screened=rules.share(len(screened), len(children)),
        may_be_asked=None,
        first_look=_first_look(school, since, until, choice),
        has_term=choice.is_everybody,
    )


def school_life(school: School, on: date, at: datetime, choice: Choice) -> SchoolLife:
    term = term_on(school, on) if choice.is_everybody else None
    children = list({child for child, _class in choice.children(school, on)})
    screened: list[int] = []
    allowing: list[int] = []
    first_look = None
    if term:
        began = _midnight(term.starts_on, school)
        screened = _screened(student_ids=children, since=began, until=at)
        allowing = _allowing(student_ids=children, on=on)
        first_look = _first_look(school, began, at, choice)
    return SchoolLife(
        children=len(children),
        told=len(_told(student_ids=children, since=_midnight(on - GOOD_NEWS_DAYS, school))),
        attendance=_attendance(school, on, choice),
        screened=rules.share(len(screened), len(children)) if term else None,
        may_be_asked=rules.share(len(allowing), len(children)) if term else None,
        first_look=first_look,
        has_term=term is not None,
    )


def _first_look(
    school: School, since: datetime, until: datetime, choice: Choice
) -> timedelta | None:
    looks = [one.total_seconds() for one in first_looks(school, since, until, choice.without)]
    return timedelta(seconds=median(looks)) if len(looks) >= rules.BAND else None


def life_questions(school: School, on: date, choice: Choice) -> list[Question]:
    """Return the queries that `school_life` needs for any school on any day."""
    children = [child for child, _class in choice.children(school, on)]
    return [
        _told.question(student_ids=children, since=_midnight(on - GOOD_NEWS_DAYS, school)),
        _registers.question(**_days_of_registers(school, on, choice)),
    ]


# Each returns those of the children who ..., each child once.


@prepared
def _told(*, student_ids, since) -> QuerySet[Any]:
    rows = for_families().filter(student_id__in=student_ids, happened_at__gte=since)
    return rows.order_by().values_list("student_id", flat=True).distinct()


@prepared
def _screened(*, student_ids, since, until) -> QuerySet[Any]:
    rows = Seat.objects.filter(
        student_id__in=student_ids, finished_at__gte=since, finished_at__lt=until
    )
    return rows.order_by().values_list("student_id", flat=True).distinct()


@prepared
def _allowing(*, student_ids, on) -> QuerySet[Any]:
    rows = students_allowing(Purpose.SCREENING, on).filter(pk__in=student_ids)
    return rows.order_by().values_list("pk", flat=True)


@prepared
def _in_classes(*, class_ids, on) -> QuerySet[Any]:
    """Return who was in these classes that day, and whether they were marked as absent."""
    absent = AttendanceMark.objects.filter(
        kind=AttendanceMark.Kind.ABSENT, marked_on=on, student_id=OuterRef("student_id")
    )
    rows = current_enrolments(on).filter(school_class_id__in=class_ids).order_by()
    return rows.annotate(is_absent=Exists(absent)).values_list("student_id", "is_absent")


@prepared
def _registers(*, class_ids, first, last) -> QuerySet[Any]:
    rows = ClassRegister.objects.filter(
        school_class_id__in=class_ids, taken_on__gte=first, taken_on__lte=last
    )
    return rows.order_by().values_list("taken_on", "school_class_id", "unseen")


def _days_of_registers(school: School, on: date, choice: Choice) -> dict[str, Any]:
    classes = [one.pk for one in choice.classes(school, on)]
    return {"class_ids": classes, "first": on - REGISTER_DAYS, "last": on}


def _midnight(on: date, school: School) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(school.time_zone))


def _attendance(school: School, on: date, choice: Choice) -> Attendance | None:
    asked = _days_of_registers(school, on, choice)
    registers = _registers(**asked)
    if not registers:
        return None
    day = max(taken_on for taken_on, *_rest in registers)
    unseen = {
        taken_class: children for taken_on, taken_class, children in registers if taken_on == day
    }
    pupils = dict(_in_classes(class_ids=list(unseen), on=day))
    if choice.is_everybody:
        seen = pupils.keys() - choice.without
    else:
        seen = pupils.keys() & {child for child, _class in choice.children(school, day)}
    seen = seen.difference(*unseen.values())
    absent = sum(pupils[child] for child in seen)
    return Attendance(day, absent, len(seen), len(set(asked["class_ids"]) - unseen.keys()))
