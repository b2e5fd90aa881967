"""Looks whether the log of who read which child's file is whole (accounts.access_chain), and says so."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts import access_chain
from accounts.access_chain import Anchor, Broken

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
    """The ends that were seen are kept in `path`, outside the database; not those of a school whose chain is
    broken.
    """
    anchors: dict[int, list[Anchor]] = defaultdict(list)
    for one in access_chain.kept_anchors(path):
        anchors[one.school_id].append(one)
    schools = sorted({*access_chain.schools(), *anchors})
    seen = access_chain.heads()
    found = [access_chain.first_broken(school, anchors.get(school, ())) for school in schools]
    bad = {one.school_id for one in found if one}
    broken = tuple(_sentence(one) for one in found if one)
    access_chain.keep_anchors(path, [one for one in seen if one.school_id not in bad])
    rows = sum(one.number for one in seen)
    return Look(rows, len(schools), access_chain.older_rows(), broken)


def _sentence(broken: Broken) -> str:
    words = WHY[broken.why].format(number=broken.number, row_id=broken.row_id)
    return f"School {broken.school_id}: {words}."
