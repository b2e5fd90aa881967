"""The hours in which staff are left in peace: their own, else their school's, else the general default.

Pure. Times of day are local to the school; instants are in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# The default if neither they nor their school chose otherwise: from the end of evening study at a boarding
# school until morning reading. Our own choice, by design review.
QUIET_STAFF = (time(21, 0), time(7, 0))


@dataclass(frozen=True)
class QuietHours:
    """The quiet hours of one member of staff. Equal ends mean none."""

    starts: time = QUIET_STAFF[0]
    ends: time = QUIET_STAFF[1]
    time_zone: str = "Asia/Shanghai"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def within(moment: time, start: time, end: time) -> bool:
    """Return whether the time of day `moment` is in [start, end), which runs past midnight if `end` is
    earlier.

    If both are equal, nothing is.
    """
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def is_quiet(quiet: QuietHours, at: datetime) -> bool:
    return within(at.astimezone(quiet.zone).time(), quiet.starts, quiet.ends)


def back_at(quiet: QuietHours, at: datetime) -> datetime:
    """Return when they look again: the end of the quiet hours if `at` is within them, else `at` itself."""
    if not is_quiet(quiet, at):
        return at
    local = at.astimezone(quiet.zone)
    days = 0 if local.time() < quiet.ends else 1
    morning = datetime.combine(local.date() + timedelta(days=days), quiet.ends, quiet.zone)
    return morning.astimezone(UTC)
