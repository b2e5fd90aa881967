"""Check that the sealed logs are complete: no row was changed, written without the key, removed or cut off.

A quick check runs every few minutes (what came since the last anchor), a complete one once a day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts import anchors, chain
from accounts.anchors import Anchor, End
from accounts.chain import ChainedRow, ChainHead

ROWS_AT_ONCE = 5000
WHY = {
    "forged": "row {number} (id {row_id}) does not fit: it was changed or written without the key, or the "
    "row before it was",
    "gone": "row {number} is gone",
    "cut": "the end was cut off from row {number} on",
    "anchor": "row {number} (id {row_id}) is not the one that was seen before",
    "head": "the end that the database tells is not that of its rows, at row {number}",
    "stranger": "no log of ours is called so",
}


@dataclass(frozen=True)
class Broken:
    """The first row of a chain that does not match. `row_id` is None for a missing row."""

    chain: str
    number: int
    row_id: int | None
    why: str  # a key of WHY

    def __str__(self) -> str:
        return f"Log {self.chain}: {WHY[self.why].format(number=self.number, row_id=self.row_id)}."


@dataclass(frozen=True)
class Look:
    """The result of a complete check.

    `broken` has a sentence for each chain that does not match; `anchored_at` is None without an anchor.
    """

    rows: int
    chains: int
    anchored_at: datetime | None
    broken: tuple[str, ...]


def look() -> Look:
    """Check every row; write nothing. Raises anchors.AnchorTrouble, chain.NoAuditKey."""
    anchor = anchors.last()
    seen = ends()
    kept = anchor.ends if anchor else {}
    written: set[str] = set()  # chains that have rows, no matter what the heads say
    for kind in chain.kinds().values():
        rows_of_kind = kind._default_manager.order_by()
        written.update(rows_of_kind.values_list("chain", flat=True).distinct())
    names = sorted({*seen, *kept, *written})
    found = [first_broken(name, kept.get(name)) for name in names]
    rows = sum(end.number for end in seen.values())
    broken = tuple(str(one) for one in found if one)
    return Look(rows, len(names), anchor.at if anchor else None, broken)


def renew_anchor(at: datetime) -> list[str]:
    """Check what came since the last anchor and store the new ends; return what does not match.

    For a chain that does not match we keep the end that we saw before, so that nothing false is anchored.
    Raises anchors.AnchorTrouble, chain.NoAuditKey.
    """
    anchor = anchors.last()
    kept = dict(anchor.ends) if anchor else {}
    seen = ends()
    broken = [
        found
        for name in sorted({*seen, *kept})
        if (found := first_broken(name, kept.get(name), since_anchor=True))
    ]
    for one in broken:
        seen.pop(one.chain, None)
    if anchor is None or any(kept.get(name) != end for name, end in seen.items()):
        anchors.keep(Anchor(at, kept | seen))
    return [str(one) for one in broken]


def ends() -> dict[str, End]:
    rows = ChainHead.objects.order_by("chain")
    return {row.chain: End(row.number, bytes(row.seal).hex()) for row in rows}


def first_broken(
    name: str, anchor: End | None = None, *, since_anchor: bool = False
) -> Broken | None:
    """Return what is wrong with a chain; None if it is complete and contains the anchor.

    Rows arrive in the meantime: the head is read before the rows, which must reach it, and again afterwards,
    when it must cover any rows beyond the first head.
    """
    kind = chain.kind_of(name)
    if kind is None:
        return Broken(name, 0, None, "stranger")
    head = ChainHead.objects.filter(pk=name).first()
    number, before = 0, b""
    if since_anchor and anchor and anchor.number:
        if found := _anchor_broken(kind, name, anchor):
            return found
        number, before = anchor.number, bytes.fromhex(anchor.seal)
    for row in _rows(kind, name, number):
        if row.number != number + 1:
            return Broken(name, number + 1, None, "gone")
        number = row.number
        if why := _why_broken(row, before, head, anchor):
            return Broken(name, number, row.pk, why)
        before = bytes(row.seal)
    return _end_broken(End(number, before.hex()), name, head, anchor)


def _why_broken(
    row: ChainedRow, before: bytes, head: ChainHead | None, anchor: End | None
) -> str | None:
    seal = bytes(row.seal)
    if not chain.fits(row, before):
        return "forged"
    if anchor and anchor.number == row.number and anchor.seal != seal.hex():
        return "anchor"
    if head and head.number == row.number and bytes(head.seal) != seal:
        return "head"
    return None


def _anchor_broken(kind: type[ChainedRow], name: str, anchor: End) -> Broken | None:
    """Check only the first row and the last row of what came before the anchor."""
    rows = kind._default_manager.filter(chain=name)
    if not rows.filter(number=1).exists():
        return Broken(name, 1, None, "gone")
    row = rows.filter(number=anchor.number).first()
    if row is None:
        after = rows.order_by("-number").values_list("number", flat=True).first() or 0
        why = "cut" if after < anchor.number else "gone"
        return Broken(name, min(after + 1, anchor.number), None, why)
    if bytes(row.seal).hex() != anchor.seal:
        return Broken(name, row.number, row.pk, "anchor")
    return None


def _end_broken(found: End, name: str, head: ChainHead | None, anchor: End | None) -> Broken | None:
    """Check that the rows reach as far as the head that was read before them, and as far as the anchor."""
    number = found.number
    furthest = max(head.number if head else 0, anchor.number if anchor else 0)
    if furthest > number:
        return Broken(name, number + 1, None, "cut")
    if head and head.number == number:
        fits = bytes(head.seal).hex() == found.seal
    else:
        fits = ChainHead.objects.filter(pk=name, number__gte=number).exists()
    return None if fits else Broken(name, number, None, "head")


def _rows(kind: type[ChainedRow], name: str, after: int) -> Iterator[ChainedRow]:
    rows = kind._default_manager.filter(chain=name, number__gt=after)
    return rows.order_by("number").iterator(chunk_size=ROWS_AT_ONCE)
