"""Which children have a date about which their family is asked, by each school's own days before or after."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from guardians.models import PARENTS, Adult, Guardianship
from messaging.models import CheckInPlan, MarkedDate, OccasionSetting
from messaging.plans.rules import OCCASION_DAYS, Occasion, OccasionKind
from reunions.models import ReunionPlan
from schools.calendar import days_between
from schools.models import Term, holds_on

LEAP_DAY = (2, 29)  # kept on the first of March in other years


def occasion_days(school_id: int) -> dict[str, int | None]:
    """Kind → days from the date to the question, a school's own or the default; None = no question."""
    own = OccasionSetting.objects.filter(school_id=school_id)
    return dict(OCCASION_DAYS) | dict(own.values_list("kind", "days"))


@dataclass(frozen=True)
class Span:
    """Schools that ask `days` after (negative: before) a kind of date, and the dates to look for."""

    schools: Q  # on school_id
    days: int
    first: date
    last: date

    @property
    def dates(self) -> tuple[date, date]:
        return self.first, self.last


def occasions_between(
    plans: QuerySet[CheckInPlan], first: date, last: date
) -> dict[int, list[Occasion]]:
    """Student → occasions whose question falls on `first` to `last`, earliest first. A few queries for each
    kind and number of days in use, whatever the number of children.
    """
    found: dict[int, list[Occasion]] = defaultdict(list)
    open_plans = plans.filter(ended_on=None).order_by()
    for kind, read in READERS.items():
        for span in _spans(kind, first, last):
            for student_id, on, label in read(open_plans.filter(span.schools), span):
                ask_on = on + timedelta(days=span.days)
                found[student_id].append(Occasion(kind, on, ask_on, label))
    for rows in found.values():
        rows.sort(key=lambda one: (one.ask_on, one.kind))
    return found


def _spans(kind: str, first: date, last: date) -> Iterator[Span]:
    own = OccasionSetting.objects.filter(kind=kind).values_list("school_id", "days")
    schools_of: dict[int | None, list[int]] = defaultdict(list)
    for school_id, days in own:
        schools_of[days].append(school_id)
    others = ~Q(school_id__in=[pk for found in schools_of.values() for pk in found])
    default = OCCASION_DAYS[kind]
    asking = [(others, default), *((Q(school_id__in=pks), d) for d, pks in schools_of.items())]
    for schools, days in asking:
        if days is not None:
            shift = timedelta(days=days)
            yield Span(schools, days, first - shift, last - shift)


Found = Iterator[tuple[int, date, str]]


def _term_starts(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    terms = Term.objects.filter(starts_on__range=span.dates)
    begins = dict(terms.order_by().values_list("year__school_id", "starts_on"))
    return _whole_schools(plans, begins, "")


def _exams(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    for row in MarkedDate.objects.filter(student=None, on__range=span.dates):
        yield from _whole_schools(plans, {row.school_id: row.on}, row.label)


def _whole_schools(plans: QuerySet[CheckInPlan], days: Mapping[int, date], label: str) -> Found:
    rows = plans.filter(school_id__in=days) if days else plans.none()
    for student_id, school_id in rows.values_list("student_id", "school_id"):
        yield student_id, days[school_id], label


def _birthdays(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    wanted = {(on.month, on.day): on for on in days_between(span.first, span.last)}
    if (3, 1) in wanted:
        wanted.setdefault(LEAP_DAY, wanted[3, 1])
    months = {month for month, _day in wanted}
    rows = plans.filter(student__born_on__month__in=months)
    for student_id, born_on in rows.values_list("student_id", "student__born_on"):
        on = wanted.get((born_on.month, born_on.day)) if born_on else None
        if on:
            yield student_id, on, ""


def _marked(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    students = plans.values("student_id")
    rows = MarkedDate.objects.filter(student_id__in=students, on__range=span.dates)
    yield from rows.values_list("student_id", "on", "label")


def _departures(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    yield from _moves(plans, span, is_away=True)
    yield from _reunions(plans, "leaves_on", span)


def _returns(plans: QuerySet[CheckInPlan], span: Span) -> Found:
    yield from _moves(plans, span, is_away=False)
    yield from _reunions(plans, "arrives_on", span)


def _moves(plans: QuerySet[CheckInPlan], span: Span, *, is_away: bool) -> Found:
    """Of parents who may be asked about: nothing is ever put because a blocked parent comes or goes."""
    ties = Guardianship.objects.filter(
        holds_on(span.last),
        student_id__in=plans.values("student_id"),
        relation__in=PARENTS,
        adult__blocked_at=None,
        adult__condition=Adult.Condition.IN_TOUCH,
        adult__migrations__starts_on__range=span.dates,
        adult__migrations__is_away=is_away,
    )
    yield from (
        (student_id, on, "")
        for student_id, on in ties.order_by().values_list(
            "student_id", "adult__migrations__starts_on"
        )
    )


def _reunions(plans: QuerySet[CheckInPlan], day: str, span: Span) -> Found:
    rows = ReunionPlan.objects.filter(
        student_id__in=plans.values("student_id"),
        travel=ReunionPlan.Travel.COMES,
        adult__blocked_at=None,
        adult__condition=Adult.Condition.IN_TOUCH,
        **{f"{day}__range": span.dates},
    )
    for student_id, on in rows.order_by().values_list("student_id", day):
        yield student_id, on, ""


READERS = {
    OccasionKind.TERM_START: _term_starts,
    OccasionKind.EXAM: _exams,
    OccasionKind.BIRTHDAY: _birthdays,
    OccasionKind.PARENT_LEFT: _departures,
    OccasionKind.PARENT_BACK: _returns,
    OccasionKind.MARKED: _marked,
}
