"""The first weeks of classes, or of schools, compared with their last ones. Pure.

Each unit is compared with itself, and statements about all units come with an interval from resampling whole
units. Children of one class, and classes of one school, are alike, so resampling children would promise too
much. Nothing here says why something changed.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

BASELINE_WEEKS = 4  # of a unit's own, and as many at the end: a month. Our own figure.
FEWEST_UNITS = 8  # with fewer, no interval would be reliable: counts only
FEWEST_A_SIDE = (
    2  # in a week: when only one unit has begun, or waits, nothing follows for all the others
)
DRAWS = 1000
OUTSIDE_PERCENT = 2.5  # of the draws, on each side: the interval contains 19 of 20


Figure = Mapping[tuple[int, date], tuple[float, float]]  # unit, week → numerator, denominator


def total(figure: Figure, unit: int, days: Iterable[date]) -> tuple[float, float]:
    """Return the sums of one unit over these weeks; a week that is not on record adds nothing."""
    pairs = [figure.get((unit, day), (0, 0)) for day in days]
    return sum(part for part, _whole in pairs), sum(whole for _part, whole in pairs)


@dataclass(frozen=True)
class Unit:
    """Numerators and denominators of the first and of the last weeks."""

    before: tuple[float, float]
    now: tuple[float, float]

    @property
    def change(self) -> float:
        """Return the change of the share; both denominators are above zero."""
        return _change(self.before, self.now)


def units_of(
    figure: Figure, spans: Mapping[int, tuple[Sequence[date], Sequence[date]]]
) -> list[Unit]:
    """Return each unit with its sums over its first and its last weeks."""
    return [
        Unit(total(figure, one, before), total(figure, one, now))
        for one, (before, now) in spans.items()
    ]


@dataclass(frozen=True)
class Compared:
    """`interval`: of the difference, as fractions of one; None if there are too few units."""

    units: int
    before: tuple[float, float]
    now: tuple[float, float]
    higher: int
    lower: int
    interval: tuple[float, float] | None

    @property
    def difference(self) -> float:
        return _change(self.before, self.now)


def periods(days: Sequence[date]) -> tuple[Sequence[date], Sequence[date]] | None:
    """Return the first and the last weeks of a unit, which do not overlap; None if it is too early."""
    if len(days) < 2 * BASELINE_WEEKS:
        return None
    ordered = sorted(days)
    return ordered[:BASELINE_WEEKS], ordered[-BASELINE_WEEKS:]


def compare(units: Sequence[Unit], *, is_drawn: bool = True) -> Compared | None:
    """Compare all units together; None without any.

    The same units give the same interval; `is_drawn` says whether to compute one.
    """
    known = [one for one in units if one.before[1] and one.now[1]]
    if not known:
        return None

    def change_of_all(drawn: Sequence[Unit]) -> float:
        return _change(_sum(one.before for one in drawn), _sum(one.now for one in drawn))

    is_drawn = is_drawn and len(known) >= FEWEST_UNITS
    return Compared(
        units=len(known),
        before=_sum(one.before for one in known),
        now=_sum(one.now for one in known),
        higher=sum(one.change > 0 for one in known),
        lower=sum(one.change < 0 for one in known),
        interval=_interval(known, change_of_all) if is_drawn else None,
    )


def _sum(pairs) -> tuple[float, float]:
    parts, wholes = zip(*pairs, strict=True)
    return sum(parts), sum(wholes)


def _change(before: tuple[float, float], now: tuple[float, float]) -> float:
    return now[0] / now[1] - before[0] / before[1]


def _interval(
    units: Sequence[Any], change: Callable[[Sequence[Any]], float | None]
) -> tuple[float, float]:
    """Return the interval of the change, without the outermost values on each side.

    Each sample has as many whole units as there are, some of them several times; a sample without a change
    is left out.
    """
    chance = random.Random(len(units))  # noqa: S311  (no secret: the page must say the same twice)
    samples = (chance.choices(units, k=len(units)) for _draw in range(DRAWS))
    found = sorted(one for one in map(change, samples) if one is not None)
    outside = int(len(found) * OUTSIDE_PERCENT / 100)
    return found[outside], found[-outside - 1]


@dataclass(frozen=True)
class Stepped:
    """A unit of a roll-out: its share before anybody began, and in each later week with both sides.

    In these later weeks some units had begun and others had not; `begun` are those in which this unit had
    begun.
    """

    baseline: tuple[float, float]
    weeks: Mapping[date, tuple[float, float]]
    begun: frozenset[date]

    def away_from_baseline(self, day: date) -> float:
        return _change(self.baseline, self.weeks[day])


@dataclass(frozen=True)
class SideBySide:
    """Units that had begun compared with units that had not, in the same weeks.

    `difference`: how much further the first group was from its own baseline. `begun`, `waiting`: how many
    units of that kind there were, and how many of them were above their baseline. A unit may be in both, in
    different weeks.
    """

    units: int
    weeks: Sequence[date]
    difference: float | None
    interval: tuple[float, float] | None
    begun: tuple[int, int]
    waiting: tuple[int, int]


def side_by_side(units: Sequence[Stepped]) -> SideBySide | None:
    """Compare both sides; None if no week has both. The same units give the same interval."""
    days = sorted({day for one in units for day in one.weeks})
    on_both = {day: sides(units, day) for day in days}
    both = [day for day in days if min(map(len, on_both[day])) >= FEWEST_A_SIDE]
    known = [one for one in units if not one.weeks.keys().isdisjoint(both)]
    if not both:
        return None
    is_enough = len(known) >= FEWEST_UNITS
    return SideBySide(
        units=len(known),
        weeks=both,
        difference=_apart(known, both) if is_enough else None,
        interval=_interval(known, lambda drawn: _apart(drawn, both)) if is_enough else None,
        begun=_above(known, both, has_begun=True),
        waiting=_above(known, both, has_begun=False),
    )


def sides(units: Sequence[Stepped], day: date) -> tuple[list[Stepped], list[Stepped]]:
    there = [one for one in units if day in one.weeks]
    return [one for one in there if day in one.begun], [
        one for one in there if day not in one.begun
    ]


def _apart(units: Sequence[Stepped], days: Sequence[date]) -> float | None:
    """Return the mean over the weeks that have both sides; within a side, every child counts the same."""
    found = []
    for day in days:
        begun, waiting = sides(units, day)
        if begun and waiting:
            found.append(_mean(begun, day) - _mean(waiting, day))
    return sum(found) / len(found) if found else None


def _mean(units: Sequence[Stepped], day: date) -> float:
    children = sum(one.weeks[day][1] for one in units)
    return sum(one.away_from_baseline(day) * one.weeks[day][1] for one in units) / children


def _above(units: Sequence[Stepped], days: Sequence[date], *, has_begun: bool) -> tuple[int, int]:
    counted = above = 0
    for one in units:
        mine = [day for day in days if day in one.weeks and (day in one.begun) == has_begun]
        if mine:
            counted += 1
            above += sum(map(one.away_from_baseline, mine)) > 0
    return counted, above
