"""`{% counted_how parts %}`: what figures count, in words that are the same on every page of a process."""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from figures.definitions import DEFINITIONS, Definition

register = template.Library()


@register.simple_tag
def counted_how(parts: Iterable[Definition]) -> SafeString:
    """Rendered once for each language: a page shows the words of thirty figures, behind a sign."""
    return _rendered(tuple(one.key for one in parts), get_language())


@lru_cache(maxsize=128)
def _rendered(keys: tuple[str, ...], language: str | None) -> SafeString:
    parts = [DEFINITIONS[key] for key in keys]
    return render_to_string("dashboards/_counted_how.html", {"parts": parts})
