"""The files of a pack and what may be wrong with them, for lessons for families and for classes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FENCE = "+++"
# Text is plain sentences: anything a browser or a renderer would act on is refused, not cleaned.
MARKUP = ("<", "](", "`", "**", "javascript:", "&#")


class Trouble(StrEnum):
    MISSING = "is missing"
    NOT_UTF8 = "is not UTF-8"
    NOT_TOML = "is not TOML"
    NO_HEAD = "has no head between two lines +++"
    FIELD = "lacks this field, or has it in the wrong format"
    TOO_LONG = "is too long"
    MARKUP = "contains HTML, a link or a script"
    NOT_THREE = "needs three numbered sentences before the heading"
    NO_WORDS = "needs one heading, and paragraphs after it"
    NOT_FOUR = "needs four parts: steps, cases, what is never done, the hand-out"
    MINUTES = "has steps whose minutes are not those of the lesson"
    NOT_SVG = "is not an SVG picture"
    ACTIVE_SVG = "contains more than a drawing"
    # Faults of a pack that arrives as a ZIP file.
    UNKNOWN = "is not a file of a pack"
    NOT_SOUND = "is not a recording, or is longer than three minutes"
    OWN_KEY = "has a name that only a school's own lessons have"
    TOO_MANY_SOUNDS = "too_many_sounds"
    ZIP_DAMAGED = "zip_damaged"
    ZIP_LOCKED = "zip_locked"
    ZIP_UNFOLDS = "zip_unfolds"


@dataclass(frozen=True)
class Fault:
    file: str
    trouble: Trouble
    line: int = 0  # 0 = the whole file
    name: str = ""  # of the field

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.trouble}" + (f": {self.name}" if self.name else "")


@dataclass
class Reader:
    """Collects every fault, so that the author of a pack sees all of them at once."""

    files: Mapping[str, bytes]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, file: str, trouble: Trouble, line: int = 0, name: str = "") -> None:
        self.faults.append(Fault(file, trouble, line, name))

    def words(self, file: str) -> str | None:
        data = self.files.get(file)
        if data is None:
            self.fault(file, Trouble.MISSING)
            return None
        try:
            words = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self.fault(file, Trouble.NOT_UTF8, data.count(b"\n", 0, error.start) + 1)
            return None
        if "\x00" in words:  # not text, and PostgreSQL cannot store it
            self.fault(file, Trouble.NOT_UTF8, data.count(b"\n", 0, data.index(b"\x00")) + 1)
            return None
        return words

    def toml(self, file: str, words: str | None, lines_before: int = 0) -> dict[str, Any]:
        try:
            return tomllib.loads(words or "")
        except (
            ValueError,
            RecursionError,
        ) as error:  # also endlessly nested lists and endless numbers
            line = str(error).rpartition("at line ")[2].partition(",")[0]
            at = int(line) + lines_before if line.isdecimal() else 0
            self.fault(file, Trouble.NOT_TOML, at)
            return {}


def refuse(reader: Reader, file: str, wanted: Mapping[str, bool]) -> None:
    for name, is_right in wanted.items():
        if not is_right:
            reader.fault(file, Trouble.FIELD, name=name)


def is_said(given: Any) -> bool:
    return isinstance(given, str) and bool(given.strip()) and "\x00" not in given


@dataclass(frozen=True)
class Written:
    """One Markdown file: its head, its lines, and the index of the line after the head."""

    head: Mapping[str, str]
    lines: list[str]
    first: int


def plain_lines(reader: Reader, file: str) -> list[str] | None:
    words = reader.words(file)
    if words is None:
        return None
    lines = words.split("\n")
    for number, line in enumerate(lines, 1):
        if any(one in line.lower() for one in MARKUP):
            reader.fault(file, Trouble.MARKUP, number)
    return lines


def written(reader: Reader, file: str, head_at_most: Mapping[str, int]) -> Written | None:
    """Read a Markdown file with a head.

    `head_at_most`: the fields of the head, each with its maximum number of characters.
    """
    lines = plain_lines(reader, file)
    if lines is None:
        return None
    ends = [number for number, line in enumerate(lines) if line.strip() == FENCE]
    if len(ends) < 2 or any(line.strip() for line in lines[: ends[0]]):
        reader.fault(file, Trouble.NO_HEAD, 1)
        return None
    start, end = ends[:2]
    head = _head(reader, file, "\n".join(lines[start + 1 : end]), start + 1, head_at_most)
    return Written(head, lines, end + 1)


def _head(
    reader: Reader, file: str, words: str, lines_before: int, at_most: Mapping[str, int]
) -> dict[str, str]:
    before = len(reader.faults)
    given = reader.toml(file, words, lines_before)
    if len(reader.faults) > before:
        return {}
    for name, most in at_most.items():
        if not is_said(given.get(name)):
            reader.fault(file, Trouble.FIELD, name=name)
        elif len(given[name]) > most:
            reader.fault(file, Trouble.TOO_LONG, name=name)
    return {name: str(given.get(name, "")).strip() for name in at_most}


def paragraphs(lines: list[str]) -> tuple[str, ...]:
    parts = "\n".join(lines).split("\n\n")
    return tuple(" ".join(part.split("\n")).strip() for part in parts if part.strip())
