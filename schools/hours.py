"""When staff are left in peace: by their own hours, else by their school's, else by everybody's.

Pure. Times of day are by the school's own clock; instants are in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Where neither they nor their school said otherwise: from the end of evening study of a boarding school
# until morning reading. Our own choice, by design review.
QUIET_STAFF = (time(21, 0), time(7, 0))


@dataclass(frozen=True)
class QuietHours:
    """Hours of one member of staff. Equal ends: none."""

    starts: time = QUIET_STAFF[0]
    ends: time = QUIET_STAFF[1]
    time_zone: str = "Asia/Shanghai"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def within(moment: time, start: time, end: time) -> bool:
    """Whether a wall clock's `moment` lies in [start, end), over midnight where `end` is earlier; equal
    ends hold nothing.
    """
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def is_quiet(quiet: QuietHours, at: datetime) -> bool:
    return within(at.astimezone(quiet.zone).time(), quiet.starts, quiet.ends)


def back_at(quiet: QuietHours, at: datetime) -> datetime:
    """When they look again: the end of the quiet hours in which `at` lies, else `at` itself."""
    if not is_quiet(quiet, at):
        return at
    local = at.astimezone(quiet.zone)
    days = 0 if local.time() < quiet.ends else 1
    morning = datetime.combine(local.date() + timedelta(days=days), quiet.ends, quiet.zone)
    return morning.astimezone(UTC)
