"""From plans to questions, many at a time: a second run, or two at once, ask nobody twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db import connection, transaction
from django.db.models import Exists, Q
from django.utils import timezone
from psycopg2.extras import execute_values

from guardians.models import Adult
from guardians.queries import last_contact_on
from messaging import rules
from messaging.actions.follow_ups import open_follow_ups
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, OutboxMessage
from messaging.queries.ladders import ladders_of
from messaging.queries.plan_facts import climbing, read_plans
from messaging.rhythm_rules import Askable, Outcome, turn

PLANS_AT_ONCE = 2000  # rows of one transaction: short enough to hold its locks for a second
CHUNK = 1000  # rows of one INSERT
MOVE = """
UPDATE messaging_checkinplan plan SET next_due_on = moved.next_due_on, occasion = ''
FROM (VALUES %s) AS moved (id, next_due_on) WHERE plan.id = moved.id
"""


TOLD_TO_TEACHERS = (Outcome.NOBODY, Outcome.NOBODY_NOW)


@dataclass
class Question:
    """One adult's question in the making."""

    adult: Adult
    facts: Askable
    at: datetime
    plans: list[CheckInPlan] = field(default_factory=list)

    @property
    def due_on(self) -> date:
        return self.facts.today(self.at)

    @cached_property
    def due_at(self) -> datetime:
        return rules.ask_at(self.facts.hours, self.at, is_first=self.facts.is_first)


def ask_due_check_ins(*, at: datetime) -> int:
    """Puts every question that is due into the outbox; returns how many. Safe to run twice at once.

    Children without anybody to ask, now or at all, become a task for the teacher: nobody is silently skipped.
    """
    asked, after = 0, 0
    while True:
        with transaction.atomic():
            plans = _due_plans(at, after)
            if not plans:
                return asked
            asked += _ask(plans, at)
            after = plans[-1].pk


def _due_plans(at: datetime, after: int) -> list[CheckInPlan]:
    """Whatever may be due: the furthest zone is a day ahead of ours; `turn` looks at each exactly."""
    on = timezone.localdate(at)
    due = CheckInPlan.objects.filter(
        Q(paused_until=None) | Q(paused_until__lte=on),
        pk__gt=after,
        ended_on=None,
        next_due_on__lte=on + timedelta(days=1),
    ).exclude(Exists(climbing()))
    return list(
        due.annotate(talked_on=last_contact_on("student_id"))
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")[:PLANS_AT_ONCE]
    )


def _ask(plans: Sequence[CheckInPlan], at: datetime) -> int:
    on = timezone.localdate(at)
    questions: dict[int, Question] = {}
    unasked: list[tuple[CheckInPlan, str]] = []
    moved: list[CheckInPlan] = []
    for read in read_plans(plans, at):
        plan, decided = read.plan, turn(read.facts, at)
        if decided.outcome == Outcome.ASK and decided.adult:
            adult = read.adults[decided.adult.adult_id]
            question = questions.setdefault(adult.pk, Question(adult, decided.adult, at))
            question.plans.append(plan)
        elif decided.outcome in TOLD_TO_TEACHERS:
            is_pause = decided.outcome == Outcome.NOBODY_NOW
            unasked.append((plan, FollowUp.Cause.NOBODY_NOW if is_pause else read.why_nobody))
            plan.next_due_on = decided.next_due_on or _following(plan, on)
            moved.append(plan)
        elif decided.outcome == Outcome.TALKED and decided.next_due_on:
            plan.next_due_on = decided.next_due_on
            moved.append(plan)
    _tell_teachers(unasked, at)
    asked_plans = _write(list(questions.values()))
    for plan in asked_plans:
        plan.next_due_on = _following(plan, on)
    _move(moved + asked_plans)
    return len({plan.student_id for plan in asked_plans})


def _following(plan: CheckInPlan, on: date) -> date:
    return rules.next_due_on(plan.every_days, max(plan.next_due_on, on))


