"""Looks whether the log of who read which child's file is whole (accounts.access_chain), and says so."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts import access_chain
from accounts.access_chain import Broken

WHY = {
    "changed": "row {number} (id {row_id}) does not fit: it, or the row before it, was changed",
    "gone": "row {number} is gone",
    "cut": "the end was cut off from row {number} on",
    "anchor": "row {number} (id {row_id}) is not the one that was seen before",
}
ANCHORS = settings.DATA_DIR / "media" / "access-log-anchors.jsonl"


@dataclass(frozen=True)
class Look:
    """`broken` holds a sentence for each school whose chain does not fit."""

    rows: int
    schools: int
    older: int
    broken: tuple[str, ...]


def look(path: Path = ANCHORS) -> Look:
    """The ends that were seen are kept in `path`, outside the database; not where something is broken."""
    anchors = access_chain.kept_anchors(path)
    schools = sorted({*access_chain.schools(), *(one.school_id for one in anchors)})
    seen = access_chain.heads()
    found = [access_chain.first_broken(school, anchors) for school in schools]
    broken = tuple(_sentence(one) for one in found if one)
    if not broken:
        access_chain.keep_anchors(path, seen)
    rows = sum(one.number for one in seen)
    return Look(rows, len(schools), access_chain.older_rows(), broken)


def _sentence(broken: Broken) -> str:
    words = WHY[broken.why].format(number=broken.number, row_id=broken.row_id)
    return f"School {broken.school_id}: {words}."
