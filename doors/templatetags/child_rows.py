"""Rows of the class list, built in Python: a template filled this one table ten times more slowly than the
database answered. This module escapes every value; the words come from children.ChildRow.
"""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from doors.staff.children import ChildRow

register = template.Library()


@register.simple_tag
def child_rows(rows: "Iterable[ChildRow]", show_class: bool) -> SafeString:
    """`show_class`: add a cell for the class, for a list of several classes."""
    sprite = static("sprite.svg")
    lines = []
    for row in rows:
        class_cell = f'<td class="wide">{escape(row.class_name)}</td>' if show_class else ""
        talk = f'<span class="muted">{escape(row.word)}</span>'
        if row.days:
            owed, how = ' class="owed"' if row.is_owed else "", escape(row.how)
            talk = (
                f'<span{owed}>{escape(row.days)}</span> <span class="muted desk-only">{how}</span>'
            )
        lines.append(
            f'<tr data-row><th scope="row"><span class="avatar av-{row.tone} av-sm" aria-hidden="true">'
            f'{escape(row.surname)}</span><a data-open href="/children/{row.pk}/">{escape(row.name)}</a></th>'
            f'{class_cell}<td class="wide">{escape(row.away) or "—"}</td>'
            f'<td class="carer">{escape(row.carer) or "—"}</td><td class="clock">'
            f'<svg class="b b-{row.state}" aria-hidden="true" focusable="false">'
            f'<use href="{sprite}#b-{row.state}"></use></svg>{talk}</td>'
            f'<td class="wide muted">{escape(row.strength)}</td></tr>'
        )
    return mark_safe("\n  ".join(lines))  # noqa: S308 - escaped above
