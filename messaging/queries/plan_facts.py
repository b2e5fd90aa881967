"""Facts about many plans at once, for the generator and the preview, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from core.prepared import prepared
from guardians.hours import hours_of
from guardians.models import Adult, Guardianship
from guardians.queries import (
    askable_parents,
    has_usable_way,
    last_contact_on,
    usable_contact_points,
)
from messaging import rules
from messaging.models import AdultRhythm, Answer, CheckIn, CheckInLine, CheckInPlan, FollowUp
from messaging.plans.rules import PREVIEW_DAYS, Askable, OwnRhythm, PlanFacts
from messaging.rules import Candidate
from schools.models import CalendarDay, holds_on
from students.models import Enrolment

NO_DAYS: frozenset[date] = frozenset()
NO_RHYTHM = OwnRhythm()


class PlanRow(NamedTuple):
    """The fields of a plan that a decision needs. Building model objects would take most of the time."""

    pk: int
    school_id: int
    student_id: int
    every_days: int
    next_due_on: date
    occasion: str
    paused_until: date | None
    unreachable_since: date | None
    talked_on: date | None


@dataclass(slots=True)  # not frozen, like PlanFacts
class PlanRead:
    """A plan and its facts.

    `within_reach`: adults whom we may ask and who have a working contact point. `why_nobody`
    (FollowUp.Cause): why there is nobody to ask, if so. `adults`: the adults by key, for pages that show them
    (`with_adults`).
    """

    plan: Any  # a PlanRow, or a CheckInPlan with the same fields
    facts: PlanFacts
    why_nobody: str
    within_reach: Collection[int]
    adults: Mapping[int, Adult] = field(default_factory=dict)


def climbing() -> QuerySet[CheckInLine]:
    """Return open ladders of a plan's child.

    While a family's ladder is climbing we do not ask again: a rhythm shorter than the ladder would restart it
    again and again, and no teacher would ever be notified.
    """
    return CheckInLine.objects.filter(
        student_id=OuterRef("student_id"), check_in__next_step_at__isnull=False
    )


def talk_taken_back() -> QuerySet[CheckInLine]:
    """Return open ladders of families who took back that they talked and are asked on.

    They may have said so in a question to another adult, which has no ladder of its own.
    """
    asked = Q(check_in=OuterRef("check_in")) | Q(check_in__first=OuterRef("check_in"))
    lines = CheckInLine.objects.filter(asked, student=OuterRef("student"))
    talked = lines.filter(replies__answer=Answer.TALKED).exclude(answer=Answer.TALKED)
    return CheckInLine.objects.filter(Exists(talked), check_in__next_step_at__isnull=False)


def waits_with_class(classes: Collection[int] | QuerySet[Any, int], on: date) -> Q:
    """Filter plans of children in a class that has not begun.

    A family that has been asked before keeps its questions, whichever class its child moves to.
    """
    here = Enrolment.objects.filter(holds_on(on), school_class__in=classes)
    return Q(Exists(here.filter(student_id=OuterRef("student_id")))) & ~Q(Exists(_asked_before()))


def waits_until(days: QuerySet[Any, date | None]) -> Case:
    """Return, for each plan, the start day of the class that its child waits for, or None.

    `days` gives the day of the child's class if it is still ahead.
    """
    return Case(When(~Q(Exists(_asked_before())), then=Subquery(days)))


def _asked_before() -> QuerySet[CheckInLine]:
    return CheckInLine.objects.filter(student_id=OuterRef("student_id"))


def parents_within_reach(on: date) -> QuerySet[Guardianship]:
    """Return the child's parents away whom we may ask and who have a working number or address."""
    rows = askable_parents(on).filter(has_usable_way("adult_id"))
    return rows.filter(student_id=OuterRef("student_id"))


def own_rhythms(adult_ids: Iterable[int]) -> dict[int, OwnRhythm]:
    """Return the rhythm of each adult who has a rhythm or pause of their own, in one query."""
    rows = _own_rhythms(adult_ids=adult_ids)
    return {adult_id: OwnRhythm(*rest) for adult_id, *rest in rows}


@prepared
def _own_rhythms(*, adult_ids) -> QuerySet[Any]:
    asked = CheckIn.objects.filter(adult_id=OuterRef("adult_id")).order_by("-due_on")
    return AdultRhythm.objects.filter(adult_id__in=adult_ids).values_list(
        "adult_id", "every_days", "paused_until", "by_family", Subquery(asked.values("due_on")[:1])
    )


def rows_of(plans: QuerySet[CheckInPlan]) -> list[PlanRow]:
    plans = plans.annotate(talked_on=last_contact_on("student_id"))
    return [PlanRow(*row) for row in plans.values_list(*PlanRow._fields)]


