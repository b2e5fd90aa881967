"""Whether a record was looked up recently enough, for people with a post in a village and for experts who
speak at the school. The police or the procuratorate say whether somebody has a record of harming children;
the day of their answer is kept, never what it says (Minors Protection Law, Art. 62).
"""

from datetime import date, timedelta

# Days for which a look-up of somebody's record counts: "once a year" (Minors Protection Law, Art. 62).
CHECK_HOLDS_DAYS = 365
CHECK_DUE_DAYS = 30  # days before that from which the list says that it is due; ours


def check_ends(checked_on: date) -> date:
    """The last day on which it counts."""
    return checked_on + timedelta(days=CHECK_HOLDS_DAYS)


def counts(checked_on: date | None, on: date) -> bool:
    return checked_on is not None and checked_on <= on <= check_ends(checked_on)


def counts_for_post(checked_on: date | None, starts_on: date, today: date) -> bool:
    """On the first day of a post; where that was before today, today: a look-up that counted then may be old
    by now, and somebody may be at work for longer than anybody has looked.
    """
    return counts(checked_on, max(starts_on, today))


def is_check_due(checked_on: date | None, today: date) -> bool:
    return checked_on is None or today > check_ends(checked_on) - timedelta(days=CHECK_DUE_DAYS)
