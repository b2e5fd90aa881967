"""docs/classified-protection.md: each of the 71 points of level 3, and what shows it, is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.homeschool.test_security_table import text_of

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "classified-protection.md").read_text(encoding="utf-8")
# Points of each section of chapter 8.1.
COUNTS = {1: 10, 2: 3, 3: 6, 4: 11, 5: 4, 6: 4, 7: 5, 8: 4, 9: 10, 10: 14}
BY = {"program", "server", "bureau"}
STATES = {"met", "partly", "not met", "theirs"}


def sections() -> dict[int, list[list[str]]]:
    """Rows of each."""
    found = {}
    for part in PAGE.split("\n## 8.1.")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("| ")][1:]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        found[int(part.split()[0])] = rows
    return found


def points(cell: str) -> list[str]:
    """Several in a row, or one of whose letters the row is about."""
    return [re.split(r" [a-g][,:]", one)[0] for one in cell.split(" · ")]


def test_each_point_stands_there():
    found = {
        number: len({one for row in rows for one in points(row[0])})
        for number, rows in sections().items()
    }
    assert found == COUNTS
    assert sum(found.values()) == 71


def test_each_says_by_whom_and_how_far_and_what_shows_it():
    for row in (one for rows in sections().values() for one in rows):
        _point, by, state, shown, note = row
        assert by in BY, row
        assert state in STATES, row
        assert shown if state == "met" else shown or note or state == "theirs", row


@pytest.mark.parametrize(
    "named", sorted(set(re.findall(r"`([^`\s]+/?[^`\s]*\.\w+(?:::\w+)?)`", PAGE)))
)
def test_what_shows_it_is_there(named):
    path, _, test = named.partition("::")
    assert (ROOT / path).is_file()
    assert not test or re.search(rf"^ *def {re.escape(test)}\(", text_of(path), re.M)
