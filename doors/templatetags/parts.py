"""`{% part "counselling/concerns.html" rows=rows %}`: a template of `templates/parts/`, filled by Jinja2
(doors/parts.py) with the values named, and nothing else of the page but the token of its forms.
"""

from functools import cache
from typing import Any

from django import template
from django.template import engines
from django.template.defaulttags import CsrfTokenNode
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
TOKEN = CsrfTokenNode()


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **values: Any) -> SafeString:
    """`csrf_input()` in the template is the hidden field of a form, made once for all rows."""
    values["csrf_input"] = cache(lambda: mark_safe(TOKEN.render(context)))  # noqa: S308 (Django's)
    filled = engines["parts"].get_template(name).render(values)
    return mark_safe(filled)  # noqa: S308 (Jinja2 has escaped it)
