"""How one child's family was asked the last time, try by try, on the clocks of those asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from delivery.models import Attempt, OutboxMessage
from delivery.texts import cause_in_words
from guardians.models import Adult
from guardians.queries import current_migrations
from guardians.rules import days_since
from messaging.models import CheckIn, FollowUp
from messaging.models import LadderStep as StepRow
from messaging.queries.ladders import ladder_of
from messaging.queries.replies import latest_check_in
from messaging.queries.sent import sent_for
from messaging.rules import Rung
from messaging.texts import step_cause_in_words
from schools.policies import today_in
from students.models import Student


@dataclass(frozen=True)
class LadderAttempt:
    at: datetime
    channel: str  # as staff read it
    result: str  # Attempt.Result
    result_label: str
    cause: str  # plain words; "" where it worked


@dataclass(frozen=True)
class LadderStep:
    """`kind`: ask | ask_again | other_way | other_adult | teacher | village. `at` is when it was or will be
    done; `adult` whom it asks. One that was passed over has no `state`. `why`: what led to it, or why it
    was passed over, in plain words.
    """

    kind: str
    at: datetime
    local_at: datetime  # on the asked adult's wall clock
    is_elsewhere: bool  # that clock differs from the school's
    state: str  # OutboxMessage.State, or FollowUp: "open" | "done"
    state_label: str
    cause: str
    channel: str
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
    next_rung: str = ""  # rules.Rung of what follows by itself; "" where nothing does


def ladder(student: Student, at: datetime) -> Ladder:
    on = today_in(student.school, at)
    latest = latest_check_in(student)
    check_in = latest.first if latest and latest.first else latest
    follow_up = _follow_up(student, check_in)
    adult = check_in.adult if check_in else None
    return Ladder(
        student=student,
        adult=adult,
        adult_place=_place(adult, on),
        hours_apart=_hours_apart(adult, student, at),
        days=days_since(_last_contact(student), on),
        check_in=check_in,
        steps=tuple(_steps(student, check_in, follow_up, at)),
        follow_up=follow_up,
        next_rung=_next_rung(check_in),
    )


def _next_rung(check_in: CheckIn | None) -> str:
    if check_in is None or check_in.next_step_at is None:
        return ""
    return next((str(one) for one in ladder_of(check_in.school_id).after(check_in.rung)), "")


def _last_contact(student: Student):
    rows = student.contacts.filter(retracted_at=None).order_by("-happened_on")
    return rows.values_list("happened_on", flat=True).first()


def _follow_up(student: Student, check_in: CheckIn | None) -> FollowUp | None:
    rows = FollowUp.objects.filter(student=student).select_related("done_by")
    still_open = rows.filter(done_at=None).first()
    if still_open or check_in is None:
        return still_open
    return rows.filter(check_in=check_in).first()


def _place(adult: Adult | None, on) -> str:
    if adult is None:
        return ""
    away = current_migrations(on).filter(adult=adult, is_away=True).first()
    return away.place if away else ""


def _hours_apart(adult: Adult | None, student: Student, at: datetime) -> float:
    if adult is None:
        return 0.0
    there = at.astimezone(adult.hours.zone).utcoffset() or timedelta()
    here = at.astimezone(ZoneInfo(student.school.time_zone)).utcoffset() or timedelta()
    return (there - here).total_seconds() / 3600


def _steps(
    student: Student, check_in: CheckIn | None, follow_up: FollowUp | None, at: datetime
) -> list[LadderStep]:
    zone = ZoneInfo(student.school.time_zone)
    found = _of_check_in(student, check_in, zone, at) if check_in else []
    if follow_up is not None:
        found.append(_teacher_step(follow_up, zone))
        found += [_of_row(row, zone) for row in follow_up.steps.select_related("adult")]
    return found


def _of_check_in(
    student: Student, check_in: CheckIn, school_zone: ZoneInfo, at: datetime
) -> list[LadderStep]:
    """Messages with what led to them, and steps without a message, in the order of the climb. The first
    question is no row of its own; the teacher's task is told with what came of it.
    """
    rows = list(check_in.steps.exclude(rung=Rung.TELL_TEACHER).select_related("adult"))
    led_to = {_message_key(row): row for row in rows if row.is_taken}
    found = []
    for message in _messages(student, check_in):
        row = led_to.pop((message.adult_id, message.step), None)
        found.append(_message_step(message, row, school_zone, at))
    left = [row for row in rows if not row.is_taken or _message_key(row) in led_to]
    bare = [_of_row(row, school_zone) for row in left]
    return sorted([*found, *bare], key=lambda step: (step.at, ORDER.index(step.kind)))


ORDER = [str(rung) for rung in Rung]


def _message_key(row: StepRow) -> tuple[int | None, int]:
    """Adult and step of the message that the row belongs to; another adult's question is their first."""
    return row.adult_id, 0 if row.rung == Rung.OTHER_ADULT else row.number


def _messages(student: Student, check_in: CheckIn):
    others = CheckIn.objects.filter(first=check_in, lines__student=student)
    asked = [check_in.pk, *others.values_list("pk", flat=True)]
    rows = sent_for(asked).select_related("contact_point", "adult")
    return rows.prefetch_related("attempts").order_by("due_at", "step", "pk")


def _message_step(
    message: OutboxMessage, row: StepRow | None, school_zone: ZoneInfo, at: datetime
) -> LadderStep:
    when = message.finished_at or message.due_at
    kind = str(row.rung) if row else "ask_again" if message.step else "ask"
    zone = message.adult.hours.zone if message.adult else school_zone
    local_at = when.astimezone(zone)
    return LadderStep(
        kind=kind,
        at=when,
        local_at=local_at,
        is_elsewhere=local_at.utcoffset() != when.astimezone(school_zone).utcoffset(),
        state=message.state,
        state_label=str(message.get_state_display()),
        cause=cause_in_words(message.cause),
        channel=str(message.get_channel_display()) if message.channel else "",
        attempts=tuple(_attempt(attempt) for attempt in message.attempts.all()),
        is_ahead=message.state in ("due", "retry") and message.due_at > at,
        adult=message.adult,
        why=step_cause_in_words(row.cause) if row else "",
    )


def _of_row(row: StepRow, school_zone: ZoneInfo) -> LadderStep:
    return LadderStep(
        kind=str(row.rung),
        at=row.at,
        local_at=row.at.astimezone(school_zone),
        is_elsewhere=False,
        state="done" if row.is_taken else "",
        state_label="",
        cause="",
        channel="",
        is_taken=row.is_taken,
        adult=row.adult,
        why=step_cause_in_words(row.cause),
    )


def _attempt(attempt: Attempt) -> LadderAttempt:
    return LadderAttempt(
        at=attempt.at,
        channel=str(attempt.get_channel_display()),
        result=attempt.result,
        result_label=str(attempt.get_result_display()),
        cause=cause_in_words(attempt.cause),
    )


def _teacher_step(follow_up: FollowUp, school_zone) -> LadderStep:
    is_done = follow_up.done_at is not None
    label = follow_up.get_outcome_display() if is_done else follow_up.get_cause_display()
    return LadderStep(
        kind="teacher",
        at=follow_up.opened_at,
        local_at=follow_up.opened_at.astimezone(school_zone),
        is_elsewhere=False,
        state="done" if is_done else "open",
        state_label=str(label),
        cause=str(follow_up.get_cause_display()),
        channel="",
    )
