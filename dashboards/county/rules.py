"""Which of the county's counts may be shown: none that leads to a child. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from figures.rules import Parts, parts_shown, total_shown
from surveys.rules import groups_shown

# Days that divide the shared queue by waiting time: an orange case may wait one day (counselling.pool.rules).
WAIT_DAYS = (1, 3)
# Days that divide open concerns by age: a yellow one may wait up to the first; after the second it has
# waited twice as long as it may (safeguarding.levels.rules).
AGE_DAYS = (7, 28)


def by_span(spans: Iterable[timedelta], days: Sequence[int]) -> tuple[int, ...]:
    """Count the spans that are shorter than each of `days`, and those that are longer than all."""
    counts = [0] * (len(days) + 1)
    for span in spans:
        counts[sum(span >= timedelta(days=limit) for limit in days)] += 1
    return tuple(counts)


def rows_shown(
    rows: Sequence[Sequence[int]], others: Sequence[int]
) -> list[tuple[int | None, Parts]]:
    """Return the sum and the parts of each row of a table whose column sums are known.

    `others`: for each row, how many of a known whole are in none of its parts; that number can be too small
    as well. A row whose sum is left out shows no parts; a row with only small parts shows its sum alone.
    """
    beside = list(zip(rows, others, strict=True))
    sums = groups_shown([(sum(row), rest) for row, rest in beside])
    never = [place for place, is_shown in enumerate(sums) if not is_shown]
    kept = groups_shown([(*row, rest) for row, rest in beside], never=never)
    return [
        (sum(row) if is_shown else None, list(row) if is_kept else [None] * len(row))
        for row, is_shown, is_kept in zip(rows, sums, kept, strict=True)
    ]


def whole_shown(parts: Sequence[int], others: int) -> tuple[int | None, Parts]:
    """Return the last row of that table."""
    whole = total_shown(sum(parts)) if total_shown(others) is not None else None
    return whole, [None] * len(parts) if whole is None else parts_shown(parts)
