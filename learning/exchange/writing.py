"""What a school writes in the editor, as the files of a pack: the same reader then looks at it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from learning.pack_files import FENCE

OWN = "own"  # key of the pack of a school's own lessons


@dataclass(frozen=True)
class Draft:
    """One lesson as it was written, in Chinese."""

    topic: str
    title: str
    week: str
    picture: str  # the picture in words
    read: Sequence[str]
    heard: str
    audience: Sequence[str]
    ages: tuple[int, int] | None
    counts_on_parents: bool
    sources: Sequence[str]
    drawing: str  # SVG


def lesson_files(key: str, draft: Draft) -> dict[str, bytes]:
    head = {name: getattr(draft, name) for name in ("topic", "title", "week", "picture")}
    sentences = [f"{number}. {one}" for number, one in enumerate(draft.read, 1)]
    text = [FENCE, _toml(head), FENCE, "", *sentences, "", "## 听一听", "", draft.heard.strip(), ""]
    about: dict[str, object] = {"for": list(draft.audience), "sources": list(draft.sources)}
    if draft.ages:
        about["ages"] = list(draft.ages)
    if draft.counts_on_parents:
        about["counts-on-parents"] = True
    return {
        f"{key}/lesson.toml": _toml(about).encode(),
        f"{key}/zh-hans.md": "\n".join(text).encode(),
        f"{key}/picture.svg": draft.drawing.encode(),
    }


def manifest(*, key: str, name: str, version: str, licence: str, lessons: Sequence[str]) -> bytes:
    head = {"key": key, "version": version, "licence": licence, "lessons": list(lessons)}
    return (_toml(head) + "\n" + "name.zh-hans = " + _value(name) + "\n").encode()


def _toml(values: Mapping[str, object]) -> str:
    return "\n".join(f"{name} = {_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    """JSON's words, lists and booleans are TOML's, but for the sign DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
