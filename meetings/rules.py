"""Slots of a meeting, and when its links and its door are open. Facts in, decisions out."""

from collections.abc import Collection
from datetime import datetime, timedelta

# Our own figures.
AHEAD_DAYS = 180  # days; a meeting is planned within a term
LONGEST_HOURS = 12  # hours; a home–school day
LINK_STANDS_DAYS = 30  # days after the meeting, enough to read its minutes
DOOR_OPENS_MINUTES = 30  # minutes before the meeting in which somebody may say "I am here"
DOOR_CLOSES_MINUTES = 30  # minutes after its end, for the queue at the door
SLOTS_AT_MOST = 60  # of one meeting: a day of talks of ten minutes
# Days before a meeting from which we ask the class teacher to call families whom no message reached, and
# hours that a message has to get through before that.
CALL_DAYS = 7
CALL_AFTER_HOURS = 24


def link_opens(ends_at: datetime, at: datetime) -> bool:
    return at < ends_at + timedelta(days=LINK_STANDS_DAYS)


def door_is_open(starts_at: datetime, ends_at: datetime, at: datetime) -> bool:
    opens = starts_at - timedelta(minutes=DOOR_OPENS_MINUTES)
    return opens <= at < ends_at + timedelta(minutes=DOOR_CLOSES_MINUTES)


def takes_answers(
    starts_at: datetime,
    ends_at: datetime,
    slot_minutes: int | None,
    slot_at: datetime | None,
    at: datetime,
) -> bool:
    """Return whether an adult may answer: until all begin together, their own talk begins or talks end."""
    if not slot_minutes:
        return at < starts_at
    return at < (slot_at or ends_at)


def slots(starts_at: datetime, ends_at: datetime, minutes: int) -> list[datetime]:
    """Return the beginnings of all whole slots; what is left at the end is not a slot."""
    step, found = timedelta(minutes=minutes), []
    while starts_at + step <= ends_at:
        found.append(starts_at)
        starts_at += step
    return found


def free_slots(
    starts_at: datetime, ends_at: datetime, minutes: int, taken: Collection[datetime], at: datetime
) -> list[datetime]:
    return [one for one in slots(starts_at, ends_at, minutes) if one not in taken and one > at]
