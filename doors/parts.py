"""The second template engine, Jinja2, for parts of pages that repeat: it compiles templates to Python and
escapes every value, as Django does.

Its templates are in `templates/parts/`; a page includes one with `{% part … %}` (templatetags/parts.py). A
translated text must be alone in its braces, `{{ _("…") }}` or `{% set not_yet = _("…") %}`, or makemessages
does not find it. Texts with a plural or a context come from the page or from a function in this module.
"""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from jinja2 import Environment

from core.addresses import address
from core.sentences import space
from doors.templatetags.fields import csrf_token
from doors.templatetags.icons import avatar, bridge_mark, icon, law_mark, level_mark
from doors.templatetags.phones import phone

WORK_ICONS = {"done": "check", "put_off": "clock", "handed_over": "handover", "failed": "warn"}


def environment(**options: Any) -> Environment:
    """Build the Jinja2 environment that the TEMPLATES setting names."""
    made = Environment(**options, trim_blocks=True)  # noqa: S701 - Django passes autoescape=True
    made.globals |= {
        "_": gettext,
        "address": address,
        "avatar": avatar,
        "bridge_mark": bridge_mark,
        "icon": icon,
        "law_mark": law_mark,
        "level_mark": level_mark,
        "more_reports": more_reports,
        "phone": phone,
        "space": space,
        "token_field": token_field,
        "WORK_ICONS": WORK_ICONS,
    }
    return made


def token_field(page: Context) -> SafeString:
    """Return the hidden fields of a form: `{% csrf_token %}` in a page's own template.

    Raise ValueError if the page has no token because it was rendered without its request or within `include
    … only`: such a form would be refused.
    """
    if not page.get("csrf_token"):
        raise ValueError("a part with a form needs the token of its page")
    return csrf_token(page)


def more_reports(n: int) -> str:
    words = ngettext("%(n)s more report of this talk", "%(n)s more reports of this talk", n)
    return words % {"n": n}
