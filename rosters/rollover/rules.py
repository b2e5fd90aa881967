"""When a school year is nearly over, which days the next one may have, and which classes then leave.

Pure. The limits are our own choice.
"""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

AHEAD_DAYS = 92  # days; from June on for a year that ends in August
GAP_DAYS = 92  # days at most between two school years: a summer that belongs to neither
YEAR_DAYS = (270, 380)  # days of a school year from first to last: shortest and longest
LAST_GRADES = (6, 9, 12)  # the last grades of primary, junior and senior secondary school


class YearProblem(StrEnum):
    TOO_EARLY = "too_early"  # this year is still running
    TOO_LATE = "too_late"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


def is_due(on: date, ends_on: date) -> bool:
    return on >= ends_on - timedelta(days=AHEAD_DAYS)


def next_year(ends_on: date) -> tuple[date, date]:
    """Return the first and last day of a year that follows without a gap."""
    day = 28 if (ends_on.month, ends_on.day) == (2, 29) else ends_on.day
    return ends_on + timedelta(days=1), ends_on.replace(year=ends_on.year + 1, day=day)


def first_day_problem(first_on: date, this_ends_on: date) -> YearProblem | None:
    if first_on <= this_ends_on:
        return YearProblem.TOO_EARLY
    if (first_on - this_ends_on).days > GAP_DAYS:
        return YearProblem.TOO_LATE
    return None


def last_day_problem(first_on: date, last_on: date) -> YearProblem | None:
    days = (last_on - first_on).days + 1
    if days < YEAR_DAYS[0]:
        return YearProblem.TOO_SHORT
    return YearProblem.TOO_LONG if days > YEAR_DAYS[1] else None


def leaves(grade: int, grades: Collection[int]) -> bool:
    """Return whether a grade is the school's last: the end of a stage, with no higher grade here."""
    return grade in LAST_GRADES and grade + 1 not in grades
