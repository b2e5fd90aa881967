"""What is true of many plans at once, for the generator and the preview: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from guardians.models import Adult
from guardians.queries import askable_parents, has_usable_way, usable_contact_points
from messaging import rules
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp
from messaging.rhythm_rules import PREVIEW_DAYS, PlanFacts
from schools.models import CalendarDay


@dataclass(frozen=True)
class PlanRead:
    """A plan, whoever would be asked (None: nobody can be, and `why_nobody`, a FollowUp.Cause), the facts."""

    plan: CheckInPlan
    adult: Adult | None
    hours: rules.Hours
    facts: PlanFacts
    why_nobody: str


def hours_of(adult: Adult) -> rules.Hours:
    return rules.Hours(
        adult.time_zone,
        adult.shift,
        adult.quiet_from,
        adult.quiet_until,
        adult.shift_since,
        adult.shift_turn_days,
    )


def climbing() -> QuerySet[CheckInLine]:
    """A family whose ladder still climbs is not asked anew: a rhythm shorter than the ladder would start it
    again and again, and no teacher would ever hear.
    """
    return CheckInLine.objects.filter(
        student_id=OuterRef("student_id"), check_in__next_step_at__isnull=False
    )


def read_plans(plans: Sequence[CheckInPlan], at: datetime) -> list[PlanRead]:
    """`plans` carry `talked_on` and may carry `is_climbing` (annotated); five queries for any number."""
    on = timezone.localdate(at)
    asked_of, has_candidate = _adults_to_ask(plans, on)
    adults = _adults(set(asked_of.values()))
    asked_on = _asked_on(adults, on)
    holidays = _holidays({plan.school_id for plan in plans}, on)
    found = []
    for plan in plans:
        adult = adults.get(asked_of.get(plan.student_id, 0))
        why = FollowUp.Cause.NO_WAY
        if plan.student_id not in has_candidate:
            why = FollowUp.Cause.NOBODY_TO_ASK
        days = asked_on[adult.pk] if adult else frozenset()
        facts = _facts(plan, adult, frozenset(days), holidays[plan.school_id])
        found.append(PlanRead(plan, adult, facts.hours or rules.Hours(), facts, why))
    return found


def _facts(
    plan: CheckInPlan, adult: Adult | None, asked_on: frozenset[date], holidays: frozenset[date]
) -> PlanFacts:
    return PlanFacts(
        next_due_on=plan.next_due_on,
        every_days=plan.every_days,
        talked_on=plan.talked_on,  # type: ignore[attr-defined]  # annotated
        occasion=plan.occasion,
        paused_until=plan.paused_until,
        is_climbing=getattr(plan, "is_climbing", False),
        hours=hours_of(adult) if adult else None,
        is_first=adult is not None and not adult.was_asked_before,  # type: ignore[attr-defined]
        asked_on=asked_on,
        holidays=holidays,
    )


def _adults_to_ask(plans: Sequence[CheckInPlan], on: date) -> tuple[dict[int, int], set[int]]:
    """Child → adult to ask; and the children of whom somebody may be asked, reachable or not."""
    rows = (
        askable_parents(on)
        .filter(student_id__in=[plan.student_id for plan in plans])
        .annotate(
            works=has_usable_way("adult_id"),
            has_way=Exists(
                usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
            ),
        )
        .order_by()
        .values_list("student_id", "adult_id", "priority", "works", "has_way")
    )
    candidates = defaultdict(list)
    for student_id, adult_id, priority, works, has_way in rows:
        candidates[student_id].append(rules.Candidate(adult_id, priority, works, has_way))
    chosen = {child: rules.whom_to_ask(found) for child, found in candidates.items()}
    return {child: adult for child, adult in chosen.items() if adult}, set(candidates)


def _adults(pks: Iterable[int]) -> dict[int, Adult]:
    asked_before = CheckIn.objects.filter(adult_id=OuterRef("pk"))
    rows = Adult.objects.filter(pk__in=pks).annotate(was_asked_before=Exists(asked_before))
    return {adult.pk: adult for adult in rows}


def _asked_on(adult_ids: Iterable[int], on: date) -> dict[int, set[date]]:
    """Adult → days of questions that take no further child: answered, or put on behalf of another ladder."""
    rows = CheckIn.objects.filter(adult_id__in=adult_ids, due_on__gte=on - timedelta(days=1))
    rows = rows.exclude(state=CheckIn.State.WAITING, first=None)
    found = defaultdict(set)
    for adult_id, due_on in rows.order_by().values_list("adult_id", "due_on"):
        found[adult_id].add(due_on)
    return found


def _holidays(school_ids: Iterable[int], on: date) -> dict[int, frozenset[date]]:
    """School → public and lunar holidays, and its own, around the days looked at."""
    around = (on - timedelta(days=1), on + timedelta(days=PREVIEW_DAYS + 1))
    rows = CalendarDay.objects.filter(
        school_id__in=school_ids, on__range=around, kind=CalendarDay.Kind.HOLIDAY
    )
    found: dict[int, set[date]] = defaultdict(set)
    for school_id, day in rows.values_list("school_id", "on"):
        found[school_id].add(day)
    return defaultdict(frozenset, {pk: frozenset(days) for pk, days in found.items()})
