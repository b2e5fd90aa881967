"""The first weeks of classes, or of schools, beside their last ones. Pure.

Each unit is compared with itself, and what is said of all comes with an interval from drawing whole units
anew: children of one class, and classes of one school, are alike, so drawing children would promise too much.
Nothing here says why something changed.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

BASELINE_WEEKS = 4  # of a unit's own, and as many now: a month. Our own figure.
FEWEST_UNITS = 8  # under so many, no interval would hold: counts only
DRAWS = 1000
OUTSIDE_PERCENT = 2.5  # of the draws, on either side: the interval holds 19 of 20


@dataclass(frozen=True)
class Unit:
    """Numerators and denominators of the first and of the last weeks."""

    before: tuple[float, float]
    now: tuple[float, float]

    @property
    def change(self) -> float:
        """Of the share; both denominators are more than nothing."""
        return self.now[0] / self.now[1] - self.before[0] / self.before[1]


@dataclass(frozen=True)
class Compared:
    """`interval`: of the difference, as parts of one; None where there are too few units."""

    units: int
    before: tuple[float, float]
    now: tuple[float, float]
    higher: int
    lower: int
    interval: tuple[float, float] | None

    @property
    def difference(self) -> float:
        return self.now[0] / self.now[1] - self.before[0] / self.before[1]


def periods(days: Sequence[date]) -> tuple[Sequence[date], Sequence[date]] | None:
    """The first and the last weeks of a unit, which do not overlap; None: it is too early."""
    if len(days) < 2 * BASELINE_WEEKS:
        return None
    ordered = sorted(days)
    return ordered[:BASELINE_WEEKS], ordered[-BASELINE_WEEKS:]


def compare(units: Sequence[Unit]) -> Compared | None:
    """All units together; None without any. The same units give the same interval."""
    known = [one for one in units if one.before[1] and one.now[1]]
    if not known:
        return None
    return Compared(
        units=len(known),
        before=_sum(one.before for one in known),
        now=_sum(one.now for one in known),
        higher=sum(one.change > 0 for one in known),
        lower=sum(one.change < 0 for one in known),
        interval=_interval(known) if len(known) >= FEWEST_UNITS else None,
    )


def _sum(pairs) -> tuple[float, float]:
    parts, wholes = zip(*pairs, strict=True)
    return sum(parts), sum(wholes)


def _interval(units: Sequence[Unit]) -> tuple[float, float]:
    chance = random.Random(len(units))  # noqa: S311  (no secret: the page must say the same twice)
    differences = []
    for _draw in range(DRAWS):
        drawn = chance.choices(units, k=len(units))
        (a, b), (c, d) = _sum(one.before for one in drawn), _sum(one.now for one in drawn)
        differences.append(c / d - a / b)
    differences.sort()
    outside = int(DRAWS * OUTSIDE_PERCENT / 100)
    return differences[outside], differences[-outside - 1]
