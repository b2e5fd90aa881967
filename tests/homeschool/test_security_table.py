"""docs/security.md says nothing that is not there: each file and test that it names exists, each
requirement of OWASP ASVS 5.0.0 of levels 1 and 2 has one row, and nothing is met without something that
shows it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
STATES = {"met", "partly", "not met", "does not apply"}
# Of each section how many requirements there are, and which are of level 3.
SECTIONS = """
1.1:2 1.2:10/10 1.3:12/12 1.4:3 1.5:3/3 2.1:3 2.2:3 2.3:5/5 2.4:2/2 3.1:1/1 3.2:3/3 3.3:5/5 3.4:8/7,8
3.5:8/6,7,8 3.6:1/1 3.7:5/3,4,5 4.1:5/4,5 4.2:5/2,3,4,5 4.3:2 4.4:4 5.1:1 5.2:6/4,5,6 5.3:3/3 5.4:3
6.1:3 6.2:12 6.3:8/5,6,7,8 6.4:6/5,6 6.5:8/6,7,8 6.6:4/4 6.7:2/1,2 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:3/3
7.6:2 8.1:4/3,4 8.2:4/4 8.3:3/2,3 8.4:2/2 9.1:3 9.2:4 10.1:2 10.2:3/3 10.3:5/5 10.4:16/12,13,14,15,16
10.5:5 10.6:2 10.7:3 11.1:4/3,4 11.2:5/4,5 11.3:5/4,5 11.4:4 11.5:2/2 11.6:2/2 11.7:2/1,2 12.1:5/4,5
12.2:2 12.3:5/5 13.1:4/2,3,4 13.2:6/6 13.3:4/3,4 13.4:7/6,7 14.1:2 14.2:8/5,6,7,8 14.3:3 15.1:5/4,5
15.2:5/4,5 15.3:7 15.4:4/1,2,3,4 16.1:1 16.2:5 16.3:4 16.4:3 16.5:4/4 17.1:2/2 17.2:8/5,6,7,8 17.3:2
""".split()


@dataclass(frozen=True)
class Row:
    ids: tuple[str, ...]
    state: str
    shown_by: tuple[str, ...]
    missing: str
    is_marked: bool  # as one of level 3


def rows() -> Iterator[Row]:
    for line in PAGE.splitlines():
        if not line.startswith("| V"):
            continue
        first, _words, state, shown, missing = (cell.strip() for cell in line.strip("|").split("|"))
        named = tuple(re.findall(r"`([^`]+)`", shown))
        yield Row(tuple(_ids(first)), state, named, missing, "³" in first)


def _ids(cell: str) -> Iterator[str]:
    """V10.3.1–5 is five of them."""
    for section, start, end in re.findall(r"V(\d+\.\d+)\.(\d+)(?:–(\d+))?", cell):
        yield from (f"{section}.{one}" for one in range(int(start), int(end or start) + 1))


def by_level() -> tuple[set[str], set[str]]:
    """Of levels 1 and 2, and of level 3."""
    lower, third = set(), set()
    for one in SECTIONS:
        section, _, counted = one.partition(":")
        count, _, high = counted.partition("/")
        third |= {f"{section}.{number}" for number in high.split(",") if number}
        lower |= {f"{section}.{number}" for number in range(1, int(count) + 1)}
    return lower - third, third


ROWS = list(rows())


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_each_requirement_has_one_row():
    counted = Counter(one for row in ROWS for one in row.ids)
    lower, third = by_level()
    assert (len(lower), len(third)) == (253, 92)
    assert {one for one in lower if counted[one] != 1} == set()
    assert {one for one, times in counted.items() if times != 1} == set()
    assert set(counted) <= lower | third
    marked = {one for row in ROWS if row.is_marked for one in row.ids}
    alone = {row.ids[0] for row in ROWS if len(row.ids) == 1}
    assert marked == alone & third


def test_each_has_one_of_four_states_and_says_what_is_missing():
    assert {row.state for row in ROWS} == STATES
    assert [row.ids for row in ROWS if row.state == "met" and not row.shown_by] == []
    assert [row.ids for row in ROWS if row.state == "partly" and not row.shown_by] == []
    assert [
        row.ids for row in ROWS if row.state in ("not met", "does not apply") and not row.missing
    ] == []


NAMED = sorted({one for row in ROWS for one in row.shown_by})


@pytest.mark.parametrize("named", NAMED)
def test_what_shows_it_is_there(named):
    path, _, test = named.partition("::")
    assert (ROOT / path).is_file()
    assert not test or re.search(rf"^ *def {re.escape(test)}\(", text_of(path), re.M)


def test_every_other_file_that_the_page_names_is_there():
    paths = re.findall(r"`([\w./-]+\.\w+)`|\]\(([^)#]+)\)", PAGE)
    files = {one or f"docs/{other}" for one, other in paths}
    assert {one for one in files if "/" in one and not (ROOT / one).is_file()} == set()


def test_the_list_at_the_end_is_the_table_s():
    listed = PAGE[PAGE.index("## Not met, in order of harm") : PAGE.index("Of what is met in part")]
    missing = {one for row in ROWS if row.state == "not met" for one in row.ids}
    assert set(_ids(listed)) == missing
