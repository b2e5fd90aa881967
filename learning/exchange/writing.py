"""Turn what a school writes in the editor into the files of a pack, for the same reader to check."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from learning.pack_files import FENCE

OWN = "own"  # key of the pack of a school's own lessons


@dataclass(frozen=True)
class Words:
    """A lesson in one language."""

    topic: str
    title: str
    week: str
    picture: str  # a description of the picture
    read: Sequence[str]
    heard: str


@dataclass(frozen=True)
class Draft:
    """One lesson as it was written. There is always Chinese; English only if the school wrote it."""

    chinese: Words
    english: Words | None
    audience: Sequence[str]
    ages: tuple[int, int] | None
    counts_on_parents: bool
    sources: Sequence[str]
    drawing: str  # SVG


def lesson_files(key: str, draft: Draft) -> dict[str, bytes]:
    about: dict[str, object] = {"for": list(draft.audience), "sources": list(draft.sources)}
    if draft.ages:
        about["ages"] = list(draft.ages)
    if draft.counts_on_parents:
        about["counts-on-parents"] = True
    files = {
        f"{key}/lesson.toml": _toml(about).encode(),
        f"{key}/zh-hans.md": _text(draft.chinese, "听一听"),
        f"{key}/picture.svg": draft.drawing.encode(),
    }
    if draft.english:
        files[f"{key}/en.md"] = _text(draft.english, "To hear")
    return files


def _text(words: Words, heading: str) -> bytes:
    head = {name: getattr(words, name) for name in ("topic", "title", "week", "picture")}
    sentences = [f"{number}. {one}" for number, one in enumerate(words.read, 1)]
    said = [*sentences, "", f"## {heading}", "", words.heard.strip(), ""]
    return "\n".join([FENCE, _toml(head), FENCE, "", *said]).encode()


def manifest(*, key: str, name: str, version: str, licence: str, lessons: Sequence[str]) -> bytes:
    head = {"key": key, "version": version, "licence": licence, "lessons": list(lessons)}
    return (_toml(head) + "\n" + "name.zh-hans = " + _value(name) + "\n").encode()


def _toml(values: Mapping[str, object]) -> str:
    return "\n".join(f"{name} = {_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    """Return the value as TOML.

    JSON's strings, lists and booleans are valid TOML, except for the character DEL.
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
