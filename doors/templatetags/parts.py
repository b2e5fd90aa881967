"""`{% part "counselling/concerns.html" rows=rows %}`: a template of `templates/parts/`, rendered by Jinja2
(doors/parts.py). It gets only the values named here, and the CSRF token for its forms.
"""

from typing import Any

from django import template
from django.template import engines
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **values: Any) -> SafeString:
    """Render the part. In the template, `token_field(csrf_token)` is the hidden field of a form."""
    values["csrf_token"] = context.get("csrf_token")
    filled = engines["parts"].get_template(name).render(values)
    return mark_safe(filled)  # noqa: S308 (Jinja2 has escaped it)
