"""Decide which days are school days: the school's own entries first, then the week's pattern.

Public holidays and the working weekends around them come from `chinesecalendar`, which knows only the years
that the State Council has announced; for other years the school enters its own.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import chinese_calendar

from core.weeks import SATURDAY


def days_between(starts_on: date, ends_on: date) -> Iterator[date]:
    for offset in range((ends_on - starts_on).days + 1):
        yield starts_on + timedelta(days=offset)


def public_days(starts_on: date, ends_on: date) -> tuple[dict[date, tuple[bool, str]], set[int]]:
    """Return the days that differ from Monday to Friday as {date: (is_school_day, name)}, and the years of
    the span that the library does not cover.
    """
    known: dict[date, tuple[bool, str]] = {}
    missing: set[int] = set()
    for on in days_between(starts_on, ends_on):
        if on.year in missing:
            continue
        try:
            is_holiday, name = chinese_calendar.get_holiday_detail(on)
        except NotImplementedError:
            missing.add(on.year)
            continue
        is_weekend = on.weekday() >= SATURDAY
        if is_holiday and name:
            known[on] = (False, chinese_calendar.Holiday(name).chinese)
        elif is_weekend and not is_holiday:
            known[on] = (True, chinese_calendar.Holiday(name).chinese if name else "")
    return known, missing


def is_school_day(on: date, words: Mapping[date, bool], terms: list[tuple[date, date]]) -> bool:
    """Return whether `on` is a school day.

    `words` are the school's own entries (True = school day), `terms` is [(first, last)].

    If no term is on record, every ordinary weekday counts: deadlines must not stop because nobody has filled
    in the calendar. Pure.
    """
    if on in words:
        return words[on]
    if terms and not any(first <= on <= last for first, last in terms):
        return False
    return on.weekday() < SATURDAY
