"""`{% part "counselling/concerns.html" rows=rows %}`: a template of `templates/parts/`, rendered by Jinja2
(doors/parts.py). It gets only the values named here, and the page on which its forms stand.
"""

from typing import Any

from django import template
from django.template import engines
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **values: Any) -> SafeString:
    """Render the part. In the template, `token_field(page)` gives the hidden fields of a form."""
    values["page"] = context
    filled = engines["parts"].get_template(name).render(values)
    return mark_safe(filled)  # noqa: S308 (Jinja2 has escaped it)
