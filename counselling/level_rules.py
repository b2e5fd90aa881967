"""How soon a concern is looked after, once a person has judged it: levels and their clocks.

Pure: facts and `at` in, decisions out. Nothing here sets or lowers a level; a person does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RED, ORANGE, YELLOW = "red", "orange", "yellow"
ORDER = ("", YELLOW, ORANGE, RED)  # "" = nobody has judged it yet

# Minutes in which an adult is with the child. Source: domain facts, "red = an adult with the child now".
RED_MINUTES = 15
# Hours within which an orange one is looked after. Source: the same, "24–48 h".
ORANGE_HOURS, ORANGE_HOURS_LEAST, ORANGE_HOURS_MOST = 48, 24, 48
# Days within which a yellow one is looked after. Source: the same, "1–2 weeks".
YELLOW_DAYS, YELLOW_DAYS_LEAST, YELLOW_DAYS_MOST = 14, 7, 14


@dataclass(frozen=True)
class Spans:
    """What a school has chosen within those bounds. Red is no choice."""

    orange_hours: int = ORANGE_HOURS
    yellow_days: int = YELLOW_DAYS


def look_by(level: str, at: datetime, spans: Spans) -> datetime:
    """Until when the named adult must have looked after what was judged `at`."""
    return at + span_of(level, spans)


def span_of(level: str, spans: Spans) -> timedelta:
    return {
        RED: timedelta(minutes=RED_MINUTES),
        ORANGE: timedelta(hours=spans.orange_hours),
        YELLOW: timedelta(days=spans.yellow_days),
    }[level]


def is_lower(level: str, than: str) -> bool:
    return ORDER.index(level) < ORDER.index(than)


def may_set(level: str, *, now: str, set_by_self: bool, may_lower: bool) -> bool:
    """Anybody who handles the concern may raise it; a level that somebody else set is lowered by a
    counsellor or principal alone.
    """
    return not is_lower(level, now) or set_by_self or may_lower


def higher(one: str, other: str) -> str:
    """Of two concerns that are joined."""
    return max(one, other, key=ORDER.index)
