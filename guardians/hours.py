"""An adult's day: when they sleep and work, when to call them, and when to write to them.

Pure functions, and the only place that knows these rules. Times of day are local to the adult; instants are
in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schools.hours import within

CHINA = "Asia/Shanghai"
EVENING_LASTS_AT_LEAST = timedelta(hours=1)
# A delayed question may still be sent up to this many minutes after its planned time; after that it waits
# for a good time.
GOOD_HOUR_SLACK_MINUTES = 30

# From, until (not included); it runs past midnight if the second is earlier.
Span = tuple[time, time]


class Shift(StrEnum):
    UNKNOWN = ""
    DAY = "day"
    NIGHT = "night"
    ROTATING = "rotating"


@dataclass(frozen=True)
class Routine:
    """One day for somebody on a shift.

    We do not call them while they are `asleep`, and no message may ring while it is `quiet`, which covers
    their sleep and at least half an hour on either side. A repeated question waits for the `evening`.
    """

    asleep: Span
    quiet: Span
    evening: Span
    at_work: tuple[Span, ...] = ()


# Source of these figures: our own choice, by design review; hours that an adult has named take precedence.
# Factory day shifts start at 8:00, break from 12:00 to 13:00 and end at 18:00 or later. Quiet time from
# 21:30 leaves an evening for people who come home late; the evening ends at 21:00, before lights-out for
# boarders.
DAY_SHIFT = Routine(
    asleep=(time(22, 0), time(6, 30)),
    quiet=(time(21, 30), time(8, 0)),
    evening=(time(18, 30), time(21, 0)),
    at_work=((time(8, 0), time(12, 0)), (time(13, 0), time(18, 0))),
)
SHIFT_UNKNOWN = Routine(DAY_SHIFT.asleep, DAY_SHIFT.quiet, DAY_SHIFT.evening)
# Asleep until the afternoon, at work from 20:00 at the latest.
NIGHT_SHIFT = Routine(
    asleep=(time(8, 30), time(16, 0)),
    quiet=(time(20, 0), time(17, 0)),
    evening=(time(17, 0), time(20, 0)),
    at_work=((time(19, 30), time(8, 0)),),
)
# Rotating shifts whose days nobody knows: combine sleep and quiet time of both shifts, so that nobody is
# woken.
SOME_SHIFT = Routine(
    asleep=(time(22, 0), time(16, 0)), quiet=NIGHT_SHIFT.quiet, evening=NIGHT_SHIFT.evening
)


@dataclass(frozen=True)
class Hours:
    """One adult's time zone, shift, and own quiet hours if they named any.

    For rotating shifts, `shift_since` is the first day of a run of `turn_days` day shifts; the same number of
    night shifts follows, and so on in turn.
    """

    time_zone: str = CHINA
    shift: str = Shift.UNKNOWN
    quiet_from: time | None = None
    quiet_until: time | None = None
    shift_since: date | None = None
    turn_days: int = 7

    # Tells most objects apart, and stays quick for many thousands each evening.
    def __hash__(self) -> int:
        return hash((self.time_zone, self.shift, self.quiet_from))

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone; an unknown name counts as China's: better an hour off than never asked."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(CHINA)

    def routine(self, on: date) -> Routine:
        if self.shift == Shift.NIGHT:
            return NIGHT_SHIFT
        if self.shift == Shift.ROTATING:
            if self.shift_since is None:
                return SOME_SHIFT
            return NIGHT_SHIFT if self._has_night_shift(on, self.shift_since) else DAY_SHIFT
        return DAY_SHIFT if self.shift == Shift.DAY else SHIFT_UNKNOWN

    def _has_night_shift(self, on: date, since: date) -> bool:
        """The day after the last night shift counts too, because they sleep then."""
        day = (on - since).days
        return any(turn % 2 == 1 for turn in (day // self.turn_days, (day - 1) // self.turn_days))

    @property
    def own_quiet(self) -> Span | None:
        """Return the hours that the adult named, in which nobody calls or writes.

        Equal ends mean no quiet hours.
        """
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until

    def quiet(self, on: date) -> Span:
        return self.own_quiet or self.routine(on).quiet

    def asleep(self, on: date) -> Span:
        return self.own_quiet or self.routine(on).asleep

    def evening(self, on: date) -> Span:
        return self.routine(on).evening


@lru_cache(maxsize=1024)
def hours_of(*fields: Any) -> Hours:
    """Return one shared object for everyone with the same hours, as most adults of a school have."""
    return Hours(*fields)


def local_day(hours: Hours, at: datetime) -> date:
    return _day_in(hours.time_zone, at)


@lru_cache(maxsize=1024)
def _day_in(time_zone: str, at: datetime) -> date:
    return at.astimezone(Hours(time_zone).zone).date()


def first_instant(on: date, moment: time, hours: Hours) -> datetime:
    """Return the first instant, in UTC, at which the local clock shows `moment` on `on`.

    If the clock skips that time, return the corresponding instant after the gap (02:30 becomes 03:30); if it
    occurs twice, the first one (`fold=0`).
    """
    return datetime.combine(on, moment, hours.zone).astimezone(UTC)


# --- When to call -------------------------------------------------------------------------------


def is_asleep(hours: Hours, at: datetime) -> bool:
    """Return whether a call would most likely wake them, or falls into quiet hours that they named."""
    local = at.astimezone(hours.zone)
    return within(local.time(), *hours.asleep(local.date()))


def is_at_work(hours: Hours, at: datetime) -> bool:
    local = at.astimezone(hours.zone)
    return any(within(local.time(), *span) for span in hours.routine(local.date()).at_work)


def awake_from(hours: Hours, at: datetime) -> time | None:
    """Return until when they are probably asleep; None if they are awake, or if we would only be guessing."""
    on = local_day(hours, at)
    is_guess = hours.own_quiet is None and hours.routine(on) is SOME_SHIFT
    return hours.asleep(on)[1] if is_asleep(hours, at) and not is_guess else None


# --- When to write ------------------------------------------------------------------------------


def is_quiet(hours: Hours, at: datetime) -> bool:
    local = at.astimezone(hours.zone)
    return within(local.time(), *hours.quiet(local.date()))


def next_allowed(hours: Hours, at: datetime) -> datetime:
    """Return `at`, or the end of the quiet hours if it falls within them."""
    if not is_quiet(hours, at):
        return at
    local = at.astimezone(hours.zone)
    on = local.date()
    if local.time() >= hours.quiet(on)[1]:
        on += timedelta(days=1)
    return first_instant(on, hours.quiet(on)[1], hours)


def next_evening(hours: Hours, at: datetime) -> datetime:
    """Return the next instant from `at` on in the adult's free evening and outside their quiet hours."""
    local = at.astimezone(hours.zone)
    on = local.date()
    start, end = hours.evening(on)
    if within(local.time(), start, end) and not is_quiet(hours, at):
        return at
    if local.time() >= start:
        on += timedelta(days=1)
    return next_allowed(hours, first_instant(on, hours.evening(on)[0], hours))