def _move(plans: Sequence[CheckInPlan]) -> None:
    """One statement: bulk_update's CASE grows with the square of what it moves."""
    if not plans:
        return
    values = [(plan.pk, plan.next_due_on) for plan in plans]
    with connection.cursor() as cursor:
        execute_values(cursor, MOVE, values, page_size=len(values))


def _tell_teachers(unasked: Sequence[tuple[CheckInPlan, str]], at: datetime) -> None:
    open_follow_ups(
        [
            FollowUp(
                school_id=plan.school_id, student_id=plan.student_id, cause=cause, opened_at=at
            )
            for plan, cause in unasked
        ]
    )


def _write(questions: list[Question]) -> list[CheckInPlan]:
    """Check-ins, their lines and messages; returns the plans that are now asked about.

    A sibling whose question falls on a day on which the adult has already answered waits a day.
    """
    if not questions:
        return []
    ladders = ladders_of({question.adult.school_id for question in questions})
    CheckIn.objects.bulk_create(
        [_check_in(question, ladders[question.adult.school_id]) for question in questions],
        ignore_conflicts=True,
        batch_size=CHUNK,
    )
    waiting = _waiting_today(questions)
    _close_earlier(waiting.values())
    lines, messages, asked = [], [], []
    for question in questions:
        check_in = waiting.get(question.adult.pk)
        if check_in is None:
            continue
        lines += [_line(check_in, plan) for plan in question.plans]
        messages.append(message_for(check_in, step=0, due_at=question.due_at))
        asked += question.plans
    CheckInLine.objects.bulk_create(lines, ignore_conflicts=True, batch_size=CHUNK)
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True, batch_size=CHUNK)
    return asked


def _check_in(question: Question, ladder: rules.Ladder) -> CheckIn:
    hours, due_at = question.facts.hours, question.due_at
    return CheckIn(
        school_id=question.adult.school_id,
        adult=question.adult,
        due_on=question.due_on,
        asked_at=question.at,
        occasion=next((plan.occasion for plan in question.plans if plan.occasion), ""),
        next_step_at=rules.evening_after(hours, due_at, ladder.first_wait(rules.Rung.ASK)),
        expires_at=due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS),
    )


def _waiting_today(questions: Iterable[Question]) -> dict[int, CheckIn]:
    day_of = {question.adult.pk: question.due_on for question in questions}
    rows = CheckIn.objects.filter(
        adult_id__in=day_of,
        due_on__in=set(day_of.values()),
        state=CheckIn.State.WAITING,
        first=None,
    )
    return {row.adult_id: row for row in rows if row.due_on == day_of[row.adult_id]}


def _close_earlier(new: Iterable[CheckIn]) -> None:
    """The latest question is the one that counts: an older one climbs no further."""
    pks = [check_in.pk for check_in in new]
    unanswered = [CheckIn.State.WAITING, CheckIn.State.ASKED_AGAIN, CheckIn.State.NOT_YET]
    older = CheckIn.objects.filter(
        adult__check_ins__in=pks, state__in=unanswered, first=None
    ).exclude(pk__in=pks)
    closed = list(older.order_by().values_list("pk", flat=True).distinct())
    CheckIn.objects.filter(Q(pk__in=closed) | Q(first_id__in=closed, state__in=unanswered)).update(
        state=CheckIn.State.CLOSED, next_step_at=None
    )


def _line(check_in: CheckIn, plan: CheckInPlan) -> CheckInLine:
    return CheckInLine(school_id=check_in.school_id, check_in=check_in, student_id=plan.student_id)


def message_for(
    check_in: CheckIn, *, step: int, due_at: datetime, contact_point_id: int | None = None
) -> OutboxMessage:
    """The message of one step; the same step of the same question has one row, whoever makes it."""
    return OutboxMessage(
        school_id=check_in.school_id,
        dedupe_key=f"check-in:{check_in.adult_id}:{check_in.due_on}:{step}",
        kind=OutboxMessage.Kind.CHECK_IN,
        adult_id=check_in.adult_id,
        check_in=check_in,
        step=step,
        contact_point_id=contact_point_id,
        due_at=due_at,
        expires_at=due_at + timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS),
    )
