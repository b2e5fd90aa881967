"""Asked → asked again → at another contact point → another adult → a task for the teacher.

Any talk or answer stops the climb. actions/village.py handles a task that is not done.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from delivery.models import OutboxMessage
from delivery.rules import SCHOOLS_TROUBLE, Sent, is_likely_there
from guardians.hours import evening_after, local_day, next_evening
from messaging import rules
from messaging.actions.asking import message_for
from messaging.actions.follow_ups import (
    close_where_left,
    close_where_talked,
    open_follow_ups,
    reopen_where_stayed,
)
from messaging.actions.other_adults import ask_others
from messaging.actions.plans import ask_after_pause, mark_unreachable
from messaging.models import CheckIn, FollowUp, LadderStep
from messaging.queries.climb_facts import ClimbFacts, lines_to_ask, next_climb, read_climbs
from messaging.queries.ladders import ladders_of
from messaging.rules import Rung

CLIMBS_AT_ONCE = 1000  # rows of one transaction
WRITTEN = ["state", "step", "rung", "next_step_at", "expires_at"]


def climb_ladders(*, at: datetime, except_schools: Collection[int] = ()) -> int:
    """Take the next step of every check-in whose time has come. It is safe to run twice at once."""
    reopen_where_stayed(at=at)
    close_where_talked(at=at)
    close_where_left(at=at)
    due = (
        CheckIn.objects.filter(next_step_at__lte=at)
        .exclude(school__in=except_schools)
        .annotate(
            has_open_line=Exists(lines_to_ask(at, check_in_id=OuterRef("pk"))),
            **_last_message(OuterRef("pk")),
        )
        .select_related("adult")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_step_at", "pk")
    )
    climbed = 0
    while True:
        with transaction.atomic():
            check_ins = list(due[:CLIMBS_AT_ONCE])
            if not check_ins:
                return climbed
            _climb(check_ins, at)
            climbed += len(check_ins)


def _last_message(check_in_id: OuterRef) -> dict[str, Subquery]:
    """Return annotations with the outcome of a question's latest message."""
    sent = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.CHECK_IN, about_id=check_in_id)
    sent = sent.order_by("-step", "-pk")
    return {
        "last_sent": Subquery(sent.values("state")[:1]),
        "last_cause": Subquery(sent.values("cause")[:1]),
        "last_expires_at": Subquery(sent.values("expires_at")[:1]),
    }


@dataclass
class Climbing:
    """Everything that one round of climbing writes."""

    at: datetime
    messages: list[OutboxMessage] = field(default_factory=list)
    steps: list[LadderStep] = field(default_factory=list)
    to_others: dict[CheckIn, str] = field(default_factory=dict)  # with the cause of the step
    for_teachers: list[CheckIn] = field(default_factory=list)


def _climb(check_ins: Sequence[CheckIn], at: datetime) -> None:
    ladders = ladders_of({check_in.school_id for check_in in check_ins})
    facts = read_climbs(check_ins, lines_to_ask(at, check_in__in=check_ins), at)
    others = _other_questions(check_ins)
    work = Climbing(at)
    for check_in in check_ins:
        waits_for = [one for one in (check_in, *others[check_in.pk]) if not_gone(one, at)]
        if waits_for and check_in.has_open_line:  # type: ignore[attr-defined]  # annotated
            _ask_the_same(check_in, waits_for, ladders[check_in.school_id], work)
        elif check_in.has_open_line:  # type: ignore[attr-defined]  # annotated
            _take_step(check_in, ladders[check_in.school_id], facts, work)
        else:
            check_in.state, check_in.next_step_at = CheckIn.State.CLOSED, None
    ask_after_pause([one for one in check_ins if one.state == CheckIn.State.CLOSED], at=at)
    LadderStep.objects.bulk_create(work.steps, ignore_conflicts=True)
    OutboxMessage.objects.bulk_create(work.messages, ignore_conflicts=True)
    ask_others(work.to_others, facts, at)
    cause_of = {}
    for check_in in work.for_teachers:
        cause_of[check_in.pk] = FollowUp.Cause.NOT_YET
        if check_in.state != CheckIn.State.NOT_YET:
            cause_of[check_in.pk] = FollowUp.Cause.NO_ANSWER
            check_in.state = CheckIn.State.NOBODY_REACHED
        check_in.next_step_at = None
    tasks = [
        FollowUp(
            school_id=line.school_id,
            student_id=line.student_id,
            check_in_id=line.check_in_id,
            cause=cause_of[line.check_in_id],
            opened_at=at,
        )
        for line in lines_to_ask(at, check_in__in=work.for_teachers)
    ]
    open_follow_ups(tasks)
    silent = [task.student_id for task in tasks if task.cause == FollowUp.Cause.NO_ANSWER]
    if silent:
        mark_unreachable(silent, at=at)
    CheckIn.objects.bulk_update(check_ins, WRITTEN, batch_size=CLIMBS_AT_ONCE)


