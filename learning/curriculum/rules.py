"""The weeks of a term, and which of them a class teacher sees on Today. Facts in, decisions out."""

from datetime import date, timedelta

from core.weeks import monday_of

# Our own figures.
WEEKS_BACK = 2  # how many weeks Today asks whether a lesson was held
WEEK = timedelta(days=7)


def weeks_of(starts_on: date, ends_on: date) -> list[date]:
    """Return the Mondays of the weeks that a term touches."""
    first = monday_of(starts_on)
    return [first + WEEK * number for number in range((ends_on - first).days // 7 + 1)]


def asked_weeks(on: date) -> tuple[date, date]:
    """Return the first and the last Monday whose lessons Today shows to the class teacher."""
    return monday_of(on) - WEEK * WEEKS_BACK, monday_of(on)
