"""A week of the school: Monday to Sunday."""

from datetime import date, timedelta

SATURDAY = 5  # date.weekday()


def monday_of(on: date) -> date:
    """Return the Monday of the week of `on`."""
    return on - timedelta(days=on.weekday())


def sunday_of(on: date) -> date:
    """Return the Sunday of the week of `on`."""
    return monday_of(on) + timedelta(days=6)


def last_sunday(on: date) -> date:
    """Return the last day of the last week that is over on `on`."""
    return monday_of(on) - timedelta(days=1)


def next_monday(on: date) -> date:
    """Return the first Monday after `on`."""
    return monday_of(on) + timedelta(days=7)
