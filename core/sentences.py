"""Sentences one after the other: English puts a space between them, Chinese nothing."""

from collections.abc import Iterable

from core import languages


def space() -> str:
    return "" if languages.is_chinese() else " "


def in_a_row(sentences: Iterable[object]) -> str:
    return space().join(map(str, sentences))
