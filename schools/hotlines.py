"""Numbers for a child or a family who cannot wait; each school keeps its own list."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from schools.models import School

LINES_MAX = 6  # more than a child in distress can choose among
# Digits in groups: 12356, 0935-512110, +86-10-12345678.
NUMBER = re.compile(r"\+?\d+(-\d+)*")
DIGITS = (3, 15)  # 110 is the shortest; 15 is the longest number there is (ITU-T E.164)
NAME_MAX = 12  # characters that fit into a button on a narrow phone
POLICE = "110"

# Names that every school begins with are shown in the reader's language.
TRANSLATED = {
    "心理援助": _("Counselling"),
    "青少年热线": _("Youth line"),
    "报警": _("Police"),
}


def default_hotlines() -> list[dict[str, str]]:
    """12356: psychological aid, national since May 2025 (National Health Commission); 12355: the
    Youth League's line; 110: police.
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
    """A line that is no hotline; `sentence` says to a person what is wrong with it."""

    def __init__(self, sentence: str | Promise, line: str):
        super().__init__(line)
        self.sentence, self.line = sentence, line


def of(school: School | None) -> list[Hotline]:
    """The school's list; where nobody knows the school yet, the one every school begins with."""
    stored = school.hotlines if school else default_hotlines()
    return [Hotline(one["number"], TRANSLATED.get(one["name"], one["name"])) for one in stored]


def police_first(school: School) -> list[Hotline]:
    """Numbers for a child whom somebody harms: the police first."""
    return sorted(of(school), key=lambda line: line.number != POLICE)


def as_text(stored: list[dict[str, str]]) -> str:
    return "\n".join(f"{one['number']} {one['name']}" for one in stored)


def parse(text: str) -> list[dict[str, str]]:
    """One hotline for each line that is not empty; raises BadLine."""
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
            raise BadLine(_("has a name too long for a button."), line)
        found.append({"number": number, "name": name.strip()})
    return found
