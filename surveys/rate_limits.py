"""How often somebody may guess the number of a seat (accounts.rate_limits).

The six digits work for one lesson: with 45 open seats one guess in 22,000 is right.
"""

from datetime import datetime

from accounts import places, rate_limits

DOOR = "seat"
# Classes of 45 behind one address, each child mistyping twice.
HERE = rate_limits.Limit("seat here", most=120, minutes=60)
# All addresses together from which nobody has taken a seat before.
ELSEWHERE = rate_limits.Limit("seat elsewhere", most=300, minutes=60)


def bucket(network: str, at: datetime) -> rate_limits.Bucket:
    return HERE.of(network) if places.is_known(DOOR, network, at) else ELSEWHERE.of()


def note_arrival(network: str, seat_id: int, at: datetime) -> None:
    places.note_arrival(DOOR, network, seat_id, at)
