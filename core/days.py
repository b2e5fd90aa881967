"""Days in words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def short_day(on: date, today: date) -> str:
    """11月24日; with its year where that is another one."""
    if on.year == today.year:
        return date_format(on, pgettext("date format", "j M"))
    return date_format(on, pgettext("date format", "j M Y"))


def week_day(on: date) -> str:
    """11月24日 周二."""
    day = {
        "weekday": _weekdays()[on.weekday()],
        "day": date_format(on, pgettext("date format", "j M")),
    }
    return pgettext("day with its weekday", "%(weekday)s %(day)s") % day


def _weekdays() -> tuple[str, ...]:
    """Monday first; 周一 rather than 星期一."""
    return (
        pgettext("short weekday", "Mon"),
        pgettext("short weekday", "Tue"),
        pgettext("short weekday", "Wed"),
        pgettext("short weekday", "Thu"),
        pgettext("short weekday", "Fri"),
        pgettext("short weekday", "Sat"),
        pgettext("short weekday", "Sun"),
    )


def stamp(at: datetime, now: datetime, zone: str) -> str:
    """今天 9:38, 11月23日 18:30; on the school's clock."""
    local, today = timezone.localtime(at, ZoneInfo(zone)), timezone.localdate(now, ZoneInfo(zone))
    day = local.date()
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get((day - today).days)
    words = {"day": named or short_day(day, today), "time": date_format(local, "G:i")}
    return pgettext("day and time", "%(day)s %(time)s") % words
