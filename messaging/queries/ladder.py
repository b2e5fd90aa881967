"""Shows how one child's family was last asked, attempt by attempt, in the local time of the adults asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from delivery.models import OutboxMessage
from delivery.texts import cause_in_words
from guardians.models import Adult
from guardians.queries import current_migrations
from guardians.rules import days_since
from messaging.models import CheckIn, FollowUp
from messaging.models import LadderStep as StepRow
from messaging.queries.ladders import ladder_of
from messaging.queries.replies import latest_check_in
from messaging.queries.sent import sent_for
from messaging.queries.silence import Why, why_of, why_silent
from messaging.rules import Rung
from messaging.texts import step_cause_in_words
from schools.policies import today_in
from students.models import Student


@dataclass(frozen=True)
class LadderAttempt:
    channel: str  # the name that staff see
    cause: str  # in plain words; "" if it worked


@dataclass(frozen=True)
class LadderStep:
    """One step of a ladder, as shown on a page.

    `kind`: ask | ask_again | other_way | other_adult | teacher | village. `at` is when it happened or will
    happen, `adult` the person asked. A skipped step has no `state`. `why` says in plain words what led to the
    step, or why it was skipped.
    """

    kind: str
    at: datetime
    local_at: datetime  # on the asked adult's wall clock
    is_elsewhere: bool = False  # that clock differs from the school's
    state: str = ""  # OutboxMessage.State, or FollowUp: "open" | "done"
    state_label: str = ""
    cause: str = ""
    channel: str = ""
    attempts: tuple[LadderAttempt, ...] = ()
    is_ahead: bool = False
    is_taken: bool = True
    adult: Adult | None = None
    why: str = ""


@dataclass(frozen=True)
class Ladder:
    student: Student
    adult: Adult | None
    adult_place: str
    hours_apart: float  # of the adult's clock from the school's; negative = behind
    days: int | None
    check_in: CheckIn | None
    steps: tuple[LadderStep, ...]
    follow_up: FollowUp | None
    why: Why | None = None  # for the open task, or for the question that nobody has answered yet
    next_rung: str = ""  # the rules.Rung that follows automatically; "" if none does


State = CheckIn.State
ORDER = [str(rung) for rung in Rung]


def ladder(student: Student, at: datetime) -> Ladder:
    on, zone = today_in(student.school, at), ZoneInfo(student.school.time_zone)
    latest = latest_check_in(student)
    check_in = latest.first if latest and latest.first else latest
    tasks = FollowUp.objects.filter(student=student).select_related("done_by", "check_in__adult")
    follow_up = tasks.filter(done_at=None).first()
    if follow_up is None and check_in is not None:
        follow_up = tasks.filter(check_in=check_in).first()
    why = why_of(follow_up) if follow_up else None
    is_done = follow_up is not None and follow_up.done_at is not None
    is_open = check_in is not None and check_in.state in (State.WAITING, State.ASKED_AGAIN)
    silent = why_silent(check_in, student.pk) if check_in and is_open else None
    adult = check_in.adult if check_in else None
    place, hours_apart = "", 0.0
    if adult is not None:
        away = current_migrations(on).filter(adult=adult, is_away=True).first()
        place = away.place if away else ""
        there = at.astimezone(adult.hours.zone).utcoffset() or timedelta()
        here = at.astimezone(zone).utcoffset() or timedelta()
        hours_apart = (there - here).total_seconds() / 3600
    next_rung = ""
    if check_in is not None and check_in.next_step_at is not None:
        following = ladder_of(check_in.school_id).after(check_in.rung)
        next_rung = str(following[0]) if following else ""
    contacts = student.contacts.filter(retracted_at=None).order_by("-happened_on")
    last_contact_on = contacts.values_list("happened_on", flat=True).first()
    return Ladder(
        student=student,
        adult=adult,
        adult_place=place,
        hours_apart=hours_apart,
        days=days_since(last_contact_on, on),
        check_in=check_in,
        steps=tuple(_steps(student, check_in, follow_up, why, zone, at)),
        follow_up=follow_up,
        why=why if follow_up and not is_done else silent,
        next_rung=next_rung,
    )


def _steps(
    student: Student,
    check_in: CheckIn | None,
    follow_up: FollowUp | None,
    why: Why | None,
    school_zone: ZoneInfo,
    at: datetime,
) -> list[LadderStep]:
    """Return the steps in the order of the climb.

    Messages, with what led to them, and steps without a message come first, then the teacher's task with its
    result and what came after it. A task from an earlier week comes before them. The first question has no
    row of its own.
    """
    found = []
    if check_in is not None:
        rows = list(check_in.steps.exclude(rung=Rung.TELL_TEACHER).select_related("adult"))
        led_to = {_message_key(row): row for row in rows if row.is_taken}
        others = CheckIn.objects.filter(first=check_in, lines__student=student)
        sent = sent_for([check_in.pk, *others.values_list("pk", flat=True)])
        sent = sent.select_related("contact_point", "adult").prefetch_related("attempts")
        for message in sent.order_by("due_at", "step", "pk"):
            row = led_to.pop((message.adult_id, message.step), None)
            found.append(_message_step(message, row, school_zone, at))
        left = [row for row in rows if not row.is_taken or _message_key(row) in led_to]
        found += [_of_row(row, school_zone) for row in left]
        found.sort(key=lambda step: (step.at, ORDER.index(step.kind)))
    if follow_up is not None and why is not None:
        is_done = follow_up.done_at is not None
        label = follow_up.get_outcome_display() if is_done else why.words
        task = LadderStep(
            kind="teacher",
            at=follow_up.opened_at,
            local_at=follow_up.opened_at.astimezone(school_zone),
            state="done" if is_done else "open",
            state_label=str(label),
            cause=why.words,
        )
        after = [_of_row(row, school_zone) for row in follow_up.steps.select_related("adult")]
        # A task from an earlier week that is still open comes before this week's question.
        is_earlier = bool(found) and follow_up.opened_at < min(step.at for step in found)
        found = [task, *after, *found] if is_earlier else [*found, task, *after]
    return found


def _message_key(row: StepRow) -> tuple[int | None, int]:
    """Return adult and step number of the row's message. For another adult, this is their first question."""
    return row.adult_id, 0 if row.rung == Rung.OTHER_ADULT else row.number


