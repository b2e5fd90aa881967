"""The two-sided clock: when one side's word contradicts the other's, and when both say the same.

Pure: words of the last days in, decisions out. A contradiction blames nobody: a child may forget, a carer
may have been in the field, a parent may have tapped for last week. It asks the teacher to ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

DENIAL_COVERS_DAYS = 7  # days; "this week" of whoever says it, its own day included
DENIAL_ASKED_FOR_DAYS = 14  # days; what was said earlier nobody remembers when asked
# A parent and a child rarely name the same day ("yesterday", "at the weekend"): words this close
# together speak of one talk (our own choice; half a week keeps two weeks apart).
CONFIRMS_WITHIN_DAYS = 3


class Side(StrEnum):
    AWAY = "away"  # the parent
    HOME = "home"  # the child, the carer, the school that saw it, and the line that joined them


SIDES = {
    "parent": Side.AWAY,
    "carer": Side.HOME,
    "child": Side.HOME,
    "staff": Side.HOME,
    "line": Side.HOME,
}


class Talk(NamedTuple):
    """Somebody's word that a child and a parent talked."""

    pk: int
    adult_id: int
    on: date
    said_by: str


@dataclass(frozen=True)
class Denial:
    """Somebody's word that they did not in the week up to `on`; `adult_id` None: with nobody."""

    pk: int
    adult_id: int | None
    on: date
    said_by: str


@dataclass(frozen=True)
class Mismatch:
    """A denial and the parent's words that it contradicts, the latest first."""

    denial: Denial
    talks: tuple[Talk, ...]


def mismatches(denials: Iterable[Denial], talks: Sequence[Talk], on: date) -> list[Mismatch]:
    """Words of one child. A denial counts where a parent says otherwise of the same days and nobody
    at home does; of several about one parent the latest stands for all.
    """
    found: dict[int | None, Mismatch] = {}
    for denial in sorted(denials, key=lambda one: (one.on, one.pk)):
        against = contradicted(denial, talks, on)
        if against:
            found[denial.adult_id] = Mismatch(denial, against)
    return list(found.values())


def contradicted(denial: Denial, talks: Sequence[Talk], on: date) -> tuple[Talk, ...]:
    """The parent's words that this denial contradicts; none where home confirms, or it is old."""
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
    LINE = "line"  # the telephone joined them and counted the seconds


SURE = (Told.STAFF, Told.LINE)  # need nobody's confirmation
CONFIRMED = (Told.BOTH, *SURE)


def told_by(talk: Talk, talks: Iterable[Talk]) -> Told:
    """Whether the other side speaks of the same talk; `talks` are words about one child."""
    if talk.said_by in SURE:
        return Told(talk.said_by)
    mine = SIDES[talk.said_by]
    for other in talks:
        close = abs((other.on - talk.on).days) <= CONFIRMS_WITHIN_DAYS
        if other.adult_id == talk.adult_id and SIDES[other.said_by] is not mine and close:
            return Told.BOTH
    return Told.AWAY if mine is Side.AWAY else Told.HOME


def is_confirmed(talks: Sequence[Talk], first: date, last: date) -> bool:
    """Whether any of one child's talks from `first` to `last` is confirmed; `talks` include those with which
    the other side may confirm it.
    """
    tellers = {talk.said_by for talk in talks}
    # Nearly every child is told of by one side alone.
    if tellers.isdisjoint(SURE) and len({SIDES[teller] for teller in tellers}) < 2:
        return False
    return any(first <= talk.on <= last and told_by(talk, talks) in CONFIRMED for talk in talks)
