"""The two-sided clock: when one side's statement contradicts the other's, and when both say the same.

Pure: recent statements in, decisions out. A contradiction blames nobody: a child may forget, a carer may have
been in the field, a parent may have meant last week. It only makes the teacher ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

DENIAL_COVERS_DAYS = 7  # days; "this week" for the person who says it, including that day
DENIAL_ASKED_FOR_DAYS = 14  # days; nobody remembers anything said earlier when asked
# A parent and a child rarely name the same day ("yesterday", "at the weekend"), so statements this close
# together are about one talk (our own choice; half a week keeps two weeks apart).
CONFIRMS_WITHIN_DAYS = 3


class Side(StrEnum):
    AWAY = "away"  # the parent
    # The child, the carer, the school if it saw the talk, and the line that connected them.
    HOME = "home"


SIDES = {
    "parent": Side.AWAY,
    "carer": Side.HOME,
    "child": Side.HOME,
    "staff": Side.HOME,
    "line": Side.HOME,
}


class Talk(NamedTuple):
    """Somebody's statement that a child and a parent talked."""

    pk: int
    adult_id: int
    on: date
    said_by: str


@dataclass(frozen=True)
class Denial:
    """Somebody's statement that they did not talk in the week up to `on`; `adult_id` None
    means with nobody.
    """

    pk: int
    adult_id: int | None
    on: date
    said_by: str


@dataclass(frozen=True)
class Mismatch:
    """A denial and the parent's statements that it contradicts, the latest first."""

    denial: Denial
    talks: tuple[Talk, ...]


def mismatches(denials: Iterable[Denial], talks: Sequence[Talk], on: date) -> list[Mismatch]:
    """Return the contradictions among statements about one child.

    A denial counts if a parent says otherwise about the same days and nobody at home does. If several concern
    one parent, only the latest is returned.
    """
    found: dict[int | None, Mismatch] = {}
    for denial in sorted(denials, key=lambda one: (one.on, one.pk)):
        against = contradicted(denial, talks, on)
        if against:
            found[denial.adult_id] = Mismatch(denial, against)
    return list(found.values())


def contradicted(denial: Denial, talks: Sequence[Talk], on: date) -> tuple[Talk, ...]:
    """Return the parent's statements that this denial contradicts; none if home confirms them, or if it is
    old.
    """
    if SIDES[denial.said_by] is not Side.HOME or not is_recent(denial.on, on):
        return ()
    same_days = [talk for talk in talks if covers(denial, talk)]
    if any(SIDES[talk.said_by] is Side.HOME for talk in same_days):
        return ()
    return tuple(sorted(same_days, key=lambda talk: (talk.on, talk.pk), reverse=True))


def is_recent(said_on: date, on: date) -> bool:
    return timedelta(0) <= on - said_on < timedelta(days=DENIAL_ASKED_FOR_DAYS)


def covers(denial: Denial, talk: Talk) -> bool:
    about = denial.adult_id is None or denial.adult_id == talk.adult_id
    return about and timedelta(0) <= denial.on - talk.on < timedelta(days=DENIAL_COVERS_DAYS)


class Told(StrEnum):
    """The source of a recorded talk."""

    BOTH = "both"
    AWAY = "away"
    HOME = "home"
    STAFF = "staff"  # the school saw it
    LINE = "line"  # the telephone connected them and counted the seconds


SURE = (Told.STAFF, Told.LINE)  # need no confirmation
CONFIRMED = (Told.BOTH, *SURE)


def told_by(talk: Talk, talks: Iterable[Talk]) -> Told:
    """Return who reports this talk: both sides if the other side reports the same talk.

    `talks` are statements about one child.
    """
    if talk.said_by in SURE:
        return Told(talk.said_by)
    mine = SIDES[talk.said_by]
    for other in talks:
        close = abs((other.on - talk.on).days) <= CONFIRMS_WITHIN_DAYS
        if other.adult_id == talk.adult_id and SIDES[other.said_by] is not mine and close:
            return Told.BOTH
    return Told.AWAY if mine is Side.AWAY else Told.HOME


def is_confirmed(talks: Sequence[Talk], first: date, last: date) -> bool:
    """Return whether any of one child's talks from `first` to `last` is confirmed.

    `talks` must include those with which the other side may confirm it.
    """
    tellers = {talk.said_by for talk in talks}
    # For nearly every child only one side has reported.
    if tellers.isdisjoint(SURE) and len({SIDES[teller] for teller in tellers}) < 2:
        return False
    return any(first <= talk.on <= last and told_by(talk, talks) in CONFIRMED for talk in talks)
