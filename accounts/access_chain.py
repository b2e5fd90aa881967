"""Whether the log of readers is whole: no row changed, none taken out, no tail cut off.

Each school's rows carry a number and a hash over themselves and the row before (accounts.models.CHAIN_SQL).
Somebody with the database's password can write all of that anew; therefore the ends of the chains that were
seen are kept as *anchors* outside the database.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accounts.models import AccessHead, AccessRecord

ROWS_AT_ONCE = 5000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Anchor:
    """The end of one school's chain as it was once seen; `hash` in hexadecimal."""

    school_id: int
    number: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """The first row of a school's chain that does not fit. `row_id` is None for a row that is gone."""

    school_id: int
    number: int
    row_id: int | None
    why: str  # "changed" | "gone" | "cut" | "anchor"


def hash_of(row: AccessRecord, before: bytes) -> bytes:
    """As the trigger makes it."""
    micros = (row.at - EPOCH) // timedelta(microseconds=1)
    parts = (
        row.pk,
        row.school_id,
        row.number,
        row.user_id,
        row.student_id,
        row.ip_address or "",
        micros,
        row.what,
    )
    return hashlib.sha256(before + "|".join(map(str, parts)).encode()).digest()


def heads() -> list[Anchor]:
    rows = AccessHead.objects.order_by("school_id")
    return [Anchor(row.school_id, row.number, bytes(row.hash).hex()) for row in rows]


def first_broken(school_id: int, anchors: Iterable[Anchor] = ()) -> Broken | None:
    """None where the chain is whole, and holds every anchor of this school.

    The site writes on meanwhile: the head is read before the rows, which must hold it; rows beyond it must be
    covered by the head that is there afterwards.
    """
    wanted = {one.number: one.hash for one in anchors if one.school_id == school_id}
    head = AccessHead.objects.filter(pk=school_id).first()
    number, before = 0, b""
    for row in _rows(school_id):
        if row.number != number + 1:
            return Broken(school_id, number + 1, None, "gone")
        number = row.number
        found = hash_of(row, before)
        if found != bytes(row.hash or b""):
            return Broken(school_id, number, row.pk, "changed")
        if wanted.pop(number, found.hex()) != found.hex():
            return Broken(school_id, number, row.pk, "anchor")
        if head and number == head.number and found != bytes(head.hash):
            return Broken(school_id, number, None, "changed")
        before = found
    return _end(school_id, number, head, wanted)


def _rows(school_id: int) -> Iterator[AccessRecord]:
    rows = AccessRecord.objects.filter(school_id=school_id, number__isnull=False)
    return rows.order_by("number").iterator(chunk_size=ROWS_AT_ONCE)


def _end(
    school_id: int, number: int, head: AccessHead | None, wanted: dict[int, str]
) -> Broken | None:
    """Whether the rows reach as far as the head that was read before them, and whoever looked before, say."""
    furthest = max([head.number if head else 0, *wanted])
    if furthest > number:
        return Broken(school_id, number + 1, None, "cut")
    if head and head.number == number:
        return None
    later = AccessHead.objects.filter(pk=school_id, number__gte=number).exists()
    return None if later else Broken(school_id, number, None, "changed")


def schools() -> list[int]:
    """Of which there is a chain, or an end of one."""
    found = set(AccessHead.objects.values_list("school_id", flat=True))
    chained = AccessRecord.objects.filter(number__isnull=False)
    return sorted(found | set(chained.values_list("school_id", flat=True).distinct()))


def older_rows() -> int:
    """Rows from before the chain began: nothing vouches for them."""
    return AccessRecord.objects.filter(number=None).count()


def kept_anchors(path: Path) -> list[Anchor]:
    if not path.exists():
        return []
    return [Anchor(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]


def keep_anchors(path: Path, found: Iterable[Anchor]) -> None:
    """Adds to what is kept; nothing that was seen is forgotten."""
    known = set(kept_anchors(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for anchor in found:
            if anchor not in known:
                file.write(json.dumps(asdict(anchor)) + "\n")
