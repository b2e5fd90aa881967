"""What of the county's counts may be seen: none that leads to a child. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from surveys.rules import SHOWN_FROM, groups_shown

# Days that part what waits in the shared queue: a day is what orange has (counselling.pool.rules).
WAIT_DAYS = (1, 3)
# Days that part open concerns by age: within the first a yellow one may still wait, beyond the second it
# has waited twice as long as it may (counselling.levels.rules).
AGE_DAYS = (7, 28)

Parts = list[int | None]


def by_span(spans: Iterable[timedelta], days: Sequence[int]) -> tuple[int, ...]:
    """How many are shorter than each of `days`, and how many are longer than all."""
    counts = [0] * (len(days) + 1)
    for span in spans:
        counts[sum(span >= timedelta(days=limit) for limit in days)] += 1
    return tuple(counts)


def total_shown(count: int) -> int | None:
    """None: too few to be shown, nought too."""
    return count if count >= SHOWN_FROM else None


def parts_shown(counts: Sequence[int]) -> Parts:
    """Of one whole, whose sum is shown beside them."""
    kept = groups_shown([(count,) for count in counts])
    return [count if is_kept else None for count, is_kept in zip(counts, kept, strict=True)]


def rows_shown(rows: Sequence[Sequence[int]]) -> list[tuple[int | None, Parts]]:
    """The sum and the parts of each row of a table, whose sums by column are known. Where a sum is left out
    so are its parts; where only parts are small the sum alone is shown.
    """
    sums = parts_shown([sum(row) for row in rows])
    never = [place for place, one in enumerate(sums) if one is None]
    kept = groups_shown(rows, never=never)
    return [
        (whole, list(row) if is_kept else [None] * len(row))
        for whole, row, is_kept in zip(sums, rows, kept, strict=True)
    ]
