"""`{% part "counselling/concerns.html" rows=rows %}`: a template of `templates/parts/`, filled by Jinja2
(doors/parts.py) with the values named, and nothing else of the page but the token of its forms.
"""

from typing import Any

from django import template
from django.template import engines
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **values: Any) -> SafeString:
    """`token_field(csrf_token)` in the template is the hidden field of a form."""
    values["csrf_token"] = context.get("csrf_token")
    filled = engines["parts"].get_template(name).render(values)
    return mark_safe(filled)  # noqa: S308 (Jinja2 has escaped it)
