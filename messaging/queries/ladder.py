"""How one child's family was asked the last time, try by try, on the clocks of those asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from guardians.models import Adult
from guardians.queries import current_migrations
from guardians.rules import days_since
from messaging.models import Attempt, CheckIn, FollowUp, OutboxMessage
from messaging.queries.replies import latest_check_in
from messaging.rules import Hours
from messaging.texts import cause_in_words
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
    """`kind`: ask | ask_again | teacher. `at` is when it was or will be done."""

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


def ladder(student: Student, at: datetime) -> Ladder:
    on = today_in(student.school, at)
    check_in = latest_check_in(student)
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
    )


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
    there = at.astimezone(Hours(adult.time_zone).zone).utcoffset() or timedelta()
    here = at.astimezone(ZoneInfo(student.school.time_zone)).utcoffset() or timedelta()
    return (there - here).total_seconds() / 3600


def _steps(student: Student, check_in: CheckIn | None, follow_up: FollowUp | None, at: datetime):
    school_zone = ZoneInfo(student.school.time_zone)
    if check_in is not None:
        zone = Hours(check_in.adult.time_zone).zone
        messages = check_in.messages.select_related("contact_point").order_by("step", "pk")
        for message in messages.prefetch_related("attempts"):
            yield _message_step(message, zone, school_zone, at)
    if follow_up is not None:
        yield _teacher_step(follow_up, school_zone)


def _message_step(message: OutboxMessage, zone, school_zone, at: datetime) -> LadderStep:
    when = message.finished_at or message.due_at
    attempts = tuple(_attempt(attempt) for attempt in message.attempts.all())
    local_at = when.astimezone(zone)
    return LadderStep(
        kind="ask_again" if message.step else "ask",
        at=when,
        local_at=local_at,
        is_elsewhere=local_at.utcoffset() != when.astimezone(school_zone).utcoffset(),
        state=message.state,
        state_label=str(message.get_state_display()),
        cause=cause_in_words(message.cause),
        channel=str(message.get_channel_display()) if message.channel else "",
        attempts=attempts,
        is_ahead=message.state in ("due", "retry") and message.due_at > at,
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