def read_plans(plans: Sequence[Any], at: datetime) -> list[PlanRead]:
    """Read the facts of these plans, in four queries for any number.

    `plans` are PlanRows, or plans annotated with `talked_on` and perhaps `is_climbing`.
    """
    on = timezone.localdate(at)
    # Parents away whom we may ask, whether or not we can reach them.
    candidates: dict[int, list[Candidate]] = {}
    for student_id, *fields in _candidates(student_ids=[plan.student_id for plan in plans], on=on):
        one = Candidate._make([*fields[:5], hours_of(*fields[5:])])
        candidates.setdefault(student_id, []).append(one)
    pks = {one.adult_id for found in candidates.values() for one in found}
    # Days whose question can take no further child: it is answered, or part of another ladder.
    full: dict[int, set[date]] = defaultdict(set)
    for adult_id, due_on in _full_days(adult_ids=pks, since=on - timedelta(days=1)):
        full[adult_id].add(due_on)
    full_on = {adult_id: frozenset(days) for adult_id, days in full.items()}
    own = own_rhythms(pks)
    # Public, lunar and the schools' own holidays, around the days of the preview.
    holidays: dict[int, set[date]] = {plan.school_id: set() for plan in plans}
    first, last = on - timedelta(days=1), on + timedelta(days=PREVIEW_DAYS + 1)
    for school_id, day in _holidays_between(school_ids=set(holidays), first=first, last=last):
        holidays[school_id].add(day)
    reads = []
    for plan in plans:
        found = candidates.get(plan.student_id, ())
        askable = _askable(found, own, full_on)
        within_reach = [one.adult_id for one in found if one.works]
        # A question that could not be put to anybody stays due, also once somebody can be asked again.
        owed_since = plan.unreachable_since if within_reach or not askable else None
        facts = PlanFacts(
            next_due_on=owed_since or plan.next_due_on,
            every_days=plan.every_days,
            talked_on=plan.talked_on,
            occasion=plan.occasion,
            paused_until=plan.paused_until,
            is_climbing=getattr(plan, "is_climbing", False),
            adults=askable,
            holidays=frozenset(holidays[plan.school_id]),
        )
        why = FollowUp.Cause.NO_WAY if found else FollowUp.Cause.NOBODY_TO_ASK
        reads.append(PlanRead(plan, facts, why, within_reach))
    return reads


def with_adults(reads: Sequence[PlanRead]) -> list[PlanRead]:
    """Return the same reads with the adults who may be asked, in one query."""
    adults = Adult.objects.in_bulk({one.adult_id for read in reads for one in read.facts.adults})
    return [
        replace(read, adults={one.adult_id: adults[one.adult_id] for one in read.facts.adults})
        for read in reads
    ]


def _askable(
    found: Sequence[Candidate],
    own: Mapping[int, OwnRhythm],
    full_on: Mapping[int, frozenset[date]],
) -> tuple[Askable, ...]:
    """Return the adults in the order of asking.

    The list ends with the first adult who has no rhythm of their own, because that adult can always be asked.
    """
    chosen = []
    for pk, _priority, _works, school_id, was_asked_before, hours in rules.order_of_asking(found):
        days, rhythm = full_on.get(pk, NO_DAYS), own.get(pk, NO_RHYTHM)
        chosen.append(Askable(pk, school_id, hours, not was_asked_before, days, rhythm))
        if pk not in own:
            break
    return tuple(chosen)


@prepared
def _candidates(*, student_ids, on) -> QuerySet[Any]:
    """Query the child, the fields of Candidate and the fields of Hours."""
    best = usable_contact_points().filter(adult_id=OuterRef("adult_id"))
    best = best.annotate(works=Q(failing_since=None)).order_by("-works")
    asked_before = CheckIn.objects.filter(adult_id=OuterRef("adult_id"))
    rows = askable_parents(on).filter(student_id__in=student_ids)
    rows = rows.annotate(
        works=Subquery(best.values("works")[:1]), was_asked_before=Exists(asked_before)
    )
    return rows.order_by().values_list(
        "student_id",
        "adult_id",
        "priority",
        "works",
        "adult__school_id",
        "was_asked_before",
        "adult__time_zone",
        "adult__shift",
        "adult__quiet_from",
        "adult__quiet_until",
        "adult__shift_since",
        "adult__shift_turn_days",
    )


@prepared
def _full_days(*, adult_ids, since) -> QuerySet[Any]:
    full = CheckIn.objects.filter(adult_id__in=adult_ids, due_on__gte=since)
    full = full.exclude(state=CheckIn.State.WAITING, first=None)
    return full.order_by().values_list("adult_id", "due_on")


@prepared
def _holidays_between(*, school_ids, first, last) -> QuerySet[Any]:
    return CalendarDay.objects.filter(
        school_id__in=school_ids, on__gte=first, on__lte=last, kind=CalendarDay.Kind.HOLIDAY
    ).values_list("school_id", "on")
