"""Reads a pack of lessons: the bytes of its files in, lessons or a list of faults out.

A pack is a folder: `pack.toml` (`name` by language, `version`, `licence`, `lessons`: keys in order) and, for
each key, a folder with `lesson.toml` (`for`, optional `ages`, `months` and `counts-on-parents`, `sources`),
`picture.svg` and one Markdown file for each language: a head in TOML between two lines `+++`, three numbered
sentences (what is read), one heading, and paragraphs (what is heard). It reads no disk and no database.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree

LANGUAGES = ("zh-hans", "en")
AUDIENCES = ("away", "home")
SENTENCES = 3
HEAD = ("topic", "title", "week", "picture")
# Our own figures. Two minutes of a slow voice are some 500 Chinese characters, or 300 English words.
HEAD_AT_MOST = {"topic": 40, "title": 90, "week": 240, "picture": 200}  # characters
SENTENCE_AT_MOST = 140  # characters
HEARD_AT_MOST = {"zh-hans": 800, "en": 3000}  # characters; an hour's talk is no lesson
PICTURE_AT_MOST = 12_000  # bytes, so that the page stays below 30 kB
KEY_AT_MOST = 40  # characters
AGES = range(3, 19)  # years
FENCE = "+++"
COUNTS_ON_PARENTS = "counts-on-parents"
HEADING = "## "
# A text is plain sentences: what a browser or a renderer would act on is refused, not cleaned.
MARKUP = ("<", "](", "`", "**", "javascript:", "&#")
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "defs",
    "linearGradient", "radialGradient", "stop", "clipPath",
}  # fmt: skip
ACTIVE = ("javascript:", "data:", "url(h", "url(/", "@import", "expression(")


class Trouble(StrEnum):
    MISSING = "is missing"
    NOT_UTF8 = "is not UTF-8"
    NOT_TOML = "is not TOML"
    NO_HEAD = "has no head between two lines +++"
    FIELD = "lacks this field, or it has another form"
    TOO_LONG = "is too long"
    MARKUP = "holds HTML, a link or a script"
    NOT_THREE = "needs three numbered sentences before the heading"
    NO_WORDS = "needs one heading, and paragraphs after it"
    NOT_SVG = "is no SVG picture"
    ACTIVE_SVG = "holds more than a drawing"


@dataclass(frozen=True)
class Fault:
    file: str
    trouble: Trouble
    line: int = 0  # 0 = the whole file
    name: str = ""  # of the field

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.trouble}" + (f": {self.name}" if self.name else "")


@dataclass(frozen=True)
class Text:
    """A lesson in one language."""

    topic: str
    title: str
    week: str  # one thing to do this week
    picture: str  # the picture in words
    read: tuple[str, ...]
    heard: tuple[str, ...]  # paragraphs


@dataclass(frozen=True)
class PackLesson:
    key: str
    audience: tuple[str, ...]
    ages: tuple[int, int] | None  # of the child, both ends included
    months: tuple[int, ...]  # in which it fits; empty: any
    counts_on_parents: bool  # that they ring up and come home
    sources: tuple[str, ...]
    picture: str
    texts: Mapping[str, Text]
    digest: str  # over all files of the lesson


@dataclass(frozen=True)
class Pack:
    name: Mapping[str, str]
    version: str
    licence: str
    lessons: tuple[PackLesson, ...]  # in order


@dataclass
class _Reader:
    """Collects every fault: who writes a pack is told all of them at once."""

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
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self.fault(file, Trouble.NOT_UTF8, data.count(b"\n", 0, error.start) + 1)
            return None

    def toml(self, file: str, words: str | None, lines_before: int = 0) -> dict[str, Any]:
        try:
            return tomllib.loads(words or "")
        except tomllib.TOMLDecodeError as error:
            line = str(error).rpartition("at line ")[2].partition(",")[0]
            at = int(line) + lines_before if line.isdecimal() else 0
            self.fault(file, Trouble.NOT_TOML, at)
            return {}


def read(files: Mapping[str, bytes]) -> tuple[Pack | None, list[Fault]]:
    """Return the pack, or None and what is wrong with it. `files`: path below the pack's folder → bytes."""
    reader = _Reader(files)
    head = reader.toml("pack.toml", reader.words("pack.toml"))
    if not reader.faults:
        _check_pack(reader, head)
    if reader.faults:
        return None, reader.faults
    lessons = [_lesson(reader, key) for key in head["lessons"]]
    if reader.faults:
        return None, reader.faults
    found = tuple(one for one in lessons if one)
    return Pack(head["name"], head["version"], head["licence"], found), []


