"""When a week is told of. No database, no clock."""

from datetime import date, datetime, time, timedelta

# Our own figures. Before the first lesson of a Monday, and not after a stop of the server that took the week.
STARTS_AT = time(7, 30)  # local, on Monday
LATE_AFTER_HOURS = 48  # hours; then it is no news any more


def week_to_tell(local: datetime) -> date | None:
    """The Sunday of the week that is told of at `local`; None outside the hours for it."""
    sunday = local.date() - timedelta(days=local.weekday() + 1)
    starts = datetime.combine(sunday + timedelta(days=1), STARTS_AT, local.tzinfo)
    is_due = starts <= local < starts + timedelta(hours=LATE_AFTER_HOURS)
    return sunday if is_due else None
