"""Rows of the inbox, built in Python: a template took half of the page's time for a hundred of them. This
module escapes every value; the words come from the rows (threads.presenters).
"""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doors.templatetags.icons import avatar, icon

if TYPE_CHECKING:
    from threads.presenters import MailRow

register = template.Library()
OPENS = (
    'hx-target="#thread" hx-select="#thread" hx-select-oob="#inbox-list" hx-swap="outerHTML"'
    ' hx-push-url="true"'
)


@register.simple_tag
def mail_rows(rows: "Iterable[MailRow]", names_owner: bool) -> SafeString:
    """`names_owner`: in place of the words, which the viewer may not read."""
    new = f'<span class="sr">{escape(_("new"))}</span>'
    voice = icon("play")
    lines = []
    for row in rows:
        url, unread = escape(row.url), " unread" if row.is_unread else ""
        current = ' aria-current="true"' if row.is_current else ""
        lines.append(
            f'<li><a class="mail{unread}" data-row href="{url}"{current} hx-get="{url}" {OPENS}>'
            f'{avatar(row.name)}<span class="m-who"><b>{escape(row.title)}</b> {escape(row.who)}</span>'
            f'<time>{escape(row.time)}</time><span class="m-text">{voice if row.has_voice else ""}'
            f"{escape(row.text)}{_owner(row, names_owner)}</span>{new if row.is_unread else ''}</a></li>"
        )
    return mark_safe("".join(lines))  # noqa: S308 - escaped above


def _owner(row: "MailRow", names_owner: bool) -> str:
    if not row.has_owner:
        return escape(_("in nobody's hands"))
    if not row.owner:
        return ""
    words = escape(pgettext("who answers a family", "%(name)s answers") % {"name": row.owner})
    return words if names_owner else f' <span class="m-own">{words}</span>'