def _check_pack(reader: _Reader, head: dict[str, Any]) -> None:
    names, keys = head.get("name"), head.get("lessons")
    wanted = {
        "name": isinstance(names, dict) and all(_is_said(names.get(one)) for one in LANGUAGES),
        "version": _is_said(head.get("version")) and len(head["version"]) <= KEY_AT_MOST,
        "licence": _is_said(head.get("licence")) and len(head["licence"]) <= KEY_AT_MOST,
        "lessons": isinstance(keys, list)
        and bool(keys)
        and all(map(_is_key, keys))
        and len(set(keys)) == len(keys),
    }
    _refuse(reader, "pack.toml", wanted)


def _refuse(reader: _Reader, file: str, wanted: Mapping[str, bool]) -> None:
    for name, is_right in wanted.items():
        if not is_right:
            reader.fault(file, Trouble.FIELD, name=name)


def _is_said(given: Any) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _is_key(given: Any) -> bool:
    """A folder's name that leads nowhere else."""
    return (
        isinstance(given, str)
        and len(given) <= KEY_AT_MOST
        and given.isascii()
        and given.replace("-", "").isalnum()
    )


def _lesson(reader: _Reader, key: str) -> PackLesson | None:
    file, before = f"{key}/lesson.toml", len(reader.faults)
    about = reader.toml(file, reader.words(file))
    if len(reader.faults) == before:
        _check_lesson(reader, file, about)
    picture = _picture(reader, f"{key}/picture.svg")
    texts = {language: _text(reader, f"{key}/{language}.md", language) for language in LANGUAGES}
    if len(reader.faults) > before:
        return None
    ages = about.get("ages")
    return PackLesson(
        key=key,
        audience=tuple(about["for"]),
        ages=(ages[0], ages[1]) if ages else None,
        months=tuple(about.get("months", ())),
        counts_on_parents=about.get(COUNTS_ON_PARENTS, False),
        sources=tuple(about["sources"]),
        picture=picture,
        texts={language: text for language, text in texts.items() if text},
        digest=_digest(reader.files, key),
    )


def _check_lesson(reader: _Reader, file: str, about: dict[str, Any]) -> None:
    audience, ages, months = about.get("for"), about.get("ages"), about.get("months", [])
    sources = about.get("sources")
    wanted = {
        "for": isinstance(audience, list)
        and bool(audience)
        and all(one in AUDIENCES for one in audience)
        and len(set(audience)) == len(audience),
        "ages": ages is None
        or (
            isinstance(ages, list)
            and len(ages) == 2
            and all(isinstance(one, int) and one in AGES for one in ages)
            and ages[0] <= ages[1]
        ),
        "months": isinstance(months, list) and all(one in range(1, 13) for one in months),
        COUNTS_ON_PARENTS: isinstance(about.get(COUNTS_ON_PARENTS, False), bool),
        "sources": isinstance(sources, list) and bool(sources) and all(map(_is_said, sources)),
    }
    _refuse(reader, file, wanted)


def _digest(files: Mapping[str, bytes], key: str) -> str:
    found = hashlib.sha256()
    for name in sorted(name for name in files if name.startswith(f"{key}/")):
        for part in (name.encode(), files[name]):
            found.update(len(part).to_bytes(8) + part)
    return found.hexdigest()


