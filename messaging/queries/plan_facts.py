"""What is true of many plans at once, for the generator and the preview: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from guardians.models import Adult, Guardianship
from guardians.queries import askable_parents, has_usable_way, usable_contact_points
from messaging import rules
from messaging.models import AdultRhythm, CheckIn, CheckInLine, CheckInPlan, FollowUp
from messaging.plans.rules import PREVIEW_DAYS, Askable, OwnRhythm, PlanFacts
from schools.models import CalendarDay, holds_on
from students.models import Enrolment


@dataclass(frozen=True)
class PlanRead:
    """A plan, its facts, and the adults to ask, by key; `within_reach` of these by a way that works;
    `why_nobody` (FollowUp.Cause) where there is none.
    """

    plan: CheckInPlan
    adults: dict[int, Adult]
    facts: PlanFacts
    why_nobody: str
    within_reach: frozenset[int]


def climbing() -> QuerySet[CheckInLine]:
    """A family whose ladder still climbs is not asked anew: a rhythm shorter than the ladder would start it
    again and again, and no teacher would ever hear.
    """
    return CheckInLine.objects.filter(
        student_id=OuterRef("student_id"), check_in__next_step_at__isnull=False
    )


def waits_with_class(classes: Collection[int] | QuerySet[Any, int], on: date) -> Q:
    """Of plans: children in a class that has not begun. A family that has been asked before keeps its
    questions, into whichever class its child goes.
    """
    here = Enrolment.objects.filter(holds_on(on), school_class__in=classes)
    return Q(Exists(here.filter(student_id=OuterRef("student_id")))) & ~Q(Exists(_asked_before()))


def waits_until(days: QuerySet[Any, date | None]) -> Case:
    """Of plans: the day of the class of a child that waits with it, else None; `days`: of the child's class,
    where it is still ahead.
    """
    return Case(When(~Q(Exists(_asked_before())), then=Subquery(days)))


def _asked_before() -> QuerySet[CheckInLine]:
    return CheckInLine.objects.filter(student_id=OuterRef("student_id"))


def parents_within_reach(on: date) -> QuerySet[Guardianship]:
    """Of a plan's child: parents away who may be asked, by a number or address that works."""
    rows = askable_parents(on).filter(has_usable_way("adult_id"))
    return rows.filter(student_id=OuterRef("student_id"))


def own_rhythms(adult_ids: Iterable[int]) -> dict[int, OwnRhythm]:
    """Of the adults who have a rhythm or pause of their own; one query."""
    asked = CheckIn.objects.filter(adult_id=OuterRef("adult_id")).order_by("-due_on")
    rows = AdultRhythm.objects.filter(adult_id__in=adult_ids).values_list(
        "adult_id", "every_days", "paused_until", "by_family", Subquery(asked.values("due_on")[:1])
    )
    return {adult_id: OwnRhythm(*rest) for adult_id, *rest in rows}


def read_plans(plans: Sequence[CheckInPlan], at: datetime) -> list[PlanRead]:
    """`plans` carry `talked_on` and may carry `is_climbing` (annotated); six queries for any number."""
    on = timezone.localdate(at)
    candidates = _candidates([plan.student_id for plan in plans], on)
    own = own_rhythms({one.adult_id for found in candidates.values() for one in found})
    order: dict[int, list[int]] = {}
    for child, found in candidates.items():
        pks = rules.order_of_asking(found)
        # Nobody comes after an adult without a rhythm of their own: we may always ask that one.
        always = next((place for place, pk in enumerate(pks) if pk not in own), len(pks))
        order[child] = pks[: always + 1]
    adults, askable = _askable({pk for pks in order.values() for pk in pks}, own, on)
    # Public and lunar holidays and the schools' own, around the days looked at.
    around = (on - timedelta(days=1), on + timedelta(days=PREVIEW_DAYS + 1))
    holidays: dict[int, set[date]] = defaultdict(set)
    for school_id, day in CalendarDay.objects.filter(
        school_id__in={plan.school_id for plan in plans},
        on__range=around,
        kind=CalendarDay.Kind.HOLIDAY,
    ).values_list("school_id", "on"):
        holidays[school_id].add(day)
    reads = []
    for plan in plans:
        chosen = order.get(plan.student_id, ())
        nobody = plan.student_id not in candidates
        within_reach = frozenset(
            one.adult_id for one in candidates.get(plan.student_id, ()) if one.has_working_way
        )
        # What nobody could be asked is still due, also where that has just been mended.
        owed_since = plan.unreachable_since if within_reach or not chosen else None
        facts = PlanFacts(
            next_due_on=owed_since or plan.next_due_on,
            every_days=plan.every_days,
            talked_on=plan.talked_on,  # type: ignore[attr-defined]  # annotated
            occasion=plan.occasion,
            paused_until=plan.paused_until,
            is_climbing=getattr(plan, "is_climbing", False),
            adults=tuple(askable[pk] for pk in chosen),
            holidays=frozenset(holidays[plan.school_id]),
        )
        why = FollowUp.Cause.NOBODY_TO_ASK if nobody else FollowUp.Cause.NO_WAY
        chosen_adults = {pk: adults[pk] for pk in chosen}
        reads.append(PlanRead(plan, chosen_adults, facts, why, within_reach))
    return reads


def _candidates(student_ids: Collection[int], on: date) -> dict[int, list[rules.Candidate]]:
    """Child → parents away whom we may ask, whether we can reach them or not."""
    points = usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
    rows = (
        askable_parents(on)
        .filter(student_id__in=student_ids)
        .annotate(works=has_usable_way("adult_id"), has_way=Exists(points))
        .order_by()
        .values_list("student_id", "adult_id", "priority", "works", "has_way")
    )
    found = defaultdict(list)
    for student_id, adult_id, priority, works, has_way in rows:
        found[student_id].append(rules.Candidate(adult_id, priority, works, has_way))
    return found


def _askable(
    pks: Collection[int], own: Mapping[int, OwnRhythm], on: date
) -> tuple[dict[int, Adult], dict[int, Askable]]:
    asked_before = CheckIn.objects.filter(adult_id=OuterRef("pk"))
    rows = Adult.objects.filter(pk__in=pks).annotate(was_asked_before=Exists(asked_before))
    # Days of questions that take no further child: answered, or part of another ladder.
    full = CheckIn.objects.filter(adult_id__in=pks, due_on__gte=on - timedelta(days=1))
    full = full.exclude(state=CheckIn.State.WAITING, first=None).order_by()
    full_on: dict[int, set[date]] = defaultdict(set)
    for adult_id, due_on in full.values_list("adult_id", "due_on"):
        full_on[adult_id].add(due_on)
    adults: dict[int, Adult] = {adult.pk: adult for adult in rows}
    nothing = OwnRhythm()
    return adults, {
        pk: Askable(
            adult_id=pk,
            hours=adult.hours,
            is_first=not adult.was_asked_before,  # type: ignore[attr-defined]  # annotated
            full_on=frozenset(full_on.get(pk, ())),
            own=own.get(pk, nothing),
        )
        for pk, adult in adults.items()
    }
