"""The rows of the class list, put together in Python: the one table whose cells a template filled ten times
slower than the database answered. Every value is escaped here; the words come from children.ChildRow.
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
    """`show_class`: with a cell for the class, where a list holds several."""
    sprite = static("sprite.svg")
    return mark_safe("\n  ".join(_row(row, show_class, sprite) for row in rows))  # noqa: S308 - escaped below


def _row(row: "ChildRow", show_class: bool, sprite: str) -> str:
    class_cell = f'<td class="wide">{escape(row.class_name)}</td>' if show_class else ""
    return (
        f'<tr data-row><th scope="row"><span class="avatar av-{row.tone} av-sm" aria-hidden="true">'
        f'{escape(row.surname)}</span><a data-open href="/children/{row.pk}/">{escape(row.name)}</a></th>'
        f'{class_cell}<td class="wide">{escape(row.away) or "—"}</td>'
        f'<td class="carer">{escape(row.carer) or "—"}</td><td class="clock">'
        f'<svg class="b b-{row.state}" aria-hidden="true" focusable="false">'
        f'<use href="{sprite}#b-{row.state}"></use></svg>{_last_talk(row)}</td>'
        f'<td class="wide muted">{escape(row.strength)}</td></tr>'
    )


def _last_talk(row: "ChildRow") -> str:
    if not row.days:
        return f'<span class="muted">{escape(row.word)}</span>'
    owed = ' class="owed"' if row.is_owed else ""
    return f'<span{owed}>{escape(row.days)}</span> <span class="muted desk-only">{escape(row.how)}</span>'
