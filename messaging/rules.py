"""When, whom and how often to ask; when to try again. Facts and `at` in, decisions out.

Times of day are local to the adult who is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Quiet hours of somebody who has not said otherwise. Day shift: most factory shifts start at 8:00, and
# 21:30 leaves an evening to those who come home late. Night shift: asleep until the afternoon, at work
# from 20:00. Rotating shifts get the hours that are quiet in neither (our own choice, by design review).
QUIET_DAY = (time(21, 30), time(8, 0))
QUIET_NIGHT = (time(20, 0), time(17, 0))
# A repeated question comes after work and before children sleep (boarding schools: lights out at 21:00).
EVENING = (time(18, 30), time(21, 0))
EVENING_NIGHT = (time(17, 0), time(20, 0))

ASK_AGAIN_AFTER_DAYS = 2  # days; from the question to the second one
TELL_TEACHER_AFTER_DAYS = 2  # days; from the second question to the teacher's task
NOT_YET_AGAIN_AFTER_DAYS = 1  # days; "not yet" is asked again the next evening
NOT_YET_ASKS_AT_MOST = 2  # questions after a "not yet"; then the teacher helps
CHECK_IN_LINK_DAYS = 10  # days; the weekly rhythm and three days for a late answer
CHECK_IN_LATE_AFTER_HOURS = 26  # hours; a day and the quiet hours' slack, then it is too late
LINK_LATE_AFTER_MINUTES = 30  # minutes; as long as the sign-in link in it lives
SIGN_IN_LINK_MINUTES = 30  # minutes
SIGN_IN_LINKS_PER_HOUR = 3  # for one address; stops the school's gateway being used to pester
CODE_MINUTES = 10  # minutes; long enough for a slow gateway, short enough for a phone left lying
CODE_TRIES = 5  # wrong tries; then a new code is needed: 5 of a million
CODES_PER_HOUR = 5  # for one address, whatever they are for
SLIP_DAYS = 60  # days; from the start of a term until those who come home rarely have been
SLIP_TRIES = 5  # wrong digits of a phone number at one slip; then only the school can help
INVITATION_LINK_DAYS = 3  # days; a night shift and a day off
ALERT_LATE_AFTER_HOURS = 72  # hours; an alert is worth sending as long as the concern may be open

# Minutes; a worker looks every five seconds, a county's Sunday takes about ten.
LATE_AFTER_MINUTES = 10
# Minutes for which what could go has waited; then no more questions are added to the queue.
NO_MORE_AFTER_MINUTES = 60
TROUBLE_LATE_MINUTES = 15  # minutes; a county's Sunday is over by then
TROUBLE_UNKNOWN_MINUTES = 30  # minutes; a report that comes by itself has come by then
TROUBLE_SILENT_SECONDS = (
    50  # seconds; one who starts, or whose Redis was emptied, is back within ten
)
TROUBLE_OVER_MINUTES = 5  # minutes without it; what comes and goes is one trouble, not twenty mails
SETTLING_UNDO_SECONDS = 60  # seconds in which "it did not arrive: send again" may be taken back
OPEN_HOURS = (time(7, 30), time(18, 0))  # Monday to Friday; pages come before messages then
DRAINS_IN_OPEN_HOURS = 1  # at once; one sends some hundreds a second

MAX_ATTEMPTS = 6  # tries; with the backoff below about an hour and a half
LAST_LOOK_UPS = (
    3  # times that a provider is asked what became of the last try; then a person settles it
)
BACKOFF_SECONDS = (15, 60, 300, 900, 3600)  # seconds before the 2nd, 3rd … try
BACKOFF_JITTER = 0.3  # share of the wait by which it is lengthened at most
RETRY_AFTER_AT_MOST_SECONDS = 6 * 3600  # seconds; a provider that names more is down for the day


class Shift(StrEnum):
    UNKNOWN = ""
    DAY = "day"
    NIGHT = "night"
    ROTATING = "rotating"


@dataclass(frozen=True)
class Hours:
    """One adult's clock: zone, shift, and quiet hours where they named their own."""

    time_zone: str = "Asia/Shanghai"
    shift: str = Shift.UNKNOWN
    quiet_from: time | None = None
    quiet_until: time | None = None

    @property
    def zone(self) -> ZoneInfo:
        """An unknown zone's name counts as China's: better an hour off than never asked."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("Asia/Shanghai")

    @property
    def quiet(self) -> tuple[time, time]:
        if self.quiet_from is not None and self.quiet_until is not None:
            return self.quiet_from, self.quiet_until
        return QUIET_NIGHT if self._works_nights else QUIET_DAY

    @property
    def evening(self) -> tuple[time, time]:
        return EVENING_NIGHT if self._works_nights else EVENING

    @property
    def _works_nights(self) -> bool:
        return self.shift in (Shift.NIGHT, Shift.ROTATING)


def local_day(hours: Hours, at: datetime) -> date:
    return at.astimezone(hours.zone).date()


def is_quiet(hours: Hours, at: datetime) -> bool:
    """Equal ends mean no quiet hours at all."""
    return _within(at.astimezone(hours.zone).time(), *hours.quiet)


def _within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def next_allowed(hours: Hours, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours in which it lies."""
    if not is_quiet(hours, at):
        return at
    local = at.astimezone(hours.zone)
    end = hours.quiet[1]
    days = 0 if local.time() < end else 1
    return _first_instant(local.date() + timedelta(days=days), end, hours)


