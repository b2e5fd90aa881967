"""The second template engine, Jinja2, for parts of pages that repeat: it compiles a template to Python, and
escapes every value, as Django's does.

Its templates stand in `templates/parts/`; a page asks for one by `{% part … %}` (templatetags/parts.py).
Words stand alone in their braces, `{{ _("…") }}` or `{% set not_yet = _("…") %}`, or makemessages does not
find them. Words with a plural or a context are given by the page or by a function here.
"""

from typing import Any

from django.template import Context
from django.template.defaulttags import CsrfTokenNode
from django.templatetags.static import static
from django.utils.translation import gettext, ngettext
from jinja2 import Environment

from core.addresses import address
from doors.templatetags.icons import avatar, icon, law_mark, level_mark

WORK_ICONS = {"done": "check", "put_off": "clock", "handed_over": "handover", "failed": "warn"}


def environment(**options: Any) -> Environment:
    """Named by the settings (TEMPLATES)."""
    made = Environment(**options, trim_blocks=True)  # noqa: S701 - Django passes autoescape=True
    made.globals |= {
        "_": gettext,
        "address": address,
        "avatar": avatar,
        "icon": icon,
        "law_mark": law_mark,
        "level_mark": level_mark,
        "more_reports": more_reports,
        "static": static,
        "token_field": token_field,
        "WORK_ICONS": WORK_ICONS,
    }
    return made


def token_field(token: Any) -> str:
    """The hidden field of a form. ValueError where the page has no token, rendered without its request or
    within `include … only`: such a form would be refused.
    """
    if not token:
        raise ValueError("a part with a form needs the token of its page")
    return CsrfTokenNode().render(Context({"csrf_token": token}))


def more_reports(n: int) -> str:
    words = ngettext("%(n)s more report of this talk", "%(n)s more reports of this talk", n)
    return words % {"n": n}