WAITING = (OutboxMessage.State.DUE, OutboxMessage.State.RETRY, OutboxMessage.State.CLAIMED)


def not_gone(check_in: CheckIn, at: datetime) -> bool:
    """Return whether the question's last message is still waiting, or was never sent because of a problem at
    the school.

    The check-in needs the annotations of `_last_message`.
    """
    state, cause = check_in.last_sent, check_in.last_cause  # type: ignore[attr-defined]  # annotated
    if state in WAITING and check_in.last_expires_at > at:  # type: ignore[attr-defined]  # annotated
        return True
    return cause in SCHOOLS_TROUBLE


def _other_questions(check_ins: Sequence[CheckIn]) -> dict[int, list[CheckIn]]:
    """Return open questions to other adults, by the first question.

    One query; none if no ladder has come that far.
    """
    found: dict[int, list[CheckIn]] = defaultdict(list)
    firsts = [one.pk for one in check_ins if one.rung == Rung.OTHER_ADULT]
    if firsts:
        others = CheckIn.objects.filter(first_id__in=firsts, state=CheckIn.State.ASKED_AGAIN)
        for other in others.annotate(**_last_message(OuterRef("pk"))).select_related("adult"):
            found[other.first_id or 0].append(other)
    return found


def _ask_the_same(
    check_in: CheckIn, waits_for: Sequence[CheckIn], ladder: rules.Ladder, work: Climbing
) -> None:
    """Ask the same step again, because it failed through the school's own fault and so does not count.

    The wait for the next step starts with the new message. A message that is about to be sent needs no second
    one.
    """
    due_at = next_evening(check_in.adult.hours, work.at)
    wait = ladder.first_wait(check_in.rung)
    check_in.next_step_at = evening_after(check_in.adult.hours, due_at, wait)
    for one in waits_for:
        if one.last_sent in WAITING:  # type: ignore[attr-defined]  # annotated
            continue
        again_at = next_evening(one.adult.hours, work.at)
        link_ends_at = again_at + timedelta(days=rules.CHECK_IN_LINK_DAYS)
        if one is check_in:
            check_in.expires_at = max(check_in.expires_at, link_ends_at)
        else:
            CheckIn.objects.filter(pk=one.pk).update(expires_at=link_ends_at)
        again_on = local_day(one.adult.hours, again_at)
        work.messages.append(message_for(one, step=one.step, due_at=again_at, again_on=again_on))


PASSED_OVER = {
    Rung.ASK_AGAIN: "not_askable",
    Rung.OTHER_WAY: "no_other_way",
    Rung.OTHER_ADULT: "no_other_adult",
}


def _take_step(check_in: CheckIn, ladder: rules.Ladder, facts: ClimbFacts, work: Climbing) -> None:
    climb, hours = next_climb(check_in, ladder, facts), check_in.adult.hours
    for passed in climb.passed_over:
        check_in.rung = passed
        cause = PASSED_OVER[passed]
        if check_in.adult_id in facts.paused and passed != Rung.OTHER_ADULT:
            cause = "own_pause"
        work.steps.append(_row(check_in, passed, work.at, cause=cause, is_taken=False))
    if climb.rung is None:
        check_in.next_step_at = evening_after(hours, work.at, climb.wait_days)
        return
    check_in.rung = climb.rung
    cause = "no_answer"
    if check_in.state == CheckIn.State.NOT_YET:
        cause = "not_yet"
    elif not is_likely_there(Sent(check_in.last_sent, check_in.last_cause)):  # type: ignore[attr-defined]
        cause = "not_delivered"
    if climb.rung == Rung.TELL_TEACHER:
        work.for_teachers.append(check_in)
        work.steps.append(_row(check_in, climb.rung, work.at, cause=cause))
        return
    due_at = next_evening(hours, work.at)
    check_in.next_step_at = evening_after(hours, due_at, ladder.first_wait(climb.rung))
    if climb.rung == Rung.OTHER_ADULT:
        # `ask_others` finds the adult and writes the row together with the question.
        work.to_others[check_in] = cause
        return
    point_id = facts.points.get(check_in.pk) if climb.rung == Rung.OTHER_WAY else None
    check_in.state = CheckIn.State.ASKED_AGAIN
    check_in.step += 1
    expires_at = due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS)
    check_in.expires_at = max(check_in.expires_at, expires_at)
    message = message_for(check_in, step=check_in.step, due_at=due_at, contact_point_id=point_id)
    work.messages.append(message)
    work.steps.append(_row(check_in, climb.rung, work.at, cause=cause))


def _row(
    check_in: CheckIn, rung: str, at: datetime, *, cause: str, is_taken: bool = True
) -> LadderStep:
    return LadderStep(
        school_id=check_in.school_id,
        check_in=check_in,
        rung=rung,
        number=check_in.step,
        is_taken=is_taken,
        cause=cause,
        adult_id=check_in.adult_id,
        at=at,
    )
