"""When Jiaqiao may connect a call, and which key the parent presses. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

QUEUED_BEFORE_MINUTES = (
    2  # minutes before its start at which a call is queued, so that it rings on time
)
# Minutes after its start until which a call still rings; by then people have left or dialled.
RINGS_LATE_MINUTES = 5
# Minutes until two phones are rung, picked up and connected. We subtract them if another call
# follows on the same phone, which would otherwise be busy.
SET_UP_MINUTES = 2
SHORTEST_MINUTES = 3  # minutes of the booked time that must be left for us to ring at all
KEYS = (
    # excludes the keys that answer (1, 2, 3), repeat (0) or mean "you have the wrong number" (9)
    "45678"
)


def rings_until(starts_at: datetime) -> datetime:
    return starts_at + timedelta(minutes=RINGS_LATE_MINUTES)


def minutes_left(ends_at: datetime, at: datetime, *, is_followed: bool) -> int:
    """Return for how many minutes both may talk: what is left of the booked time.

    If the phone `is_followed` by another call, subtract the time until they are connected.
    """
    left = round((ends_at - at).total_seconds() / 60)
    return max(SHORTEST_MINUTES, left - SET_UP_MINUTES if is_followed else left)


def key_for(agreed: Sequence[str], number: int, *, is_home: bool) -> str:
    """Return a key that the family knows already, or one chosen by a random `number`.

    A call at home also shows its key to the carer, so there we never use a key that the parent agreed on
    with the school.
    """
    if is_home:
        free = [key for key in KEYS if key not in agreed] or list(KEYS)
        return free[number % len(free)]
    return next((key for key in agreed if key in KEYS and key), KEYS[number % len(KEYS)])


def minutes_talked(seconds: int) -> int:
    return max(1, round(seconds / 60))