def evening_after(hours: Hours, at: datetime, days: int) -> datetime:
    """Return the start of the adult's evening `days` local days after `at`, or the end of quiet hours if it
    falls within them.
    """
    day = local_day(hours, at) + timedelta(days=days)
    return next_allowed(hours, first_instant(day, hours.evening(day)[0], hours))


@lru_cache(maxsize=1024)  # most messages of a batch ask for the same
def next_good_hour(hours: Hours, planned_at: datetime, at: datetime) -> datetime:
    """Return when a question planned for `planned_at` that is still waiting at `at` may be sent.

    Soon after its planned time it may be sent at once, unless it is quiet. Later it waits for the adult's
    next evening, so that a fault in the evening does not make it ring at work the next noon. A question
    planned for another time of day (as the very first is) is sent as soon as it is not quiet.
    """
    if at <= planned_at + timedelta(minutes=GOOD_HOUR_SLACK_MINUTES) and not is_quiet(hours, at):
        return at
    is_for_evening = next(_evenings(hours, planned_at))[0] <= planned_at
    return max(at, next(_evenings(hours, at))[0]) if is_for_evening else next_allowed(hours, at)


def _evenings(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the adult's evenings that are not over at `at`: from when they may be asked, and when it is too
    late.

    If quiet hours cover the evening, it is the hour after them.
    """
    today = local_day(hours, at)
    for number in range(-1, 4):
        day = today + timedelta(days=number)
        start, end = (first_instant(day, moment, hours) for moment in hours.evening(day))
        start = next_allowed(hours, start)
        end = max(end, start + EVENING_LASTS_AT_LEAST)
        if at < end and not is_quiet(hours, max(start, at)):
            yield start, end


def evening_before(hours: Hours, at: datetime) -> datetime | None:
    """Return when to send a reminder on the day before `at`: in the evening, or in the last hour before quiet
    hours if they cover the rest of the day.

    None if that day has no such time.
    """
    on = local_day(hours, at) - timedelta(days=1)
    evening = first_instant(on, hours.evening(on)[0], hours)
    last_hour = first_instant(on, hours.quiet(on)[0], hours) - timedelta(hours=1)
    for moment in (evening, last_hour):
        allowed = allowed_before(hours, moment, at)
        if allowed and local_day(hours, allowed) == on:
            return allowed
    return None


def day_of(hours: Hours, at: datetime) -> datetime:
    """Return the first instant of the adult's day of `at`; until then, that day is still tomorrow."""
    return first_instant(local_day(hours, at), time.min, hours)


def allowed_before(hours: Hours, moment: datetime, end: datetime) -> datetime | None:
    """Return `moment`, or the end of the quiet hours if it falls within them; None if that is not before
    `end`.
    """
    allowed = next_allowed(hours, moment)
    # If a clock change skips the end of the quiet hours, it is still quiet.
    return None if allowed >= end or is_quiet(hours, allowed) else allowed
