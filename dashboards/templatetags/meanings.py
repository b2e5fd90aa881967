"""`{% meaning parts of %}`, `{% meaning_of key %}`: what figures count, in the same words on every page."""

from collections.abc import Iterable

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from core.languages import once_per_language
from figures.definitions import DEFINITIONS, Definition

register = template.Library()


@register.simple_tag
def meaning(parts: Iterable[Definition], of: str, label: str = "") -> SafeString:
    """Draw the meanings of figures, which open from a sign.

    `of` names the part of the page; `label` is a text before the sign if there is no heading. Drawn once
    for each language, because a page shows the words of thirty figures.
    """
    keys = tuple(one.key for one in parts)
    # Escape first: a string and the same string marked safe are equal as cache keys.
    return _drawn(keys, conditional_escape(of), conditional_escape(label))


@register.simple_tag
def meaning_of(key: str) -> SafeString:
    """Draw the meaning of one figure, which opens from a button, on a page of the room that counts it."""
    return render_to_string("dashboards/_meaning_of.html", {"parts": [DEFINITIONS[key]]})


@once_per_language(256)
def _drawn(keys: tuple[str, ...], of: str, label: str) -> SafeString:
    parts = [DEFINITIONS[key] for key in keys]
    context = {"parts": parts, "of": of, "label": label}
    return render_to_string("dashboards/_meaning.html", context)
