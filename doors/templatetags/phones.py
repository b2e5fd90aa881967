"""{{ school.phone|phone }}: 138 0013 8000, as people read it; links and fields keep the number whole."""

from django import template

from core.phones import readable

register = template.Library()


@register.filter
def phone(address: str | None) -> str:
    return readable(address) if address else ""
