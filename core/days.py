"""Dates and times in a reader's words, for every page that shows one.

"Today" depends on the reader, so both instants must be given in the reader's local time.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.languages import once_per_language


def clock_time(moment: datetime | time) -> str:
    """Return 8:05."""
    return f"{moment:%-H:%M}"


def short_day(on: date, today: date) -> str:
    """Return 11月24日, with the year if it is another year."""
    return day_and_month(on) if on.year == today.year else full_day(on)


def full_day(on: date | None) -> str:
    """Return 2026年11月24日; "" for None."""
    return date_format(on, pgettext("date format", "j M Y")) if on else ""


def day_and_month(on: date) -> str:
    """Return 11月24日, in any year: for what is near, where `today` is not known."""
    # A datetime of the day gives the same text: one for each day is kept.
    return _day_and_month(date(on.year, on.month, on.day))


def month_of(on: date) -> str:
    """Return 2026年11月."""
    return date_format(on, pgettext("date format", "M Y"))


def week_day(on: date) -> str:
    """Return 11月24日 周二."""
    day = {"weekday": weekday_names()[on.weekday()], "day": day_and_month(on)}
    return pgettext("day with its weekday", "%(weekday)s %(day)s") % day


@once_per_language(8)
def weekday_names() -> tuple[str, ...]:
    """Return the short names of the weekdays, Monday first; 周一 rather than 星期一."""
    return (
        pgettext("short weekday", "Mon"),
        pgettext("short weekday", "Tue"),
        pgettext("short weekday", "Wed"),
        pgettext("short weekday", "Thu"),
        pgettext("short weekday", "Fri"),
        pgettext("short weekday", "Sat"),
        pgettext("short weekday", "Sun"),
    )


def days_ago(days: int) -> str:
    """Return 今天, 昨天 or 3 天前."""
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def near_day(on: date, today: date) -> str:
    """Return 昨天, 今天, 明天, or 11月27日 周五."""
    return _named_day(on, today) or week_day(on)


def near_dated_day(on: date, today: date) -> str:
    """Return 今天 11月25日 周三, 明天 …, or just 11月27日 周五."""
    if on == today:
        return _("today, %(day)s") % {"day": week_day(on)}
    if on == today + timedelta(days=1):
        return _("tomorrow, %(day)s") % {"day": week_day(on)}
    return week_day(on)


def day_and_time(then: datetime, today: date) -> str:
    """Return 今天 9:38 or 11月23日 18:30."""
    day = _named_day(then.date(), today) or short_day(then.date(), today)
    return _with_clock(day, then)


def dated_time(then: datetime) -> str:
    """Return 11月23日 18:30, in any year."""
    return _with_clock(day_and_month(then.date()), then)


def full_day_and_time(then: datetime) -> str:
    """Return 2026年11月24日 9:38."""
    return _with_clock(full_day(then.date()), then)


def stamp(at: datetime, now: datetime, zone: str) -> str:
    """Return 今天 9:38 or 11月23日 18:30, in the time zone `zone`."""
    there = ZoneInfo(zone)
    return day_and_time(timezone.localtime(at, there), timezone.localdate(now, there))


def clock_or_day(then: datetime, today: date) -> str:
    """Return 9:38, with the day if it is another day: 明天 7:00."""
    return (
        clock_time(then)
        if then.date() == today
        else _with_clock(near_day(then.date(), today), then)
    )


def _named_day(on: date, today: date) -> str:
    named = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    return named.get((on - today).days, "")


def _with_clock(day: str, then: datetime) -> str:
    words = {"day": day, "time": clock_time(then)}
    return pgettext("day and time", "%(day)s %(time)s") % words


@once_per_language(1024)
def _day_and_month(on: date) -> str:
    """A list of a hundred rows has about ten different days."""
    return date_format(on, pgettext("date format", "j M"))