def _first_instant(on: date, moment: time, hours: Hours) -> datetime:
    """The wall clock's `moment` on `on`, in UTC; where clocks jump over it, the instant after the gap.

    Where it comes twice, the first: `fold=0`.
    """
    return datetime.combine(on, moment, hours.zone).astimezone(ZoneInfo("UTC"))


def next_evening(hours: Hours, at: datetime) -> datetime:
    """The next instant not before `at` in the adult's free evening and outside their quiet hours."""
    start, end = hours.evening
    local = at.astimezone(hours.zone)
    if _within(local.time(), start, end) and not is_quiet(hours, at):
        return at
    days = 0 if local.time() < start else 1
    evening = _first_instant(local.date() + timedelta(days=days), start, hours)
    return next_allowed(hours, evening)


def evening_after(hours: Hours, at: datetime, days: int) -> datetime:
    """The adult's evening `days` local days after `at`."""
    day = local_day(hours, at) + timedelta(days=days)
    return next_allowed(hours, _first_instant(day, hours.evening[0], hours))


def ask_at(hours: Hours, at: datetime, *, is_first: bool) -> datetime:
    """When to put a question that falls due now.

    The first one ever goes as soon as the adult's hours allow, so that a school sees the bridge work on
    its first day; later ones wait for the evening.
    """
    return next_allowed(hours, at) if is_first else next_evening(hours, at)


@dataclass(frozen=True)
class Candidate:
    """One parent away who may be asked about a child."""

    adult_id: int
    priority: int
    has_working_way: bool
    has_way: bool


def whom_to_ask(candidates: Sequence[Candidate]) -> int | None:
    """The first in the family's order who can be reached; one with a failing way before nobody."""
    by_order = sorted(candidates, key=lambda one: (one.priority, one.adult_id))
    for test in (lambda one: one.has_working_way, lambda one: one.has_way):
        for candidate in by_order:
            if test(candidate):
                return candidate.adult_id
    return None


class Due(StrEnum):
    NOT_YET = "not_yet"
    TALKED_ALREADY = "talked_already"
    ASK = "ask"


def is_due(next_due_on: date, every_days: int, last_contact_on: date | None, today: date) -> Due:
    """Whether a plan's child is to be asked about `today` (the asked adult's local date)."""
    if next_due_on > today:
        return Due.NOT_YET
    if last_contact_on is not None and (today - last_contact_on).days < every_days:
        return Due.TALKED_ALREADY
    return Due.ASK


def next_due_on(every_days: int, from_on: date) -> date:
    """Day of the next question after one asked, or a talk, on `from_on`."""
    return from_on + timedelta(days=every_days)


class Rung(StrEnum):
    ASK_AGAIN = "ask_again"
    TELL_TEACHER = "tell_teacher"
    NONE = "none"


def next_rung(state: str, not_yet_count: int) -> Rung:
    """What follows when the time of a check-in's next step has come without a further answer."""
    if state == "waiting":
        return Rung.ASK_AGAIN
    if state == "not_yet":
        over = not_yet_count > NOT_YET_ASKS_AT_MOST
        return Rung.TELL_TEACHER if over else Rung.ASK_AGAIN
    return Rung.TELL_TEACHER if state == "asked_again" else Rung.NONE


