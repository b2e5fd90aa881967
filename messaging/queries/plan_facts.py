"""What is true of many plans at once, for the generator and the preview: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from guardians.models import Adult
from guardians.queries import askable_parents, has_usable_way, usable_contact_points
from messaging import rules
from messaging.models import AdultRhythm, CheckIn, CheckInLine, CheckInPlan, FollowUp
from messaging.plans.rules import PREVIEW_DAYS, Askable, OwnRhythm, PlanFacts
from schools.models import CalendarDay


@dataclass(frozen=True)
class PlanRead:
    """A plan, who may be asked (`adults` by number; of nobody `why_nobody`, a FollowUp.Cause), the facts."""

    plan: CheckInPlan
    adults: dict[int, Adult]
    facts: PlanFacts
    why_nobody: str


def climbing() -> QuerySet[CheckInLine]:
    """A family whose ladder still climbs is not asked anew: a rhythm shorter than the ladder would start it
    again and again, and no teacher would ever hear.
    """
    return CheckInLine.objects.filter(
        student_id=OuterRef("student_id"), check_in__next_step_at__isnull=False
    )


def own_rhythms(adult_ids: Iterable[int]) -> dict[int, OwnRhythm]:
    """Of those adults who have a word of their own; one query."""
    asked = CheckIn.objects.filter(adult_id=OuterRef("adult_id")).order_by("-due_on")
    rows = AdultRhythm.objects.filter(adult_id__in=adult_ids).values_list(
        "adult_id", "every_days", "paused_until", "by_family", Subquery(asked.values("due_on")[:1])
    )
    return {adult_id: OwnRhythm(*rest) for adult_id, *rest in rows}


def read_plans(plans: Sequence[CheckInPlan], at: datetime) -> list[PlanRead]:
    """`plans` carry `talked_on` and may carry `is_climbing` (annotated); six queries for any number."""
    on = timezone.localdate(at)
    order, has_candidate = _adults_to_ask(plans, on)
    own = own_rhythms({pk for found in order.values() for pk in found})
    order = {child: _as_far_as_needed(pks, own) for child, pks in order.items()}
    adults, askable = _askable({pk for found in order.values() for pk in found}, own, on)
    holidays = _holidays({plan.school_id for plan in plans}, on)
    found = []
    for plan in plans:
        chosen = order.get(plan.student_id, ())
        why = FollowUp.Cause.NO_WAY
        if plan.student_id not in has_candidate:
            why = FollowUp.Cause.NOBODY_TO_ASK
        facts = _facts(plan, tuple(askable[pk] for pk in chosen), holidays[plan.school_id])
        found.append(PlanRead(plan, {pk: adults[pk] for pk in chosen}, facts, why))
    return found


def _facts(plan: CheckInPlan, adults: tuple[Askable, ...], holidays: frozenset[date]) -> PlanFacts:
    return PlanFacts(
        next_due_on=plan.next_due_on,
        every_days=plan.every_days,
        talked_on=plan.talked_on,  # type: ignore[attr-defined]  # annotated
        occasion=plan.occasion,
        paused_until=plan.paused_until,
        is_climbing=getattr(plan, "is_climbing", False),
        adults=adults,
        holidays=holidays,
    )


def _adults_to_ask(plans: Sequence[CheckInPlan], on: date) -> tuple[dict[int, list[int]], set[int]]:
    """Child → adults to ask, best first; and the children of whom somebody may be asked, reachable or not."""
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
    order = {child: rules.order_of_asking(found) for child, found in candidates.items()}
    return order, set(candidates)


def _as_far_as_needed(pks: list[int], own: Mapping[int, OwnRhythm]) -> list[int]:
    """Nobody comes after one who has no word of their own: they may always be asked."""
    always = next((place for place, pk in enumerate(pks) if pk not in own), len(pks))
    return pks[: always + 1]


def _askable(
    pks: Collection[int], own: Mapping[int, OwnRhythm], on: date
) -> tuple[dict[int, Adult], dict[int, Askable]]:
    asked_before = CheckIn.objects.filter(adult_id=OuterRef("pk"))
    rows = Adult.objects.filter(pk__in=pks).annotate(was_asked_before=Exists(asked_before))
    full_on = _full_on(pks, on)
    adults: dict[int, Adult] = {adult.pk: adult for adult in rows}
    nothing = OwnRhythm()
    return adults, {
        pk: Askable(
            adult_id=pk,
            hours=adult.hours,
            is_first=not adult.was_asked_before,  # type: ignore[attr-defined]  # annotated
            full_on=frozenset(full_on[pk]) if pk in full_on else frozenset(),
            own=own.get(pk, nothing),
        )
        for pk, adult in adults.items()
    }


def _full_on(adult_ids: Iterable[int], on: date) -> dict[int, set[date]]:
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
