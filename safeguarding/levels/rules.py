"""How soon somebody must look after a concern that a person has judged: levels and their clocks.

Pure functions: facts and `at` in, decisions out. Nothing here sets or lowers a level; a person does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from safeguarding.rules import SchoolTime

RED, ORANGE, YELLOW = "red", "orange", "yellow"
ORDER = ("", YELLOW, ORANGE, RED)  # "" = nobody has judged it yet

# Minutes within which an adult is with the child. Source: domain facts, "red = an adult with the child now".
RED_MINUTES = 15
# Hours within which somebody looks after an orange concern. Source: the same, "24–48 h".
ORANGE_HOURS, ORANGE_HOURS_LEAST, ORANGE_HOURS_MOST = 48, 24, 48
# Days within which somebody looks after a yellow concern. Source: the same, "1–2 weeks".
YELLOW_DAYS, YELLOW_DAYS_LEAST, YELLOW_DAYS_MOST = 14, 7, 14
# Holidays delay this by a long weekend, not by a summer (our own choice): an orange concern is due this many
# days after it was judged in any case, a yellow one this many days after its time.
ORANGE_LONGEST_DAYS = 5
YELLOW_WAITS_DAYS = 7


@dataclass(frozen=True)
class Spans:
    """What a school has chosen within those bounds. The time for red is fixed."""

    orange_hours: int = ORANGE_HOURS
    yellow_days: int = YELLOW_DAYS


def look_by(level: str, at: datetime, spans: Spans, school: SchoolTime, zone: ZoneInfo) -> datetime:
    """Return by when the named adult must have looked after a concern that was judged `at`.

    Red runs round the clock. Orange counts only school days, yellow all days; both end while the school is
    open.
    """
    if level == RED:
        return at + timedelta(minutes=RED_MINUTES)
    if level == ORANGE:
        latest = at + timedelta(days=ORANGE_LONGEST_DAYS)
        ends = after_school_days(at, spans.orange_hours // 24, school, zone, latest)
        return _when_open(ends, school, zone, latest)
    ends = at + timedelta(days=spans.yellow_days)
    return _when_open(ends, school, zone, ends + timedelta(days=YELLOW_WAITS_DAYS))


def after_school_days(
    at: datetime, days: int, school: SchoolTime, zone: ZoneInfo, latest: datetime
) -> datetime:
    """Return the same time of day, `days` school days later, but not after `latest`."""
    there = at.astimezone(zone)
    while days and there < latest:
        there += timedelta(days=1)
        days -= school.is_school_day(there.date())
    return min(there, latest).astimezone(at.tzinfo)


def _when_open(at: datetime, school: SchoolTime, zone: ZoneInfo, latest: datetime) -> datetime:
    """Return `at`, or the next moment at which the school is open, but not after `latest`."""
    on = at.astimezone(zone).date()
    while datetime.combine(on, school.opens, zone) < latest:
        if school.is_school_day(on) and at <= datetime.combine(on, school.closes, zone):
            begins = datetime.combine(on, school.opens, zone)
            return min(max(at, begins), latest).astimezone(at.tzinfo)
        on += timedelta(days=1)
    return latest


def is_lower(level: str, than: str) -> bool:
    return ORDER.index(level) < ORDER.index(than)


def may_set(level: str, *, now: str, set_by_self: bool, may_lower: bool) -> bool:
    """Return whether this user may set `level`.

    Anybody who handles the concern may raise it. Only a counsellor or principal lowers a level that somebody
    else set.
    """
    return not is_lower(level, now) or set_by_self or may_lower


def higher(one: str, other: str) -> str:
    """Return the level of two concerns that are joined."""
    return max(one, other, key=ORDER.index)
