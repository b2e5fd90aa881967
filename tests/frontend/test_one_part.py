"""What every page shares is built once: no template draws it by hand beside its part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# Bits of markup that only the named parts may hold.
PARTS = {
    'class="nothing': ("components/nothing.html", "components/nothing_page.html"),
    # A call on the demo phone speaks by itself, as a call does.
    "<audio": ("delivery/demo_phone.html", "uploads/_player.html"),
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


OTHER_ERRORS = re.compile(
    r"invalid-feedback|is-invalid| aria-invalid=|\.errors %}<(?!div class=\"field-bad)"
    r"|{% for error in (?!field\.errors|form\.non_field)"
)
SUMMARY = "components/field_bad.html"
# The form as a whole, a key that travels along, a cell that is only read, faces that a part draws.
NOBODY_TYPES = {"form.non_field_errors", "form.key", "cell.bad"}
DRAWN_BY_A_PART = {"calls/family/mood.html", "pupil/call_mood.html", "delivery/_test_result.html"}


def test_an_error_at_a_field_is_drawn_by_its_tag() -> None:
    found = {name for name, text in templates().items() if OTHER_ERRORS.search(text)}
    assert found <= {SUMMARY}


def test_every_error_has_a_field_that_names_it() -> None:
    lonely = {
        (name, of)
        for name, text in templates().items()
        for of in re.findall(r"{% field_error ([\w.]+)", text)
        if not re.search(rf"{{% (?:invalid|described) {re.escape(of)}\b", text)
        and not name.startswith("bootstrap5/")
        and of not in NOBODY_TYPES
    }
    assert {name for name, _ in lonely} <= DRAWN_BY_A_PART


# A child's name as a link in the colour of links; in the middle of a sentence it is one.
NAME_AS_LINK = re.compile(
    r"""<a class="link[^>]*{% url '(?:staff|surveys):child'[^>]*>{{ [\w.]*name }}</a>"""
)
WITHIN_A_SENTENCE = {"visits/duties.html", "messaging/_coming.html"}


def test_a_row_names_its_child_in_bold_ink() -> None:
    found = {name for name, text in templates().items() if NAME_AS_LINK.search(text)}
    assert found <= WITHIN_A_SENTENCE


# A list cut short by hand, whose rest stands in a fold: components/first.html is the one way.
CUT_BY_HAND = re.compile(r"{% with \w+=[\w.]+\|slice:\"\d+:\" %}")
OTHERWISE = {
    "visits/list.html",  # trips and villages count on: their numbers go through the fold
}


def test_a_list_cut_short_is_drawn_by_the_part() -> None:
    found = {name for name, text in templates().items() if CUT_BY_HAND.search(text)}
    assert found <= OTHERWISE
