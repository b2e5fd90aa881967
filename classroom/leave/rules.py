"""Rules for leave: when it may be asked for, how it changes attendance, and which words suggest it. Pure."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from classroom.rules import Mark

# days; a family may ask for days just past (ill at the weekend), but not rewrite a term
BACK_DAYS = 3
AHEAD_DAYS = 60  # days; nobody can plan further ahead
DAYS_AT_MOST = 31  # days in one request; for longer absences the family talks with the school
SHOWN_AFTER_DAYS = 7  # days for which the family still sees the outcome
CHIPS = 2  # school days offered as one-tap choices

# Words in a message that may mean a request for leave. We then offer the page; nothing is decided.
SOUNDS_LIKE_LEAVE = (
    "请假", "请个假", "请一天假", "请半天假", "请两天假", "事假", "病假",
    "不去上学", "不能上学", "不能去上学", "上不了学", "不去学校", "不能去学校", "去不了学校",
    "不上学了", "没法上学", "没法去学校", "不来上学", "来不了学校", "不能来上学",
    "生病", "发烧", "发高烧", "感冒了", "住院", "拉肚子",
)  # fmt: skip
# Phrases that contain such a word but mean something else. They are removed before we look.
NOT_LEAVE = (
    "放假",
    "请假条写好",
    "没生病",
    "没有生病",
    "没发烧",
    "不发烧",
    "没有发烧",
    "生病了吗",
    "发烧吗",
)


def refused_span(starts_on: date, ends_on: date, today: date) -> str:
    """Return why these days cannot be requested: "back", "ahead", "long", or empty if they can."""
    if starts_on < today - timedelta(days=BACK_DAYS):
        return "back"
    if starts_on > today + timedelta(days=AHEAD_DAYS):
        return "ahead"
    return "long" if (ends_on - starts_on).days >= DAYS_AT_MOST else ""


@dataclass(frozen=True)
class Asked:
    """The facts that a decision depends on.

    `second_agrees` is a second adult's answer that still counts, if any. `is_fetcher_kept_away`: the adult
    who is to fetch the child may not come near it, or is no longer in touch.
    """

    is_waiting: bool
    is_asker_known_to_care: bool
    second_agrees: bool | None = None
    is_fetcher_kept_away: bool = False


def needs_second(asked: Asked) -> bool:
    """Return whether another adult must still confirm the request.

    One must if the person asking is not known to care for the child, or if a second adult has said no.
    """
    if asked.second_agrees is None:
        return not asked.is_asker_known_to_care
    return not asked.second_agrees


def may_be_agreed(asked: Asked) -> bool:
    return asked.is_waiting and not needs_second(asked) and not asked.is_fetcher_kept_away


def is_filled(stored: Mark | None, is_taken: bool) -> bool:
    """Return whether agreed leave replaces what attendance says of a day.

    It replaces an absence and fills a day on which no register was taken, but never overrides a child
    seen at school.
    """
    return not is_taken if stored is None else stored.kind in ("absent", "leave")


def is_at_school(now: time, is_school_day: bool, opens: time, closes: time) -> bool:
    """Return whether the child is at school at that time of day, so that somebody must fetch it."""
    return is_school_day and opens <= now < closes


def sounds_like_leave(words: str) -> bool:
    for other in NOT_LEAVE:
        words = words.replace(other, "")
    return any(sound in words for sound in SOUNDS_LIKE_LEAVE)
