"""Explain why staff cannot take a register on a day."""

from datetime import date, timedelta
from itertools import islice

from django.utils.translation import gettext as _

from classroom.rules import refused_day
from core.day_fields import DAY_TO_COME
from core.days import week_day
from core.weeks import SATURDAY
from schools.queries import SchoolCalendar

LOOK_BACK_DAYS = 75  # days, enough to span the summer holidays


def no_school_words(on: date, calendar: SchoolCalendar) -> str:
    """Return why there is no school on that day; empty if there is."""
    if calendar.is_school_day(on):
        return ""
    day = week_day(on)
    if name := calendar.names.get(on):
        return _("%(day)s is not a school day: %(name)s.") % {"day": day, "name": name}
    is_in_term = any(first <= on <= last for first, last in calendar.terms)
    if calendar.terms and not is_in_term:
        return _("%(day)s is not a school day: it is outside term.") % {"day": day}
    if on.weekday() >= SATURDAY and on not in calendar.words:
        return _("No school on %(day)s.") % {"day": day}
    return _("%(day)s is a holiday.") % {"day": day}


def school_days_until(on: date, calendar: SchoolCalendar, count: int) -> list[date]:
    """Return the last `count` school days up to and including `on`, latest first.

    There are fewer after a very long holiday.
    """
    days = (on - timedelta(days=back) for back in range(LOOK_BACK_DAYS))
    return list(islice((day for day in days if calendar.is_school_day(day)), count))


def refused_words(on: date, today: date, calendar: SchoolCalendar) -> str:
    refused = refused_day(on, today)
    if refused == "future":
        return str(DAY_TO_COME)
    if refused == "old":
        return _("This day is more than a year ago. Check the year.")
    return no_school_words(on, calendar)
