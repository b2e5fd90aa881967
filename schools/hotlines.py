"""Phone numbers for a child or a family who cannot wait; each school has its own list."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from schools.models import School

LINES_MAX = 6  # a child in distress cannot choose among more
# Digits in groups: 12356, 0935-512110, +86-10-12345678.
NUMBER = re.compile(r"\+?\d+(-\d+)*")
DIGITS = (3, 15)  # 110 is the shortest number; 15 digits are the most that exist (ITU-T E.164)
NAME_MAX = 12  # characters that fit on a button on a narrow phone
POLICE = "110"

# The names of the default hotlines are shown in the reader's language.
TRANSLATED = {
    "心理援助": _("Counselling"),
    "青少年热线": _("Youth line"),
    "报警": _("Police"),
}


def default_hotlines() -> list[dict[str, str]]:
    """Return the default list: 12356, psychological aid, national since May 2025 (National Health
    Commission); 12355, the Youth League's line; 110, police.
    """
    return [
        {"number": "12356", "name": "心理援助"},
        {"number": "12355", "name": "青少年热线"},
        {"number": "110", "name": "报警"},
    ]


@dataclass(frozen=True)
class Hotline:
    number: str
    label: str | Promise


class BadLine(ValueError):
    """A line that is not a hotline; `sentence` tells a person what is wrong with it."""

    def __init__(self, sentence: str | Promise, line: str):
        super().__init__(line)
        self.sentence, self.line = sentence, line


def of(school: School | None) -> list[Hotline]:
    """Return the school's list; if the school is not known yet, the default list."""
    stored = school.hotlines if school else default_hotlines()
    return [Hotline(one["number"], TRANSLATED.get(one["name"], one["name"])) for one in stored]


def police_first(school: School) -> list[Hotline]:
    """Return the numbers for a child whom somebody harms: the police first."""
    return sorted(of(school), key=lambda line: line.number != POLICE)


def as_text(stored: list[dict[str, str]]) -> str:
    return "\n".join(f"{one['number']} {one['name']}" for one in stored)


def parse(text: str) -> list[dict[str, str]]:
    """Return one hotline for each non-empty line; raises BadLine."""
    lines = unicodedata.normalize("NFKC", text).splitlines()
    found = []
    for line in filter(None, map(str.strip, lines)):
        number, _space, name = line.partition(" ")
        digits = sum(character.isdigit() for character in number)
        if not (NUMBER.fullmatch(number) and number.isascii() and DIGITS[0] <= digits <= DIGITS[1]):
            raise BadLine(
                _("does not begin with a phone number: use digits and hyphens only."), line
            )
        if not name.strip():
            raise BadLine(_("has no name. Write number, space, name."), line)
        if len(name.strip()) > NAME_MAX:
            raise BadLine(_("has a name that is too long for a button."), line)
        found.append({"number": number, "name": name.strip()})
    return found
