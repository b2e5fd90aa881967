"""What of the county's counts may be seen: none that leads to a child. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from surveys.rules import SHOWN_FROM, groups_shown

# Days that part what waits in the shared queue: a day is what orange has (counselling.pool.rules).
WAIT_DAYS = (1, 3)
# Days that part open concerns by age: within the first a yellow one may still wait, beyond the second it
# has waited twice as long as it may (safeguarding.levels.rules).
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


def rows_shown(
    rows: Sequence[Sequence[int]], others: Sequence[int]
) -> list[tuple[int | None, Parts]]:
    """The sum and the parts of each row of a table, whose sums by column are known. `others`: of each row who
    stands in no part of it, of a known whole, which is as small a number as any. Where a sum is left out so
    are its parts; where only parts are small the sum alone is shown.
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
    """The last row of that table."""
    whole = total_shown(sum(parts)) if total_shown(others) is not None else None
    return whole, [None] * len(parts) if whole is None else parts_shown(parts)
