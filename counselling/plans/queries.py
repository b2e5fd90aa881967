"""Reads of plans: the state of each measure, what waits for whom, what happened.

Text is opened in presenters.py, for the party it was written for or in a reading that is logged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.prepared import Question, prepared
from counselling.cases.policies import cases_kept_by, cases_visible_to, keeps_cases
from counselling.models import Case, Measure, MeasureTick, SupportPlan
from counselling.plans import rules
from counselling.plans.policies import measures_of_colleague
from schools.policies import today_in
from students.models import Student
from students.queries import about


def facts_of(measure: Measure) -> rules.MeasureFacts:
    """Return the facts of a measure. For many measures, prefetch `ticks`."""
    return rules.MeasureFacts(
        rhythm=measure.rhythm,
        starts_on=measure.starts_on,
        due_on=measure.due_on,
        ticked_on=[one.on for one in measure.ticks.all() if one.undone_at is None],
    )


@dataclass(frozen=True)
class Standing:
    """A measure and its state on a day."""

    measure: Measure
    facts: rules.MeasureFacts
    on: date

    @property
    def state(self) -> rules.Standing:
        return rules.standing(self.facts, self.on)

    @property
    def ends_on(self) -> date:
        """Return the last day of the current period."""
        return rules.stretch_on(self.facts, self.on).ends_on

    @property
    def kept(self) -> tuple[int, int]:
        return rules.kept(self.facts, self.on)

    @property
    def is_asked(self) -> bool:
        """Return whether we remind the person today."""
        shared_at = self.measure.shared_at
        if shared_at is None:
            return False
        return rules.is_asked(self.facts, timezone.localdate(shared_at), self.on)


def standings(rows: QuerySet[Measure], on: date) -> list[Standing]:
    """Return the measures with their state, in the order of `rows`; two queries for any number."""
    found = rows.prefetch_related("ticks")
    return [Standing(one, facts_of(one), on) for one in found]


def running_plan(case: Case) -> SupportPlan | None:
    return case.plans.filter(ended_at=None).first()


def plans_before(case: Case) -> QuerySet[SupportPlan]:
    """Return ended plans, the latest first, with the measures that were shown (`was_shown`)."""
    shown = Measure.objects.filter(dropped_at=None).exclude(shared_at=None)
    with_ticks = Prefetch("measures", shown.prefetch_related("ticks"), to_attr="was_shown")
    rows = case.plans.exclude(ended_at=None).select_related("school").order_by("-ended_at")
    return rows.prefetch_related(with_ticks)


def measures_of_plan(plan: SupportPlan) -> QuerySet[Measure]:
    return plan.measures.filter(dropped_at=None).select_related("adult", "user", "student")


def shown_measures(plan: SupportPlan) -> QuerySet[Measure]:
    return measures_of_plan(plan).exclude(shared_at=None)


def own_measures(user: User, at: datetime, student: Student | None = None) -> list[Standing]:
    """Return the measures of this member of staff with their state."""
    on, rows = timezone.localdate(at), _of_colleague(user=user, at=at, **about(student))
    return [Standing(one, facts_of(one), on) for one in rows]


def measure_questions(user: User, at: datetime, student: Student | None = None) -> list[Question]:
    """Return the queries of `own_measures`; for one child also whether there is any plan."""
    own = _of_colleague.question(user=user, at=at, **about(student))
    return [own, _any_plan.question(student_id=student.pk)] if student else [own]


@prepared
def _of_colleague(*, user, at, student_id=None) -> QuerySet[Measure]:
    rows = measures_of_colleague(user, at)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    return rows.prefetch_related("ticks")


@dataclass(frozen=True)
class Owed:
    """A plan of the user's own case that needs its owner's attention."""

    plan: SupportPlan
    late: Sequence[str]  # parties, each one once
    is_review_due: bool


def plans_to_look_at(user: User, at: datetime, student: Student | None = None) -> list[Owed]:
    """Return plans of the user's cases with something late or due for review."""
    if not keeps_cases(user, at):
        return []
    found = []
    for plan in _kept(user=user, at=at, **about(student)):
        on = today_in(plan.school, at)
        shown = [one for one in plan.measures.all() if one.shared_at and one.dropped_at is None]
        late = {
            one.party for one in shown if rules.standing(facts_of(one), on) is rules.Standing.LATE
        }
        is_review_due = plan.review_on is not None and plan.review_on <= on
        if late or is_review_due:
            ordered = [party for party in Measure.Party.values if party in late]
            found.append(Owed(plan, ordered, is_review_due))
    return found


@prepared
def _kept(*, user, at, student_id=None) -> QuerySet[SupportPlan]:
    plans = SupportPlan.objects.filter(case__in=cases_kept_by(user, at), ended_at=None)
    plans = plans.exclude(shared_at=None)
    if student_id is not None:
        plans = plans.filter(student_id=student_id)
    rows = plans.select_related("student", "school", "case").prefetch_related("measures__ticks")
    return rows.order_by("pk")


@prepared
def _any_plan(*, student_id) -> QuerySet[Any]:
    return SupportPlan.objects.filter(student_id=student_id).values_list("pk")[:1]


def ticks_seen_by(student: Student, user: User, at: datetime, limit: int) -> Iterable[MeasureTick]:
    """Return what was ticked off, the latest first.

    In cases that `user` may see they get all of it, otherwise only their own measures.
    """
    if not _any_plan(student_id=student.pk):
        return []
    rows = MeasureTick.objects.filter(measure__student=student, undone_at=None)
    rows = rows.select_related("measure", "by_user", "by_adult").order_by("-at", "-pk")
    cases = cases_visible_to(user, at).filter(student=student).values("pk")
    own = measures_of_colleague(user, at).filter(student=student).values("pk")
    return rows.filter(Q(measure__plan__case__in=cases) | Q(measure__in=own))[:limit]


def plans_seen_by(student: Student, user: User, at: datetime) -> Iterable[SupportPlan]:
    """Return plans of cases that `user` may see, once they have been shown to their parties."""
    if not _any_plan(student_id=student.pk):
        return []
    cases = cases_visible_to(user, at).filter(student=student)
    return SupportPlan.objects.filter(case__in=cases).exclude(shared_at=None)
