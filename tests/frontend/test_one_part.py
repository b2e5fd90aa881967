"""What every page shares is built once: no template draws it by hand beside its part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# Bits of markup that only the named parts may hold.
PARTS = {
    'class="nothing': ("components/nothing.html", "components/nothing_page.html"),
    '<div class="wait"': ("family/_nothing_here.html",),
}
# After {% empty %}, or where a list is missing: words of a row's own, no section without content.
AFTER_EMPTY = re.compile(r"{% empty %}\s*<(?:p|div)[^>]*>[^<]*{% (?:block)?translate")
OF_A_ROW = {
    "family/child.html",  # asks to tell the teacher who cares at home
    "safeguarding/report.html",  # one office not told yet
    "surveys/_exact.html",  # what is true of questions never tested
    "transfers/paper.html",  # printed
    "counselling/levels.html",  # a warning
}


def templates() -> dict[str, str]:
    return {
        str(file.relative_to(TEMPLATES)): file.read_text(encoding="utf-8")
        for file in sorted(TEMPLATES.rglob("*.html"))
        if "styleguide" not in file.parts
    }


@pytest.mark.parametrize("markup", PARTS)
def test_only_the_part_draws_it(markup: str) -> None:
    holders = {name for name, text in templates().items() if markup in text}
    assert holders == set(PARTS[markup])


def test_a_list_without_rows_says_so_by_the_part() -> None:
    found = {name for name, text in templates().items() if AFTER_EMPTY.search(text)}
    assert found <= OF_A_ROW
