"""Asked → asked again → by another way → another adult → a task for the teacher; any talk or answer stops
the climb. What happens when the task stays undone: actions/village.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from delivery.models import OutboxMessage
from guardians.hours import evening_after, next_evening
from guardians.queries import last_contact_on
from messaging import rules
from messaging.actions.asking import message_for
from messaging.actions.follow_ups import close_where_talked, open_follow_ups
from messaging.actions.other_adults import Asking, ask_others, who_may_be_asked
from messaging.models import CheckIn, CheckInLine, FollowUp, LadderStep
from messaging.plans.rules import OCCASION_TALK_COUNTS_DAYS
from messaging.queries.ladders import ladders_of
from messaging.rules import Rung

CLIMBS_AT_ONCE = 1000  # rows of one transaction
WRITTEN = ["state", "step", "rung", "next_step_at", "expires_at"]


def climb_ladders(*, at: datetime, but_of: Collection[int] = ()) -> int:
    """Takes the next step of every check-in whose time has come, but of these schools. Safe to run twice
    at once.
    """
    close_where_talked(at=at)
    climbed = 0
    while True:
        with transaction.atomic():
            check_ins = _due(at, but_of)
            if not check_ins:
                return climbed
            _climb(check_ins, at)
            climbed += len(check_ins)


def _due(at: datetime, but_of: Collection[int]) -> list[CheckIn]:
    sent = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.CHECK_IN, about_id=OuterRef("pk")
    ).order_by("-step")
    return list(
        CheckIn.objects.filter(next_step_at__lte=at)
        .exclude(school__in=but_of)
        .annotate(
            has_open_line=Exists(lines_to_ask(check_in_id=OuterRef("pk"))),
            last_sent=Subquery(sent.values("state")[:1]),
        )
        .select_related("adult")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_step_at", "pk")[:CLIMBS_AT_ONCE]
    )


def lines_to_ask(**of):
    """Children of a check-in who have not talked with a parent in this rhythm, and for whom nobody has
    called for help.
    """
    settled = ["talked", "need_help"]
    elsewhere = CheckInLine.objects.filter(
        check_in__first_id=OuterRef("check_in_id"),
        student_id=OuterRef("student_id"),
        answer__in=settled,
    )
    lines = CheckInLine.objects.filter(**of).exclude(answer__in=settled).exclude(Exists(elsewhere))
    lines = lines.annotate(talked_on=last_contact_on("student_id"))
    counts_for = Case(
        When(check_in__occasion="", then=F("student__check_in_plan__every_days")),
        default=Value(OCCASION_TALK_COUNTS_DAYS),
    )
    rhythm_began_on = ExpressionWrapper(
        F("check_in__due_on") - counts_for, output_field=DateField()
    )
    return lines.annotate(began_on=rhythm_began_on).filter(
        Q(talked_on=None) | Q(talked_on__lte=F("began_on")) | Q(began_on=None)
    )


@dataclass
class Climbing:
    """What one round of climbing writes."""

    at: datetime
    messages: list[OutboxMessage] = field(default_factory=list)
    steps: list[LadderStep] = field(default_factory=list)
    to_others: list[CheckIn] = field(default_factory=list)
    for_teachers: list[CheckIn] = field(default_factory=list)


def _climb(check_ins: Sequence[CheckIn], at: datetime) -> None:
    ladders = ladders_of({check_in.school_id for check_in in check_ins})
    asking = who_may_be_asked(check_ins, lines_to_ask(check_in__in=check_ins), at)
    work = Climbing(at)
    for check_in in check_ins:
        if not check_in.has_open_line:  # type: ignore[attr-defined]  # annotated
            check_in.state, check_in.next_step_at = CheckIn.State.CLOSED, None
            continue
        ladder = ladders[check_in.school_id]
        climb = next_climb(check_in, ladder, asking)
        _step(check_in, climb, ladder, asking, work)
    LadderStep.objects.bulk_create(work.steps, ignore_conflicts=True)
    OutboxMessage.objects.bulk_create(work.messages, ignore_conflicts=True)
    ask_others(work.to_others, asking, at)
    _tell_teachers(work.for_teachers, at)
    CheckIn.objects.bulk_update(check_ins, WRITTEN, batch_size=CLIMBS_AT_ONCE)


def next_climb(check_in: CheckIn, ladder: rules.Ladder, asking: Asking) -> rules.Climb:
    """The step that the preview announces and the generator takes. "Not yet" is asked again, if it may be."""
    if check_in.state == CheckIn.State.NOT_YET and asking.may_ask_again(check_in):
        return rules.Climb(rules.after_a_not_yet(check_in.not_yet_count))
    return rules.climb(ladder, check_in.rung, asking.possible(check_in))


PASSED_OVER = {
    Rung.ASK_AGAIN: "not_askable",
    Rung.OTHER_WAY: "no_other_way",
    Rung.OTHER_ADULT: "no_other_adult",
}


def _step(
    check_in: CheckIn,
    climb: rules.Climb,
    ladder: rules.Ladder,
    asking: Asking,
    work: Climbing,
) -> None:
    has_pause = check_in.adult_id in asking.paused
    for passed in climb.passed_over:
        check_in.rung = passed
        cause = PASSED_OVER[passed]
        if has_pause and passed != Rung.OTHER_ADULT:
            cause = "own_pause"
        work.steps.append(_row(check_in, passed, work.at, cause=cause, is_taken=False))
    hours = check_in.adult.hours
    if climb.rung is None:
        check_in.next_step_at = evening_after(hours, work.at, climb.wait_days)
        return
    cause = _cause(check_in)
    check_in.rung = climb.rung
    if climb.rung == Rung.TELL_TEACHER:
        work.for_teachers.append(check_in)
    elif climb.rung == Rung.OTHER_ADULT:
        # Who it is, and the row, come with the question to them.
        check_in.next_step_at = evening_after(
            hours, next_evening(hours, work.at), ladder.first_wait(climb.rung)
        )
        work.to_others.append(check_in)
        return
    else:
        point_id = asking.points.get(check_in.pk) if climb.rung == Rung.OTHER_WAY else None
        work.messages.append(_ask_again(check_in, point_id, ladder, work.at))
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


def _cause(check_in: CheckIn) -> str:
    if check_in.state == CheckIn.State.NOT_YET:
        return "not_yet"
    last_sent: str = check_in.last_sent  # type: ignore[attr-defined]  # annotated
    failed = (OutboxMessage.State.FAILED, OutboxMessage.State.EXPIRED)
    return "not_delivered" if last_sent in failed else "no_answer"


def _ask_again(
    check_in: CheckIn, point_id: int | None, ladder: rules.Ladder, at: datetime
) -> OutboxMessage:
    hours = check_in.adult.hours
    due_at = next_evening(hours, at)
    check_in.state = CheckIn.State.ASKED_AGAIN
    check_in.step += 1
    check_in.next_step_at = evening_after(hours, due_at, ladder.first_wait(check_in.rung))
    check_in.expires_at = max(
        check_in.expires_at, due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS)
    )
    return message_for(check_in, step=check_in.step, due_at=due_at, contact_point_id=point_id)


def _tell_teachers(check_ins: Sequence[CheckIn], at: datetime) -> None:
    cause_of = {}
    for check_in in check_ins:
        is_not_yet = check_in.state == CheckIn.State.NOT_YET
        cause_of[check_in.pk] = FollowUp.Cause.NOT_YET if is_not_yet else FollowUp.Cause.NO_ANSWER
        if not is_not_yet:
            check_in.state = CheckIn.State.NOBODY_REACHED
        check_in.next_step_at = None
    open_follow_ups(
        [
            FollowUp(
                school_id=line.school_id,
                student_id=line.student_id,
                check_in_id=line.check_in_id,
                cause=cause_of[line.check_in_id],
                opened_at=at,
            )
            for line in lines_to_ask(check_in__in=check_ins)
        ]
    )
