"""`{% icon "check" %}`, `{% avatar name "sm" %}`: as components/icon.html and avatar.html, for a tenth of the
cost.

Loaded for every template (settings, `builtins`): a page shows up to a hundred of them.
"""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from doors.templatetags.drawings import avatar_tone, surname

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of the sprite (static/src/icons/tabler.json). Decoration only: a word stands beside it."""
    return _drawn(str(name), css)


@lru_cache(maxsize=512)
def _drawn(name: str, css: str) -> SafeString:
    return format_html(
        '<svg class="i{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"></use></svg>',
        f" {css}" if css else "",
        static("sprite.svg"),
        name,
    )


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Draw the surname in a soft colour, never a photo."""
    family = surname(name)
    css = f"av-{avatar_tone(family)} av-{size}" if size else f"av-{avatar_tone(family)}"
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>\n', css, family)
