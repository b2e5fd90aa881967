"""Comparing groups, from answers or from the figures that a paper prints. Pure.

SciPy does the tests. It has no F test for printed means and spreads, and no limits for an effect, so these
are computed here. It is large and few pages need it, so it is loaded for the first comparison. Limits of an
effect: the noncentral distribution whose tail beyond what was found is 2.5 % (Steiger 2004, Psychol Methods
9:164); 95 % throughout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, stdev

CONFIDENCE = 0.95
HEDGES_G, ETA_SQUARED, CRAMERS_V = "hedges_g", "eta_squared", "cramers_v"
WELCH, POOLED = "welch", "pooled"
# Limits from which a difference is called small, medium or large. Source: Cohen 1988, Statistical Power
# Analysis; for Cramér's V those of a table whose shorter side has two cells.
SIZES = {
    HEDGES_G: (0.2, 0.5, 0.8),
    ETA_SQUARED: (0.01, 0.06, 0.14),
    CRAMERS_V: (0.1, 0.3, 0.5),
}
HARDLY, SMALL, MIDDLING, LARGE = "hardly", "small", "middling", "large"


class CannotCompare(ValueError):
    """There are fewer than two groups, a group has too few people, or groups have no spread within them."""


@dataclass(frozen=True)
class Group:
    """`sd` is that of a sample (n − 1)."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True)
class Effect:
    """How large a difference is, whatever the number of people; 95 % limits from `low` to `high`."""

    kind: str
    value: float
    low: float
    high: float

    @property
    def size(self) -> str:
        small, middling, large = SIZES[self.kind]
        found = abs(self.value)
        if found < small:
            return HARDLY
        return SMALL if found < middling else MIDDLING if found < large else LARGE


@dataclass(frozen=True)
class TwoMeans:
    """A comparison of two means: first minus second. `test` is "welch" (spreads may differ) or "pooled"."""

    groups: tuple[Group, Group]
    test: str
    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float
    effect: Effect

    @property
    def f(self) -> float:
        """F as an analysis of variance prints it: for two groups it is t²."""
        return self.t**2


@dataclass(frozen=True)
class ManyMeans:
    """A comparison of several means. `df_within` of Welch's test need not be a whole number."""

    groups: tuple[Group, ...]
    test: str
    f: float
    df_between: int
    df_within: float
    p: float
    effect: Effect


@dataclass(frozen=True)
class Shares:
    """A table of counts: one row for each group."""

    counts: tuple[tuple[int, ...], ...]
    chi_squared: float
    df: int
    p: float
    effect: Effect


def group(values: Sequence[float]) -> Group:
    """Return the figures of a group. Raises CannotCompare for fewer than two values."""
    if len(values) < 2:
        raise CannotCompare("too few values")
    return Group(len(values), fmean(values), stdev(values))


def two_means(first: Group, second: Group, test: str = WELCH) -> TwoMeans:
    """Compare two means with Student's t test, or Welch's if the spreads need not be the same.

    The effect is Hedges' g: the difference in pooled standard deviations, corrected for small samples (Hedges
    & Olkin 1985, Statistical Methods for Meta-Analysis, p. 81).
    """
    from scipy import special, stats

    pooled = _pooled((first, second))
    whole_df, unit = first.n + second.n - 2, sqrt(1 / first.n + 1 / second.n)
    if test == POOLED:
        error, df = pooled * unit, float(whole_df)
    else:
        parts = first.sd**2 / first.n, second.sd**2 / second.n
        error = sqrt(sum(parts))
        df = sum(parts) ** 2 / (parts[0] ** 2 / (first.n - 1) + parts[1] ** 2 / (second.n - 1))
    difference = first.mean - second.mean
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * error
    t, p = stats.ttest_ind_from_stats(
        *(first.mean, first.sd, first.n),
        *(second.mean, second.sd, second.n),
        equal_var=test == POOLED,
    )
    pooled_t = difference / (pooled * unit)
    limits = _limits(lambda nc: float(special.nctdtr(whole_df, nc, pooled_t)), pooled_t, -inf)
    to_g = unit * (1 - 3 / (4 * whole_df - 1))
    return TwoMeans(
        groups=(first, second),
        test=test,
        difference=difference,
        low=difference - margin,
        high=difference + margin,
        t=float(t),
        df=df,
        p=float(p),
        effect=Effect(HEDGES_G, *(one * to_g for one in (pooled_t, *limits))),
    )


def _pooled(groups: Sequence[Group]) -> float:
    """Return the standard deviation within the groups. Raises CannotCompare if no group has any spread."""
    if len(groups) < 2 or any(one.n < 2 for one in groups):
        raise CannotCompare("too few")
    inside = sum((one.n - 1) * one.sd**2 for one in groups)
    if not inside:
        raise CannotCompare("no spread")
    return sqrt(inside / sum(one.n - 1 for one in groups))


