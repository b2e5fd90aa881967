"""Rows of the class list, built in Python: a template filled this one table ten times more slowly than the
database answered. This module escapes every value; the words come from the rows (doors.staff).
"""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.addresses import address

if TYPE_CHECKING:
    from doors.staff.children import ChildRow
    from doors.staff.class_notes import NoteRow

register = template.Library()


@register.simple_tag
def child_rows(rows: "Iterable[ChildRow]", show_class: bool) -> SafeString:
    """`show_class`: add a cell for the class, for a list of several classes."""
    sprite = static("sprite.svg")
    lines = []
    for row in rows:
        talk = f'<span class="muted">{escape(row.word)}</span>'
        if row.days:
            owed, how = ' class="owed"' if row.is_owed else "", escape(row.how)
            talk = (
                f'<span{owed}>{escape(row.days)}</span> <span class="muted desk-only">{how}</span>'
            )
        lines.append(
            f'<tr data-row><th scope="row">{_name(row)}</th>{_class_cell(row, show_class)}'
            f'<td class="wide">{escape(row.away) or "—"}</td>'
            f'<td class="carer">{escape(row.carer) or "—"}</td><td class="clock">'
            f'<svg class="b b-{row.state}" aria-hidden="true" focusable="false">'
            f'<use href="{sprite}#b-{row.state}"></use></svg>{talk}</td>'
            f'<td class="wide muted">{escape(row.strength)}</td></tr>'
        )
    return mark_safe("\n  ".join(lines))  # noqa: S308 - escaped above


@register.simple_tag
def note_rows(rows: "Iterable[NoteRow]", show_class: bool) -> SafeString:
    add, letter = escape(_("Add a note")), escape(_("Letter home"))
    last, news = escape(_("Last note:")), escape(_("Good news:"))
    not_yet, none_yet = _("not yet"), _("none yet")
    lines = []
    for row in rows:
        facts = "".join(f"<small>{escape(fact)}</small>" for fact in row.facts)
        whom = f'<span class="sr"> {escape(row.name)}</span>'
        lines.append(
            f'<tr data-row><th scope="row">{_name(row)}{facts}</th>{_class_cell(row, show_class)}'
            f'<td class="carer"><span class="on-phone">{last} </span>'
            f"{_ago(row.seen, row.is_unseen, not_yet)}</td>"
            f'<td class="wide">{escape(row.praised) or "—"}</td>'
            f'<td class="clock"><span class="on-phone">{news} </span>'
            f"{_ago(row.told, row.is_owed, none_yet)}</td>"
            f'<td class="care-acts"><a class="btn" href="{address("classroom:observe", row.pk)}">'
            f'{add}{whom}</a><a class="btn btn-plain wide" href="'
            f'{address("classroom:letter", row.pk)}">{letter}{whom}</a></td></tr>'
        )
    return mark_safe("\n  ".join(lines))  # noqa: S308 - escaped above


def _name(row: "ChildRow | NoteRow") -> str:
    return (
        f'<span class="avatar av-{row.tone} av-sm" aria-hidden="true">{escape(row.surname)}</span>'
        f'<a data-open href="{address("staff:child", row.pk)}">{escape(row.name)}</a>'
    )


def _class_cell(row: "ChildRow | NoteRow", show_class: bool) -> str:
    return f'<td class="wide">{escape(row.class_name)}</td>' if show_class else ""


def _ago(words: str, is_owed: bool, none: str) -> str:
    return f'<span class="owed">{escape(words or none)}</span>' if is_owed else escape(words)
