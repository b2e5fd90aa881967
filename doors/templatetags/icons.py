"""`{% icon "check" %}`, `{% avatar name "sm" %}` and `{% line_icon "tick" %}`, like their components for a
tenth of the cost; and `{% law_mark law %}`, what the law requires.

They are loaded for every template (`builtins` in the settings), since a page shows up to a hundred of them.
The caches are typed, because a safe string equals one that must be escaped.
"""

from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from doors.templatetags.drawings import avatar_tone, surname
from doors.templatetags.frame import drawn_once
from students.law import LawMark

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of the sprite (static/src/icons/tabler.json).

    It is only decoration: there is always a word beside it.
    """
    return _drawn(str(name), css)


@lru_cache(maxsize=512, typed=True)
def _drawn(name: str, css: str) -> SafeString:
    return format_html(
        '<svg class="i{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"></use></svg>',
        f" {css}" if css else "",
        static("sprite.svg"),
        name,
    )


@register.simple_tag
def line_icon(name: str) -> SafeString:
    """Draw an icon for the pages of families, pupils and villages, rendered once for each process."""
    return drawn_once("family/_icon.html", name=str(name))


@register.simple_tag
def bridge_mark(state: str) -> SafeString:
    """Draw the contact state as a picture (components/bridge.html also says it in words)."""
    return _bridge(str(state))


@lru_cache(maxsize=32, typed=True)
def _bridge(state: str) -> SafeString:
    return format_html(
        '<svg class="b b-{}" aria-hidden="true" focusable="false"><use href="{}#b-{}"></use></svg>',
        state,
        static("sprite.svg"),
        state,
    )


@register.simple_tag
def answer_picture(answer: str, is_elder: Any = False) -> SafeString:
    """Draw the picture of an answer, rendered once for each process."""
    return drawn_once("family/_answer_picture.html", answer=answer, is_elder=bool(is_elder))


@register.simple_tag
def law_mark(law: LawMark) -> SafeString:
    """Draw the mark of something that the law requires, in the reader's language; a child's file has a
    dozen.
    """
    return drawn_once("students/_section_law.html", law=law)


def level_mark(urgency: Any) -> SafeString:
    """Draw how soon a concern needs an adult, in the reader's language."""
    said = {"level": urgency.look, "label": str(urgency.word), "note": str(urgency.note)}
    return drawn_once("components/level.html", **said)


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Draw the surname in a soft colour, never a photo."""
    return _avatar(surname(name), size)


@lru_cache(maxsize=1024, typed=True)
def _avatar(family: str, size: str) -> SafeString:
    css = f"av-{avatar_tone(family)} av-{size}" if size else f"av-{avatar_tone(family)}"
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>\n', css, family)
