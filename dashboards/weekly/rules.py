"""When a week is announced. No database, no clock."""

from datetime import date, datetime, time, timedelta

from core.weeks import last_sunday

# Our own figures: before the first lesson on Monday, and not any more if the server was down for two days.
STARTS_AT = time(7, 30)  # local, on Monday
LATE_AFTER_HOURS = 48  # hours; after that it is no longer news


def week_to_tell(local: datetime) -> date | None:
    """Return the Sunday of the week to announce at `local`; None outside the hours for it."""
    sunday = last_sunday(local.date())
    starts = datetime.combine(sunday + timedelta(days=1), STARTS_AT, local.tzinfo)
    is_due = starts <= local < starts + timedelta(hours=LATE_AFTER_HOURS)
    return sunday if is_due else None
