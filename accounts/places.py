"""IP addresses from which several people have signed in at a door, such as a school's computers.

Strangers who guess from anywhere share one count. A known place has a count of its own, so that nobody
outside can use it up. One person with one valid slip cannot make a place known.
"""

from datetime import datetime

from accounts import rate_limits

WITNESSES = 3  # different people who signed in from there
MINUTES = (
    60 * 24 * 60
)  # 60 days, longer than the summer holidays; the next arrivals make it known again
_PERSON = rate_limits.Limit("place person", most=1, minutes=MINUTES)
_PLACE = rate_limits.Limit("place", most=WITNESSES, minutes=MINUTES)


def is_known(door: str, network: str, at: datetime) -> bool:
    """Return whether the place is known: its count is full."""
    return rate_limits.free_at(_PLACE.of(door, network), at=at) is not None


def note_arrival(door: str, network: str, who: int, at: datetime) -> None:
    """Count `who`, each person once."""
    rate_limits.take(_PERSON.of(door, network, who), _PLACE.of(door, network), at=at)
