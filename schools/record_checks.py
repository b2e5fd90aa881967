"""Decide whether somebody's record was checked recently enough.

This concerns people with a post in a village and experts who speak at the school. The police or the
procuratorate say whether somebody has a record of harming children. We store the day of their answer, never
what it says (Minors Protection Law, Art. 62).
"""

from datetime import date, timedelta

# Days for which a check of somebody's record is valid: "once a year" (Minors Protection Law, Art. 62).
CHECK_HOLDS_DAYS = 365
# Days before the end of its validity from which the list shows it as due; our own figure.
CHECK_DUE_DAYS = 30


def check_ends(checked_on: date) -> date:
    """Return the last day on which the check is valid."""
    return checked_on + timedelta(days=CHECK_HOLDS_DAYS)


def counts(checked_on: date | None, on: date) -> bool:
    return checked_on is not None and checked_on <= on <= check_ends(checked_on)


def counts_for_post(checked_on: date | None, starts_on: date, today: date) -> bool:
    """Return whether a check is valid on the first day of a post, or today if the post began earlier.

    A check that was valid then may be old by now, and somebody may have worked for longer than anybody has
    checked.
    """
    return counts(checked_on, max(starts_on, today))


def is_check_due(checked_on: date | None, today: date) -> bool:
    return checked_on is None or today > check_ends(checked_on) - timedelta(days=CHECK_DUE_DAYS)
