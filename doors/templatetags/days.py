"""Dates on pages, in the formats of core.days: the year is shown only if it is not the current one.

"Today" comes from this machine's clock: a filter knows no request, and core.clock would query PostgreSQL for
every date.
"""

from datetime import date, datetime

from django import template
from django.utils import timezone

from core.days import day_and_time, short_day

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """Return 11月24日; a moment is converted to the server's local date."""
    if value is None:
        return ""
    on = timezone.localdate(value) if isinstance(value, datetime) else value
    return short_day(on, timezone.localdate())


@register.filter
def moment(value: datetime | None) -> str:
    """Return 今天 9:38 or 11月23日 18:30, in the server's time zone."""
    return day_and_time(timezone.localtime(value), timezone.localdate()) if value else ""
