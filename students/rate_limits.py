"""Limits on guessing at the pupils' door (accounts.rate_limits).

A correct attempt is not counted; all others are.

The first two pictures tell the children of a class apart (students.pictures), so mistakes count for one child
only and lock neither the class nor the door. A class that does not exist is counted like any other.
"""

from datetime import datetime

from accounts import places, rate_limits
from students.pictures import NAME_PICTURES

# There are 12⁴ codes with one beginning, and 60 attempts a day at most: trying all of them takes 345 days.
CHILD = rate_limits.Limit("pupil child", most=6, minutes=10)
CHILD_DAY = rate_limits.Limit("pupil child day", most=60, minutes=24 * 60)
# Enough for a class of 45 in which every child makes two mistakes within a morning, with some to spare.
# Guessing any one child of such a class takes 12⁶ / 45 attempts: three months without a break.
CLASS_HERE = rate_limits.Limit("pupil class here", most=120, minutes=4 * 60)
# For all addresses from which the class has not come before, together.
CLASS_ELSEWHERE = rate_limits.Limit("pupil class elsewhere", most=120, minutes=4 * 60)
# The same for all classes of the county: on its first morning, every school is unknown for a few attempts.
DOOR_ELSEWHERE = rate_limits.Limit("pupil door elsewhere", most=3000, minutes=4 * 60)


def buckets(
    door_code: str, picked: list[str], network: str, at: datetime
) -> tuple[rate_limits.Bucket, ...]:
    beginning = "-".join(picked[:NAME_PICTURES])
    child = CHILD.of(door_code, beginning), CHILD_DAY.of(door_code, beginning)
    if places.is_known(_door(door_code), network, at):
        return *child, CLASS_HERE.of(door_code, network)
    return *child, CLASS_ELSEWHERE.of(door_code), DOOR_ELSEWHERE.of()


def is_known_place(door_code: str, network: str, at: datetime) -> bool:
    return places.is_known(_door(door_code), network, at)


def note_arrival(door_code: str, network: str, student_id: int, at: datetime) -> None:
    places.note_arrival(_door(door_code), network, student_id, at)


def _door(door_code: str) -> str:
    return f"pupil {door_code}"
