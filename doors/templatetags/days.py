"""Dates on pages as core.days says them: a year only where it is another one.

What is today is read from this machine's clock: a filter knows no request, and core.clock would ask
PostgreSQL once a date.
"""

from datetime import date, datetime

from django import template
from django.utils import timezone

from core.days import day_and_time, short_day

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """11月24日; a moment by the server's calendar."""
    if value is None:
        return ""
    on = timezone.localdate(value) if isinstance(value, datetime) else value
    return short_day(on, timezone.localdate())


@register.filter
def moment(value: datetime | None) -> str:
    """今天 9:38, 11月23日 18:30; by the server's clock."""
    return day_and_time(timezone.localtime(value), timezone.localdate()) if value else ""