def _message_step(
    message: OutboxMessage, row: StepRow | None, school_zone: ZoneInfo, at: datetime
) -> LadderStep:
    when = message.finished_at or message.due_at
    zone = message.adult.hours.zone if message.adult else school_zone
    local_at = when.astimezone(zone)
    return LadderStep(
        kind=str(row.rung) if row else "ask_again" if message.step else "ask",
        at=when,
        local_at=local_at,
        is_elsewhere=local_at.utcoffset() != when.astimezone(school_zone).utcoffset(),
        state=message.state,
        state_label=str(message.get_state_display()),
        cause=cause_in_words(message.cause),
        channel=str(message.get_channel_display()) if message.channel else "",
        attempts=tuple(
            LadderAttempt(
                channel=str(attempt.get_channel_display()), cause=cause_in_words(attempt.cause)
            )
            for attempt in message.attempts.all()
        ),
        is_ahead=message.state in ("due", "retry") and message.due_at > at,
        adult=message.adult,
        why=step_cause_in_words(row.cause) if row else "",
    )


def _of_row(row: StepRow, school_zone: ZoneInfo) -> LadderStep:
    return LadderStep(
        kind=str(row.rung),
        at=row.at,
        local_at=row.at.astimezone(school_zone),
        state="done" if row.is_taken else "",
        is_taken=row.is_taken,
        adult=row.adult,
        why=step_cause_in_words(row.cause),
    )
