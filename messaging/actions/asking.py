"""Turns plans into questions, many at a time. A second run, or two at once, ask nobody twice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from django.db import connection, transaction
from django.db.models import Exists, Q
from django.utils import timezone

from core.prepared import array_text
from delivery.models import OutboxMessage
from guardians.hours import evening_after
from messaging import rules
from messaging.actions.follow_ups import close_where_asked_again, open_follow_ups
from messaging.models import CheckIn, CheckInPlan, FollowUp
from messaging.plans.rules import Askable, Outcome, decide
from messaging.queries.ladders import ladders_of
from messaging.queries.plan_facts import (
    PlanRow,
    climbing,
    parents_within_reach,
    read_plans,
    rows_of,
    waits_with_class,
)

PLANS_AT_ONCE = 2000  # rows in one transaction: it holds its locks for about a second
# Each statement, with ROWS where its rows go, and the types of their columns.
MOVE = (
    """
UPDATE messaging_checkinplan plan SET next_due_on = moved.next_due_on,
    unreachable_since = moved.unreachable_since, occasion = ''
FROM ROWS AS moved (id, next_due_on, unreachable_since) WHERE plan.id = moved.id
""",
    ("bigint", "date", "date"),
)
CHECK_INS = (
    """
INSERT INTO messaging_checkin (school_id, adult_id, due_on, occasion, next_step_at, asked_at, expires_at,
    state, step, rung, as_carer, not_yet_count)
SELECT *, 'waiting', 0, 'ask', false, 0 FROM ROWS ON CONFLICT DO NOTHING
""",
    ("bigint", "bigint", "date", "text", "timestamptz", "timestamptz", "timestamptz"),
)
WAITING = (
    """
SELECT adult_id, check_in.id FROM ROWS AS asked (adult_id, due_on)
JOIN messaging_checkin check_in USING (adult_id, due_on) WHERE state = 'waiting' AND first_id IS NULL
""",
    ("bigint", "date"),
)
LINES = (
    """
INSERT INTO messaging_checkinline (school_id, check_in_id, student_id, answer, words)
SELECT *, '', '' FROM ROWS ON CONFLICT DO NOTHING
""",
    ("bigint", "bigint", "bigint"),
)
MESSAGES = (
    """
INSERT INTO delivery_outboxmessage (school_id, dedupe_key, adult_id, about_id, due_at, expires_at,
    idempotency_key, kind, step, channel, address, payload, state, attempt_count, provider_reference, cause)
SELECT *, gen_random_uuid(), 'check_in', 0, '', '', '{}', 'due', 0, '', '' FROM ROWS
ON CONFLICT DO NOTHING
""",
    ("bigint", "text", "bigint", "bigint", "timestamptz", "timestamptz"),
)
TOLD_TO_TEACHERS = (Outcome.NOBODY, Outcome.NOBODY_NOW)


@dataclass
class Question:
    """One adult's question that is being prepared."""

    adult: Askable
    at: datetime
    due_at: datetime
    plans: list[PlanRow] = field(default_factory=list)

    @cached_property
    def due_on(self) -> date:
        return self.adult.today(self.at)


def ask_due_check_ins(
    *, at: datetime, except_schools: Collection[int] = (), except_classes: Collection[int] = ()
) -> int:
    """Put every question that is due into the outbox, and return the number of children.

    It is safe to run twice at once. Children in `except_classes` wait, except those who have been asked
    before.

    A child with nobody to ask, now or at all, becomes a task for the teacher, so nobody is silently skipped.
    Once a parent can be reached after all, the question is due without waiting for the next round.
    """
    on = timezone.localdate(at)
    # Plans that may be due: the furthest zone is a day ahead of ours, and `decide` checks each exactly.
    due = CheckInPlan.objects.filter(
        Q(next_due_on__lte=on + timedelta(days=1))
        # Keep this order: then PostgreSQL looks up the family only for the few marked rows.
        | Q(unreachable_since__isnull=False) & Q(Exists(parents_within_reach(on))),
        Q(paused_until=None) | Q(paused_until__lte=on),
        ended_on=None,
    ).exclude(Exists(climbing()))
    if except_schools:
        due = due.exclude(school__in=except_schools)
    if except_classes:
        due = due.exclude(waits_with_class(except_classes, on))
    due = due.order_by("pk").select_for_update(skip_locked=True, of=("self",))
    asked, after = 0, 0
    while True:
        with transaction.atomic():
            plans = rows_of(due.filter(pk__gt=after)[:PLANS_AT_ONCE])
            if not plans:
                return asked
            asked += _ask(plans, at)
            after = plans[-1].pk


