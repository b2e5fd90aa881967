"""Read a pack of lessons: the bytes of its files in, lessons or a list of faults out.

A pack is a folder: `pack.toml` (`name` by language, `version`, `licence`, `lessons`: keys in order) and, for
each key, a folder with `lesson.toml` (`for`, optional `ages`, `months` and `counts-on-parents`, `sources`),
`picture.svg` and one Markdown file for each language. That file has a head in TOML between two lines `+++`,
three numbered sentences (to read), one heading, and paragraphs (to hear). A lesson `for = ["class"]` has
`grades`, `minutes` and other texts (learning.pack_class). This module uses neither disk nor database.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree

from learning.pack_class import GRADES, MINUTES, ClassText, always_file, read_class_text
from learning.pack_files import Fault, Reader, Trouble, is_said, paragraphs, refuse, written

LANGUAGES = ("zh-hans", "en")
AUDIENCES = ("away", "home")
CLASS = "class"  # only by itself: no family is ever sent it
SENTENCES = 3
# Our own figures. Two minutes of a slow voice are some 500 Chinese characters, or 300 English words.
HEAD_AT_MOST = {"topic": 40, "title": 90, "week": 240, "picture": 200}  # characters
SENTENCE_AT_MOST = 140  # characters
HEARD_AT_MOST = {"zh-hans": 800, "en": 3000}  # characters; an hour's talk is not a lesson
PICTURE_AT_MOST = 12_000  # bytes, so that the page stays below 30 kB
KEY_AT_MOST = 40  # characters
NAME_AT_MOST = 60  # characters; of a pack
AGES = range(3, 19)  # years
COUNTS_ON_PARENTS = "counts-on-parents"
HEADING = "## "
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "defs",
    "linearGradient", "radialGradient", "stop", "clipPath",
}  # fmt: skip
ACTIVE = ("javascript:", "data:", "url(h", "url(/", "@import", "expression(")


@dataclass(frozen=True)
class Text:
    """A lesson in one language."""

    topic: str
    title: str
    week: str  # one thing to do this week
    picture: str  # a description of the picture
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
    texts: Mapping[str, Text | ClassText]
    digest: str  # over all files of the lesson
    grades: tuple[int, int] | None  # for a lesson for a class, both ends included
    minutes: int | None  # likewise


@dataclass(frozen=True)
class Pack:
    name: Mapping[str, str]
    version: str
    licence: str
    lessons: tuple[PackLesson, ...]  # in order


def read(
    files: Mapping[str, bytes], needed: tuple[str, ...] = LANGUAGES
) -> tuple[Pack | None, list[Fault]]:
    """Return (pack, []), or (None, faults).

    `files`: path below the pack's folder → bytes. Any lesson may lack languages that are not `needed`.
    """
    reader = Reader(files)
    head = reader.toml("pack.toml", reader.words("pack.toml"))
    if not reader.faults:
        names, keys = head.get("name"), head.get("lessons")
        wanted = {
            "name": isinstance(names, dict)
            and all(is_said(names.get(one)) for one in needed)
            and all(is_said(one) and len(one) <= NAME_AT_MOST for one in names.values()),
            "version": is_said(head.get("version")) and len(head["version"]) <= KEY_AT_MOST,
            "licence": is_said(head.get("licence")) and len(head["licence"]) <= KEY_AT_MOST,
            "lessons": isinstance(keys, list)
            and bool(keys)
            and all(map(is_key, keys))
            and len(set(keys)) == len(keys),
        }
        refuse(reader, "pack.toml", wanted)
    if reader.faults:
        return None, reader.faults
    lessons = [_lesson(reader, key, needed) for key in head["lessons"]]
    if reader.faults:
        return None, reader.faults
    found = tuple(one for one in lessons if one)
    return Pack(head["name"], head["version"], head["licence"], found), []


def is_key(given: Any) -> bool:
    """Return whether it is a folder name that leads nowhere else."""
    return (
        isinstance(given, str)
        and len(given) <= KEY_AT_MOST
        and given.isascii()
        and given.replace("-", "").isalnum()
    )


def _lesson(reader: Reader, key: str, needed: tuple[str, ...]) -> PackLesson | None:
    file, before = f"{key}/lesson.toml", len(reader.faults)
    about = reader.toml(file, reader.words(file))
    is_for_class = about.get("for") == [CLASS]
    if len(reader.faults) == before:
        refuse(reader, file, _wanted(about))
    picture = _picture(reader, f"{key}/picture.svg")
    minutes = about.get("minutes") if is_for_class else None
    languages = [one for one in LANGUAGES if one in needed or f"{key}/{one}.md" in reader.files]
    texts = {
        one: _text(reader, f"{key}/{one}.md", one)
        if minutes is None
        else read_class_text(reader, f"{key}/{one}.md", one, minutes)
        for one in languages
    }
    if len(reader.faults) > before:
        return None
    ages, grades = about.get("ages"), about.get("grades")
    files = reader.files
    found = hashlib.sha256()
    always = {always_file(one) for one in LANGUAGES} if is_for_class else set()
    for name in sorted(name for name in files if name.startswith(f"{key}/") or name in always):
        for part in (name.encode(), files[name]):
            found.update(len(part).to_bytes(8) + part)
    return PackLesson(
        key=key,
        audience=tuple(about["for"]),
        ages=(ages[0], ages[1]) if ages else None,
        months=tuple(about.get("months", ())),
        counts_on_parents=about.get(COUNTS_ON_PARENTS, False),
        sources=tuple(about["sources"]),
        picture=picture,
        texts={language: text for language, text in texts.items() if text},
        digest=found.hexdigest(),
        grades=(grades[0], grades[1]) if is_for_class and grades else None,
        minutes=minutes,
    )


def _wanted(about: dict[str, Any]) -> dict[str, bool]:
    """Return {field of `lesson.toml`: whether its value, or its absence, is right}."""
    if about.get("for") == [CLASS]:
        return {
            "grades": _is_span(about.get("grades"), GRADES),
            "minutes": about.get("minutes") in MINUTES,
            "sources": _are_sources(about.get("sources")),
            **{name: name not in about for name in ("ages", "months", COUNTS_ON_PARENTS)},
        }
    audience, ages, months = about.get("for"), about.get("ages"), about.get("months", [])
    return {
        "for": isinstance(audience, list)
        and bool(audience)
        and all(one in AUDIENCES for one in audience)
        and len(set(audience)) == len(audience),
        "ages": ages is None or _is_span(ages, AGES),
        "months": isinstance(months, list) and all(one in range(1, 13) for one in months),
        COUNTS_ON_PARENTS: isinstance(about.get(COUNTS_ON_PARENTS, False), bool),
        "sources": _are_sources(about.get("sources")),
    }


def _is_span(given: Any, within: range) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and all(isinstance(one, int) and one in within for one in given)
        and given[0] <= given[1]
    )


def _are_sources(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(map(is_said, given))


def _text(reader: Reader, file: str, language: str) -> Text | None:
    before = len(reader.faults)
    found = written(reader, file, HEAD_AT_MOST)
    if found is None:
        return None
    lines, first = found.lines, found.first
    headings = [place for place in range(first, len(lines)) if lines[place].startswith("#")]
    if len(headings) != 1 or not lines[headings[0]].startswith(HEADING):
        reader.fault(file, Trouble.NO_WORDS, headings[1] + 1 if len(headings) > 1 else 0)
        return None
    heading = headings[0]
    said = [line.strip() for line in lines[first:heading] if line.strip()]
    read_lines = [line.partition(". ")[2].strip() for line in said]
    numbers = [line.partition(". ")[0] for line in said]
    if numbers != [str(one + 1) for one in range(SENTENCES)] or not all(read_lines):
        reader.fault(file, Trouble.NOT_THREE, first + 1)
    for place in range(first, heading):
        if len(lines[place].partition(". ")[2]) > SENTENCE_AT_MOST:
            reader.fault(file, Trouble.TOO_LONG, place + 1)
    heard = paragraphs(lines[heading + 1 :])
    if not heard:
        reader.fault(file, Trouble.NO_WORDS, heading + 1)
    if sum(map(len, heard)) > HEARD_AT_MOST[language]:
        reader.fault(file, Trouble.TOO_LONG, heading + 1)
    if len(reader.faults) > before:
        return None
    return Text(**found.head, read=tuple(read_lines), heard=heard)


def _picture(reader: Reader, file: str) -> str:
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
    """Return whether an element only draws: no script, link, text, animation or style sheet."""
    if not isinstance(element.tag, str) or element.tag.removeprefix(SVG) not in DRAWN:
        return False
    for name, value in element.attrib.items():
        plain = "".join(value.split()).lower()
        if name.startswith("on") or "}" in name or name == "href" or name == "style":
            return False
        if any(one in plain for one in ACTIVE):
            return False
    return True
