"""When a call may join by itself, and which key the parent presses. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from guardians.hours import Hours, is_quiet

QUEUED_BEFORE_MINUTES = (
    2  # minutes before its time at which the call is written down, to ring on time
)
# Minutes after its time until which it still rings; whoever waits longer has gone, or has dialled.
RINGS_LATE_MINUTES = 5
# Minutes until two phones are rung, picked up and joined. We subtract them where another call follows on the
# same phone, which would ring a busy line otherwise.
SET_UP_MINUTES = 2
SHORTEST_MINUTES = 3  # minutes of the booked time that must be left to ring at all
KEYS = (
    "45678"  # none of them answers (1, 2, 3), repeats (0) or says "you have the wrong number" (9)
)


def may_ring(adult: Hours, starts_at: datetime) -> bool:
    """Not in hours in which this adult is not to be written to, whatever they have booked."""
    return not is_quiet(adult, starts_at)


def rings_until(starts_at: datetime) -> datetime:
    return starts_at + timedelta(minutes=RINGS_LATE_MINUTES)


def minutes_left(ends_at: datetime, at: datetime, *, is_followed: bool) -> int:
    """Return for how long both may talk: what is left of the booked time, less the time until they are joined
    where the phone `is_followed` by another call.
    """
    left = round((ends_at - at).total_seconds() / 60)
    return max(SHORTEST_MINUTES, left - SET_UP_MINUTES if is_followed else left)


def key_for(agreed: Sequence[str], number: int, *, is_home: bool) -> str:
    """Return the key that the family knows already, else one by a random `number`. A call at home shows its
    key to the carer, too: never the one on which the parent has agreed with the school.
    """
    if is_home:
        free = [key for key in KEYS if key not in agreed] or list(KEYS)
        return free[number % len(free)]
    return next((key for key in agreed if key in KEYS and key), KEYS[number % len(KEYS)])


def minutes_talked(seconds: int) -> int:
    return max(1, round(seconds / 60))