def _ask(plans: Sequence[PlanRow], at: datetime) -> int:
    on = timezone.localdate(at)
    questions: dict[int, Question] = {}
    for_teachers: list[FollowUp] = []
    moved: list[tuple[int, date, date | None]] = []  # in the format of MOVE
    reached: set[int] = set()  # plans whose question goes to a working contact point
    for read in read_plans(plans, at):
        plan, decided = read.plan, decide(read.facts, at)
        if decided.outcome == Outcome.ASK and decided.adult and decided.due_at:
            adult = decided.adult
            if adult.adult_id not in questions:
                questions[adult.adult_id] = Question(adult, at, decided.due_at)
            questions[adult.adult_id].plans.append(plan)
            if adult.adult_id in read.within_reach:
                reached.add(plan.pk)
        elif decided.outcome in TOLD_TO_TEACHERS:
            is_pause = decided.outcome == Outcome.NOBODY_NOW
            task = FollowUp(
                school_id=plan.school_id,
                student_id=plan.student_id,
                cause=FollowUp.Cause.NOBODY_NOW if is_pause else read.why_nobody,
                opened_at=at,
            )
            for_teachers.append(task)
            since = None if is_pause else plan.unreachable_since or on
            moved.append((plan.pk, decided.next_due_on or _following(plan, on), since))
        elif decided.outcome == Outcome.TALKED and decided.next_due_on:
            moved.append((plan.pk, decided.next_due_on, None))
    open_follow_ups(for_teachers)
    asked_plans = _write(list(questions.values())) if questions else []
    again = [
        plan.student_id for plan in asked_plans if plan.unreachable_since and plan.pk in reached
    ]
    close_where_asked_again(again, at=at)
    for plan in asked_plans:
        since = None if plan.pk in reached else plan.unreachable_since
        moved.append((plan.pk, _following(plan, on), since))
    _execute(MOVE, moved)
    return len({plan.student_id for plan in asked_plans})


def _following(plan: PlanRow, on: date) -> date:
    return rules.next_due_on(plan.every_days, max(plan.next_due_on, on))


def _write(questions: Sequence[Question]) -> list[PlanRow]:
    """Write check-ins, lines and messages, one statement each, and return the plans that are now asked about.

    A sibling whose question falls on a day on which the adult has already answered waits a day.
    """
    ladders = ladders_of({question.adult.school_id for question in questions})
    check_ins = [
        (
            one.adult.school_id,
            one.adult.adult_id,
            one.due_on,
            next((plan.occasion for plan in one.plans if plan.occasion), ""),
            _evening_after(
                one.adult.hours,
                one.due_at,
                ladders[one.adult.school_id].first_wait(rules.Rung.ASK),
            ),
            one.at,
            one.due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS),
        )
        for one in questions
    ]
    _execute(CHECK_INS, check_ins)
    days = [(one.adult.adult_id, one.due_on) for one in questions]
    check_in_of = dict(_execute(WAITING, days, fetch=True))
    _close_earlier(check_in_of.values())
    asked = [
        (one, check_in_of[one.adult.adult_id])
        for one in questions
        if one.adult.adult_id in check_in_of
    ]
    lines = [(plan.school_id, pk, plan.student_id) for one, pk in asked for plan in one.plans]
    _execute(LINES, lines)
    messages = [
        (
            one.adult.school_id,
            _key(one.adult.adult_id, one.due_on, 0),
            one.adult.adult_id,
            pk,
            one.due_at,
            one.due_at + timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS),
        )
        for one, pk in asked
    ]
    _execute(MESSAGES, messages)
    return [plan for one, _pk in asked for plan in one.plans]


# Many families in a round have the same hours.
_evening_after = lru_cache(maxsize=1024)(evening_after)


def _execute(
    statement: tuple[str, tuple[str, ...]], rows: Sequence[tuple], *, fetch: bool = False
) -> list:
    """Run a statement once for all rows, with each column as one array.

    PostgreSQL reads arrays faster than rows of VALUES. The ORM builds an object for each row and checks every
    field, which takes half of a round's time; the CASE of its bulk_update grows with the square of the number
    of rows.
    """
    if not rows:
        return []
    sql, types = statement
    columns = ", ".join(f"%s::{one}[]" for one in types)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.replace("ROWS", f"unnest({columns})"),
            [array_text(column) for column in zip(*rows, strict=True)],
        )
        return cursor.fetchall() if fetch else []


def _key(adult_id: int, due_on: date, step: int) -> str:
    return f"check-in:{adult_id}:{due_on}:{step}"


def _close_earlier(pks: Collection[int]) -> None:
    """Close older questions whose ladder has ended: of these, only the latest one counts.

    A ladder that is climbing goes on. It is about a brother or sister of the children asked about now
    (`climbing` holds their own plans back), and its teacher would otherwise never be told.
    """
    unanswered = [CheckIn.State.WAITING, CheckIn.State.ASKED_AGAIN, CheckIn.State.NOT_YET]
    older = CheckIn.objects.filter(
        adult__check_ins__in=pks, state__in=unanswered, first=None, next_step_at=None
    ).exclude(pk__in=pks)
    closed = list(older.order_by().values_list("pk", flat=True).distinct())
    if closed:
        CheckIn.objects.filter(
            Q(pk__in=closed) | Q(first_id__in=closed, state__in=unanswered)
        ).update(state=CheckIn.State.CLOSED, next_step_at=None)


def message_for(
    check_in: CheckIn,
    *,
    step: int,
    due_at: datetime,
    contact_point_id: int | None = None,
    again_on: date | None = None,
) -> OutboxMessage:
    """Return the message of one step. Each step of a question has one row, whoever creates it.

    `again_on` is the day on which we retry a message that the school could not send.
    """
    key = _key(check_in.adult_id, check_in.due_on, step)
    return OutboxMessage(
        school_id=check_in.school_id,
        dedupe_key=f"{key}:{again_on}" if again_on else key,
        kind=OutboxMessage.Kind.CHECK_IN,
        adult_id=check_in.adult_id,
        about_id=check_in.pk,
        step=step,
        contact_point_id=contact_point_id,
        due_at=due_at,
        expires_at=due_at + timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS),
    )
