"""Decide which dates are possible in a child's file, and merge two people's edits of one field. Pure."""

from datetime import date
from enum import StrEnum
from typing import Any

# Ages of pupils at a nine-year school, including its kindergarten and late starters: anything else is a
# typing error. The roster import uses the same limits.
YOUNGEST_YEARS, OLDEST_YEARS = 2, 22
AHEAD_DAYS = 92  # days: a move may be recorded during the holidays before it happens


class DayProblem(StrEnum):
    TO_COME = "to_come"
    TOO_FAR_AHEAD = "too_far_ahead"
    BEFORE_BIRTH = "before_birth"
    LONG_AGO = "long_ago"
    NO_PUPIL = "no_pupil"


def birth_problem(born_on: date, on: date) -> DayProblem | None:
    """Return why nobody at a school can have been born that day; None if somebody can."""
    if born_on > on:
        return DayProblem.TO_COME
    if not _years_before(on, OLDEST_YEARS) <= born_on <= _years_before(on, YOUNGEST_YEARS):
        return DayProblem.NO_PUPIL
    return None


def day_problem(
    day: date, on: date, *, born_on: date | None = None, ahead_days: int = 0
) -> DayProblem | None:
    """Return why this date is impossible in the life of a pupil; up to `ahead_days` it may be in
    the future.
    """
    if (day - on).days > ahead_days:
        return DayProblem.TOO_FAR_AHEAD if ahead_days else DayProblem.TO_COME
    if born_on is not None and day < born_on:
        return DayProblem.BEFORE_BIRTH
    if day < _years_before(on, OLDEST_YEARS):
        return DayProblem.LONG_AGO
    return None


def _years_before(on: date, years: int) -> date:
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return on.replace(year=on.year - years, day=day)


class Verdict(StrEnum):
    MINE = "mine"
    THEIRS = "theirs"
    ASK = "ask"


def merged(*, base: Any, theirs: Any, mine: Any) -> Verdict:
    """Decide which value to save when two people began with `base`.

    A person has to choose only if both changed it, and to different values.
    """
    if theirs == base or mine == theirs:
        return Verdict.MINE
    return Verdict.THEIRS if mine == base else Verdict.ASK
