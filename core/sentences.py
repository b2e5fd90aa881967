"""Sentences one after the other: English puts a space between them, Chinese nothing."""

from collections.abc import Iterable

from django.utils.translation import get_language


def space() -> str:
    return "" if (get_language() or "").startswith("zh") else " "


def in_a_row(sentences: Iterable[object]) -> str:
    return space().join(map(str, sentences))
