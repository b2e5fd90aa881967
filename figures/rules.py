"""Which counts may be shown to a reader who may know no child: none that leads to one. Pure."""

from collections.abc import Sequence

from surveys.rules import SHOWN_FROM, groups_shown

Parts = list[int | None]


def total_shown(count: int) -> int | None:
    """Return None if the count is too small to show, which includes zero."""
    return count if count >= SHOWN_FROM else None


def parts_shown(counts: Sequence[int]) -> Parts:
    """Return the parts of one whole, whose sum stands beside them; None for a part that is too small."""
    kept = groups_shown([(count,) for count in counts])
    return [count if is_kept else None for count, is_kept in zip(counts, kept, strict=True)]