def many_means(groups: Sequence[Group], test: str = WELCH) -> ManyMeans:
    """Do a one-way analysis of variance of two or more groups.

    Welch's does not need equal spreads (Welch 1951, Biometrika 38:330). The effect is η², the share of all
    spread that lies between the groups. Raises CannotCompare for Welch's test with a group of no spread.
    """
    from scipy import special, stats

    pooled = _pooled(groups)
    whole = sum(one.n for one in groups)
    grand = sum(one.n * one.mean for one in groups) / whole
    between = sum(one.n * (one.mean - grand) ** 2 for one in groups)
    df_between, df_within = len(groups) - 1, whole - len(groups)
    f = between / df_between / pooled**2
    limits = _limits(
        lambda nc: float(special.ncfdtr(df_between, df_within, nc, f)), df_between * f, 0
    )
    low, high = (nc / (nc + whole) for nc in limits)
    share = between / (between + pooled**2 * df_within)
    shown_f, shown_df = (f, float(df_within)) if test == POOLED else _welch(groups)
    return ManyMeans(
        groups=tuple(groups),
        test=test,
        f=shown_f,
        df_between=df_between,
        df_within=shown_df,
        p=float(stats.f.sf(shown_f, df_between, shown_df)),
        # If groups are more alike than chance would make them, the limits would lie below the value found.
        effect=Effect(ETA_SQUARED, share, low, max(high, share)),
    )


def _welch(groups: Sequence[Group]) -> tuple[float, float]:
    """Return Welch's F and its second degrees of freedom."""
    if not all(one.sd for one in groups):
        raise CannotCompare("no spread")
    weights = [one.n / one.sd**2 for one in groups]
    whole, count = sum(weights), len(groups)
    grand = sum(weight * one.mean for weight, one in zip(weights, groups, strict=True)) / whole
    between = sum(
        weight * (one.mean - grand) ** 2 for weight, one in zip(weights, groups, strict=True)
    ) / (count - 1)
    unequal = sum(
        (1 - weight / whole) ** 2 / (one.n - 1) for weight, one in zip(weights, groups, strict=True)
    )
    f = between / (1 + 2 * (count - 2) / (count**2 - 1) * unequal)
    return f, (count**2 - 1) / (3 * unequal)


def shares(counts: Sequence[Sequence[int]]) -> Shares:
    """Return Pearson's χ² without Yates' correction; empty columns are left out. The effect is Cramér's V.

    Raises CannotCompare for fewer than two rows or columns, or an empty row.
    """
    from scipy import special, stats

    filled = [column for column in zip(*counts, strict=True) if sum(column)]
    table = tuple(zip(*filled, strict=True))
    if len(table) < 2 or len(filled) < 2 or not all(sum(row) for row in table):
        raise CannotCompare("too few")
    test = stats.chi2_contingency(table, correction=False)
    chi_squared, df = float(test.statistic), int(test.dof)
    most = sum(map(sum, table)) * (min(len(table), len(filled)) - 1)
    limits = _limits(lambda nc: float(special.chndtr(chi_squared, df, nc)), chi_squared, 0)
    low, high = (min(sqrt(nc / most), 1.0) for nc in limits)
    found = sqrt(chi_squared / most)
    return Shares(
        counts=table,
        chi_squared=chi_squared,
        df=df,
        p=float(test.pvalue),
        effect=Effect(CRAMERS_V, found, low, max(high, found)),
    )


def _limits(below: Callable[[float], float], near: float, floor: float) -> tuple[float, float]:
    """Return the noncentralities that put what was found at either end of the middle 95 %.

    `below(nc)` is the probability of less than was found, and falls with nc; the search begins at `near` and
    goes no lower than `floor`.
    """
    tail = (1 - CONFIDENCE) / 2
    return _solved(below, 1 - tail, near, floor), _solved(below, tail, near, floor)


def _solved(below: Callable[[float], float], wanted: float, near: float, floor: float) -> float:
    from scipy.optimize import brentq

    width, high = 2.0, near + 2.0
    while below(high) > wanted:
        width *= 2
        high = near + width
    width, low = 2.0, max(near - 2.0, floor)
    while below(low) < wanted:
        if low == floor:  # even no difference at all lies inside
            return floor
        width *= 2
        low = max(near - width, floor)
    try:
        return float(brentq(lambda nc: below(nc) - wanted, low, high))
    except ValueError as error:  # so far out that the distribution cannot be computed
        raise CannotCompare("out of reach") from error
