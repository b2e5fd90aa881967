"""Every icon that a template names is in the sprite, and none is carried for nothing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATES = "talked waiting asked_again nobody not_yet needs_help at_home unknown".split()


def _symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/dist/sprite.svg").read_text()))


def test_every_contact_state_has_a_drawing() -> None:
    assert {f"b-{state}" for state in STATES} <= _symbols()


def test_icons_named_in_templates_exist() -> None:
    named = set()
    for file in (ROOT / "templates").rglob("*.html"):
        named |= set(
            re.findall(
                r'(?:components/icon\.html" with (?:class="[^"]*" )?name=|{% icon |icon\()"([^"]+)"',
                file.read_text(),
            )
        )
    assert named, "no icon found: has the markup of icon.html changed?"
    assert {f"i-{name}" for name in named} <= _symbols()


def test_symbols_take_their_colour_from_the_page() -> None:
    sprite = (ROOT / "static/dist/sprite.svg").read_text()
    assert not re.findall(r'(?:fill|stroke)="#', sprite)