def _text(reader: _Reader, file: str, language: str) -> Text | None:
    words = reader.words(file)
    if words is None:
        return None
    lines, before = words.split("\n"), len(reader.faults)
    for number, line in enumerate(lines, 1):
        if any(one in line.lower() for one in MARKUP):
            reader.fault(file, Trouble.MARKUP, number)
    ends = [number for number, line in enumerate(lines) if line.strip() == FENCE]
    if len(ends) < 2 or any(line.strip() for line in lines[: ends[0]]):
        reader.fault(file, Trouble.NO_HEAD, 1)
        return None
    start, end = ends[:2]
    head = _head(reader, file, "\n".join(lines[start + 1 : end]), start + 1)
    read_lines, heard = _body(reader, file, lines, end + 1, HEARD_AT_MOST[language])
    if len(reader.faults) > before:
        return None
    return Text(**head, read=read_lines, heard=heard)


def _head(reader: _Reader, file: str, words: str, lines_before: int) -> dict[str, str]:
    before = len(reader.faults)
    given = reader.toml(file, words, lines_before)
    if len(reader.faults) > before:
        return {}
    for name in HEAD:
        if not _is_said(given.get(name)):
            reader.fault(file, Trouble.FIELD, name=name)
        elif len(given[name]) > HEAD_AT_MOST[name]:
            reader.fault(file, Trouble.TOO_LONG, name=name)
    return {name: str(given.get(name, "")).strip() for name in HEAD}


def _body(
    reader: _Reader, file: str, lines: Sequence[str], first: int, most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sentences and the paragraphs; `first`: the index of the line after the head."""
    headings = [place for place in range(first, len(lines)) if lines[place].startswith("#")]
    if len(headings) != 1 or not lines[headings[0]].startswith(HEADING):
        reader.fault(file, Trouble.NO_WORDS, headings[1] + 1 if len(headings) > 1 else 0)
        return (), ()
    heading = headings[0]
    said = [line.strip() for line in lines[first:heading] if line.strip()]
    read_lines = [line.partition(". ")[2].strip() for line in said]
    numbers = [line.partition(". ")[0] for line in said]
    if numbers != [str(one + 1) for one in range(SENTENCES)] or not all(read_lines):
        reader.fault(file, Trouble.NOT_THREE, first + 1)
    for place in range(first, heading):
        if len(lines[place].partition(". ")[2]) > SENTENCE_AT_MOST:
            reader.fault(file, Trouble.TOO_LONG, place + 1)
    parts = "\n".join(lines[heading + 1 :]).split("\n\n")
    heard = [" ".join(part.split("\n")).strip() for part in parts if part.strip()]
    if not heard:
        reader.fault(file, Trouble.NO_WORDS, heading + 1)
    if sum(map(len, heard)) > most:
        reader.fault(file, Trouble.TOO_LONG, heading + 1)
    return tuple(read_lines), tuple(heard)


def _picture(reader: _Reader, file: str) -> str:
    words = reader.words(file)
    if words is None:
        return ""
    if len(words.encode()) > PICTURE_AT_MOST:
        reader.fault(file, Trouble.TOO_LONG)
        return ""
    try:
        drawing = ElementTree.fromstring(words, forbid_dtd=True)
    except (ParseError, ValueError, DefusedXmlException):
        reader.fault(file, Trouble.NOT_SVG)
        return ""
    if drawing.tag != f"{SVG}svg":
        reader.fault(file, Trouble.NOT_SVG)
    elif "<?xml-" in words or not all(map(_is_drawn, drawing.iter())):
        reader.fault(file, Trouble.ACTIVE_SVG)
    return words.strip()


def _is_drawn(element: Any) -> bool:
    """An element that only draws: no script, link, text of its own, animation or style sheet."""
    if not isinstance(element.tag, str) or element.tag.removeprefix(SVG) not in DRAWN:
        return False
    for name, value in element.attrib.items():
        plain = "".join(value.split()).lower()
        if name.startswith("on") or "}" in name or name == "href" or name == "style":
            return False
        if any(one in plain for one in ACTIVE):
            return False
    return True
