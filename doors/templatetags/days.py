"""Dates on pages as core.days says them: a year only where it is another one."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from core import clock, days

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """11月24日; a moment by the server's calendar."""
    if value is None:
        return ""
    on = timezone.localdate(value) if isinstance(value, datetime) else value
    return days.short_day(on, timezone.localdate(clock.now()))


@register.filter
def moment(value: datetime | None) -> str:
    """今天 9:38, 11月23日 18:30; by the server's clock."""
    if value is None:
        return ""
    return days.day_and_time(timezone.localtime(value), timezone.localdate(clock.now()))
