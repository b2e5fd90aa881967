"""`{% rail_item item %}`, built in Python: two dozen stand on every page of the staff, and a template took
longer for them than many pages take for all that they show. This module escapes every value.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape as escape
from django.utils.safestring import SafeString, mark_safe

from doors.templatetags.icons import icon

register = template.Library()


@register.simple_tag
def rail_item(item: Mapping[str, Any]) -> SafeString:
    """One place in the rail: `url`, `icon`, `label`, `count`, `recount_url`, `is_current`."""
    url, label = escape(item["url"]), escape(item["label"])
    current = ' aria-current="page"' if item["is_current"] else ""
    count = ""
    if item["count"] or item["recount_url"]:
        shown = {"count": item["count"], "recount_url": item["recount_url"]}
        count = render_to_string("components/rail_count.html", shown)
    return mark_safe(  # noqa: S308 - escaped above
        f'<a href="{url}" title="{label}"{current}>{icon(item["icon"])}<span>{label}</span>{count}</a>'
    )
