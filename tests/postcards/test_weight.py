"""How large the pages of postcards are on a slow connection, and whether old browsers can read their
files.
"""

import gzip
import re

import pytest

from tests.factories.cast import make_cast
from tests.factories.postcards import agree, send_card
from tests.frontend.test_stylesheets import DIST, TOO_NEW, nested_rules
from tests.postcards.test_family_pages import signed_in

PAGE_BYTES = (
    30_000  # everything except the voice, with an empty cache (experience.md: the family's pages)
)
PAGE_REQUESTS = 6
SCRIPT_BYTES = 1_500  # compressed bytes of record.js


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 6))


@pytest.mark.django_db
def test_a_postcard_opens_on_a_slow_line():
    cast = make_cast()
    agree(cast)
    card = send_card(cast)
    page = signed_in(cast.users["mother"]).get(f"/f/postcards/{card.pk}/").content
    files = re.findall(r'(?:href|src)="/static/([\w.-]+)"', page.decode())
    assert {"family.css", "postcards.css", "record.js"} <= set(files)
    assert 1 + len(files) <= PAGE_REQUESTS
    assert 'preload="none"' in page.decode()  # the voice is loaded when somebody plays it
    weight = packed(page) + sum(packed((DIST / name).read_bytes()) for name in files)
    assert weight <= PAGE_BYTES


def test_the_recorder_is_small_and_reads_in_es2019():
    script = (DIST / "record.js").read_bytes()
    assert packed(script) <= SCRIPT_BYTES
    assert not re.search(rb"\?\.\w|\?\?", script)


@pytest.mark.parametrize("feature", TOO_NEW)
def test_the_stylesheet_holds_in_old_browsers(feature):
    css = (DIST / "postcards.css").read_text()
    assert not TOO_NEW[feature].findall(re.sub(r'"[^"]*"', '""', css)), feature


def test_the_stylesheet_has_no_nested_rules_and_gaps_in_grids_only():
    css = (DIST / "postcards.css").read_text()
    assert nested_rules(css) == []
    with_gap = [rule for rule in re.findall(r"\{([^{}]*)\}", css) if re.search(r"gap:", rule)]
    assert with_gap
    assert all("grid-template-columns" in rule for rule in with_gap)
