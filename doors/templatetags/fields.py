"""Errors at one field, the same on every page: {% field_error field %} directly beside it, and {% invalid
field %} in the field's own tag. If a group of tiles is the field, use {% described field %} in its fieldset.

`of` is a bound field, or the text (or None) that a view found; in that case `name` says which field it
belongs to.
"""

from collections.abc import Iterable

from django import template
from django.forms import BoundField
from django.template import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
Of = BoundField | str | Iterable[str] | None


@register.simple_tag
def field_error(of: Of, name: str = "") -> SafeString | str:
    words, key = _words(of), _id(of, name)
    if not words:
        return ""
    known_by = format_html(' id="{}"', key) if key else ""
    return format_html('<span class="field-error"{}>{}</span>', known_by, words)


@register.simple_tag
def invalid(of: Of, name: str = "", also: str = "") -> SafeString | str:
    """Return the ARIA attributes. `also` is the id of a text that always explains the field."""
    words = _words(of)
    beside = described(of, name, also)
    return format_html(' aria-invalid="true"{}', beside) if words else beside


@register.simple_tag
def described(of: Of, name: str = "", also: str = "") -> SafeString | str:
    ids = [*([_id(of, name)] if _words(of) else []), *([also] if also else [])]
    return format_html(' aria-describedby="{}"', " ".join(ids)) if ids else ""


def _words(of: Of) -> str:
    found = of.errors if isinstance(of, BoundField) else of
    return found if isinstance(found, str) else " ".join(map(str, found or []))


def _id(of: Of, name: str) -> str:
    key = of.auto_id if isinstance(of, BoundField) else name
    return f"{key}_error" if key else ""


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString:
    """Django's own tag; where the viewer can switch, the form names the school or county of its page as well
    (`schools.policies.PLACES`).
    """
    places = getattr(context.get("request"), "places_of_forms", {})
    named = format_html_join(
        "", '<input type="hidden" name="{}" value="{}">', sorted(places.items())
    )
    return format_html("{}{}", CsrfTokenNode().render(context), named)
