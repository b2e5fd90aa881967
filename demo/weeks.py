"""Decides by chance in which weeks a child and a parent talked.

The share of connected children climbs from START to NOW over the weeks, with a bump around National Day, when
many parents come home.
"""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

START, NOW = 0.78, 0.95  # share of children with a parent away who talked in a week (made up)
HOLIDAY_BUMP = 0.07
NOISE = 0.05
FELL_SILENT, SILENT_WEEKS = 0.99, 2  # the most silent families: nothing heard in the last weeks
ASKED_AT = time(19, 30)


def share_in(week: int, weeks: int, first_day: date) -> float:
    """Return the target share in week `week` (0 = oldest), which begins on `first_day`."""
    share = START + (NOW - START) * week / max(1, weeks - 1)
    week_days = [first_day + timedelta(days=offset) for offset in range(7)]
    if any((day.month, day.day) == (10, 1) for day in week_days):
        share += HOLIDAY_BUMP
    return min(share, 0.99)


def talked(random: Random, silence: float, week: int, weeks: int, first_day: date) -> bool:
    """Draw whether they talked.

    It is less often in quieter families, and not in the last weeks of one that fell silent.
    """
    if silence > FELL_SILENT and week >= weeks - SILENT_WEEKS:
        return False
    usual = 0.5 if silence > FELL_SILENT else silence
    return usual + random.gauss(0, NOISE) < share_in(week, weeks, first_day)


def local_instant(on: date, zone: str, at: time = ASKED_AT) -> datetime:
    return datetime.combine(on, at, ZoneInfo(zone))
