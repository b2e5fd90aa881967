"""`{% work_row row %}` and `{% later_menu … %}`, built in Python: Today shows a dozen of each, and templates
took a fifth of its time for them. What is the same in all rows of a page, the token and the days of "Later",
is made once. This module escapes every value; what the parts mean stands in components/work_row.html and
later.html.
"""

import html
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.per_page import once
from doors.templatetags.icons import avatar, icon

register = template.Library()

STATE_ICONS = {"done": "check", "put_off": "clock", "handed_over": "handover", "failed": "warn"}
TOKEN = CsrfTokenNode()
Row = Mapping[str, Any]


def escape(value: Any) -> str:
    """As Django does, which looks at each text whether it is to be translated first."""
    return html.escape(value) if type(value) is str else conditional_escape(value)


@register.simple_tag(takes_context=True)
def work_row(context: template.Context, row: Row, inplace: str = "") -> SafeString:
    state, key = row.get("state") or "rest", escape(row["key"])
    role = {"rest": "", "failed": ' role="alert"'}.get(state, ' role="status"')
    mark = f"{icon(STATE_ICONS[state])} " if state in STATE_ICONS else ""
    later = row.get("later") if not row.get("undo_url") else None
    menu = later_menu(context, who=row["name"], **later) if later else "<span></span>"
    also = " is-also" if row.get("is_also") else ""
    is_two = len(row.get("acts") or ()) > 1 and not row.get("later") and not row.get("undo_url")
    return mark_safe(  # noqa: S308 - escaped here and below
        f'<li class="work is-{escape(state)}{also}" id="work-{key}" data-row>{_who(row)}'
        f'<p class="why"{role}>{mark}{_level(row.get("urgency"))}{escape(row["why"])}{_fix(row)}</p>'
        f'<span class="when">{escape(row.get("when") or "")}</span>'
        f'<div class="act{" act-two" if is_two else ""}">{_acts(context, row, key)}</div>{menu}'
        f'<div class="inplace" id="inplace-{key}">{escape(inplace or "")}</div></li>'
    )


def _who(row: Row) -> str:
    name, url = escape(row["name"]), row.get("url")
    if row.get("is_also"):
        return f'<span></span><span class="who"><span class="sr">{name}</span></span>'
    if url:
        return f'{avatar(row["name"])}<a class="who" data-open href="{escape(url)}">{name}</a>'
    return f'{avatar(row["name"])}<span class="who">{name}</span>'


def _level(urgency: Any) -> str:
    if not urgency:
        return ""
    return f"{_shown_level(urgency.look, str(urgency.word), str(urgency.note))} "


@lru_cache(maxsize=64)
def _shown_level(look: str, word: str, note: str) -> SafeString:
    shown = {"level": look, "label": word, "note": note}
    return render_to_string("components/level.html", shown)


def _fix(row: Row) -> str:
    """A third act would crowd the row: what mends the cause stands behind the words that name it."""
    fix = row.get("fix")
    if not fix or row.get("undo_url"):
        return ""
    return f' <a class="link" href="{escape(fix["url"])}">{escape(fix["label"])}</a>'


def _acts(context: template.Context, row: Row, key: str) -> str:
    if undo := row.get("undo_url"):
        button = f'<button class="btn btn-plain">{icon("undo")}{escape(_("Undo"))}</button>'
        return f"{_form(context, undo)}{button}</form>"
    return "".join(_act(context, act, key) for act in row.get("acts") or ())


def _act(context: template.Context, act: Row, key: str) -> str:
    tone, url = act.get("tone"), escape(act["url"])
    css = f"btn btn-{escape(tone)}" if tone and tone != "text" else "btn"
    label = escape(act["label"])
    if act.get("is_link"):
        place = f' hx-get="{url}" hx-target="#inplace-{key}" hx-swap="innerHTML"'
        opens = place if act.get("opens_in_place") else ""
        return f'<a class="{css}" href="{url}"{opens}>{label}</a>'
    name = act.get("name")
    sent = f' name="{escape(name)}" value="{escape(act.get("value", ""))}"' if name else ""
    return f'{_form(context, url)}<button class="{css}"{sent}>{label}</button></form>'


def _form(context: template.Context, url: str, css: str = "") -> str:
    to = escape(url)
    return (
        f'<form{css} method="post" action="{to}" hx-post="{to}" hx-target="closest .work"'
        f' hx-swap="outerHTML">{_token(context)}'
    )


def _token(context: template.Context) -> str:
    return once("token of rows", lambda: TOKEN.render(context))


@register.simple_tag(takes_context=True)
def later_menu(
    context: template.Context,
    *,
    label: str,
    url: str,
    field: str = "",
    choices: Sequence[Row] = (),
    date_field: str = "",
    who: str = "",
) -> SafeString:
    days = tuple((one["value"], one["label"], one.get("hint")) for one in choices or ())
    asked = field or "until_on", days, date_field
    buttons = once(("later", get_language(), *asked), lambda: _buttons(*asked))
    whose = f" {escape(who)}" if who else ""
    form = _form(context, url, ' class="menu"')
    return mark_safe(  # noqa: S308 - escaped here and below
        f'<details class="later"><summary>{escape(label)}<span class="sr">{whose}</span></summary>'
        f"{form}{buttons}</form></details>"
    )


def _buttons(field: str, days: Sequence[tuple[Any, Any, Any]], date_field: str) -> str:
    name = escape(field)
    buttons = "".join(
        f'<button name="{name}" value="{escape(value)}">{escape(label)}{_hint(hint)}</button>'
        for value, label, hint in days
    )
    if not date_field:
        return buttons
    return (
        f'{buttons}<label><span class="sr">{escape(_("Another day"))}</span>'
        f'<input class="form-control" type="date" name="{escape(date_field)}"></label>'
        f"<button>{escape(_('On this day'))}</button>"
    )


def _hint(hint: Any) -> str:
    return f" <span>{escape(hint)}</span>" if hint else ""
