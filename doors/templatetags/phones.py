"""{{ school.phone|phone }}: 138 0013 8000, as people read it, and on one line.

In links, use the number itself.
"""

from django import template

from core.phones import on_one_line

register = template.Library()


@register.filter
def phone(address: str | None) -> str:
    return on_one_line(address) if address else ""