def after_not_yet(hours: Hours, at: datetime, not_yet_count: int) -> datetime:
    """When the ladder goes on after the `not_yet_count`-th "not yet"; at once where it was the last."""
    if not_yet_count > NOT_YET_ASKS_AT_MOST:
        return at
    return evening_after(hours, at, NOT_YET_AGAIN_AFTER_DAYS)


def settled_state(answers: Iterable[str]) -> str:
    """State of a check-in whose lines hold `answers`; one child's answer stops the ladder for all."""
    given = {answer for answer in answers if answer}
    if not given:
        return "waiting"
    return "not_yet" if "not_yet" in given else "answered"


def backoff(attempt_count: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """Wait after the `attempt_count`-th failed try; `jitter` in [0, 1) spreads many rows.

    Never earlier than the provider's own Retry-After.
    """
    step = BACKOFF_SECONDS[min(max(attempt_count, 1), len(BACKOFF_SECONDS)) - 1]
    wait = step * (1 + BACKOFF_JITTER * jitter)
    if retry_after is not None:
        asked = min(retry_after, RETRY_AFTER_AT_MOST_SECONDS)
        wait = max(wait, asked * (1 + BACKOFF_JITTER * jitter))
    return timedelta(seconds=wait)


def settling_undo_until(at: datetime) -> datetime:
    return at + timedelta(seconds=SETTLING_UNDO_SECONDS)


def drains_at_once(local: datetime, most: int) -> int:
    """How many drains may run; `local` on the installation's clock."""
    return min(DRAINS_IN_OPEN_HOURS, most) if are_schools_open(local) else most


def are_schools_open(local: datetime) -> bool:
    return local.weekday() < 5 and _within(local.time(), *OPEN_HOURS)


@dataclass(frozen=True)
class SendFacts:
    """What is true of one claimed message just before it would be sent."""

    kind: str
    expires_at: datetime
    hours: Hours
    is_stopped: bool = False
    called_off: str = ""
    is_to_family: bool = True
    is_blocked: bool = False
    has_opted_out: bool = False
    has_legal_basis: bool = True
    is_in_touch: bool = True
    is_guardian: bool = True
    is_active_user: bool = True
    is_check_in_open: bool = True
    has_talked: bool = False
    has_way: bool = True
    no_way_cause: str = "no_way"
    ways_open_at: datetime | None = None  # where every way left rests until then


class Verdict(StrEnum):
    SEND = "send"
    WAIT = "wait"
    HOLD = "hold"
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    FAIL = "fail"


# Kinds that the recipient has just asked for, or that must not wait: they ring at any hour.
ANY_HOUR = ("link", "code", "concern", "received", "test")


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    cause: str = ""
    due_at: datetime | None = None


def recheck(facts: SendFacts, at: datetime) -> Decision:
    """The last look before sending. Reasons against a person come before reasons of time."""
    cause = _reason_against(facts)
    if cause:
        return Decision(Verdict.SUPPRESS, cause)
    if at >= facts.expires_at:
        return Decision(Verdict.EXPIRE, "too_late")
    if facts.is_to_family and facts.is_stopped:
        return Decision(Verdict.HOLD, "stopped")
    if facts.ways_open_at is not None:
        return Decision(Verdict.WAIT, "provider_rests", facts.ways_open_at)
    if not facts.has_way:
        return Decision(Verdict.FAIL, facts.no_way_cause)
    if facts.kind not in ANY_HOUR and is_quiet(facts.hours, at):
        return Decision(Verdict.WAIT, "quiet_hours", next_allowed(facts.hours, at))
    return Decision(Verdict.SEND)


def _reason_against(facts: SendFacts) -> str:
    if facts.called_off:
        return facts.called_off
    if not facts.is_to_family:
        return "" if facts.is_active_user else "account_closed"
    about_the_adult = (
        (facts.is_blocked, "blocked"),
        (facts.has_opted_out, "opted_out"),
        (not facts.has_legal_basis, "no_legal_basis"),
        (not facts.is_in_touch, "not_asked_about"),
        (not facts.is_guardian, "not_guardian"),
        (not facts.is_check_in_open, "answered"),
        (facts.has_talked, "talked_already"),
    )
    return next((cause for holds, cause in about_the_adult if holds), "")
