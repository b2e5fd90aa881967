"""When leave may be asked for, what it changes in attendance, and which words sound like it. Pure."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from classroom.rules import Mark

BACK_DAYS = 3  # days; a family may ask for days just gone (ill at the weekend), not rewrite a term
AHEAD_DAYS = 60  # days; further ahead nobody knows
DAYS_AT_MOST = 31  # days in one request; who stays away longer talks with the school
SHOWN_AFTER_DAYS = 7  # days for which the family still sees what became of it
CHIPS = 2  # school days offered by one tap

# What a message says that may be a request for leave; it offers the page, and decides nothing.
SOUNDS_LIKE_LEAVE = (
    "请假", "请个假", "请一天假", "请半天假", "请两天假", "事假", "病假",
    "不去上学", "不能上学", "不能去上学", "上不了学", "不去学校", "不能去学校", "去不了学校",
    "不上学了", "没法上学", "没法去学校", "不来上学", "来不了学校", "不能来上学",
    "生病", "发烧", "发高烧", "感冒了", "住院", "拉肚子",
)  # fmt: skip
# The same words about something else: looked at first, and taken out.
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
    """Why nobody may ask for these days: "back", "ahead", "long" or nothing."""
    if starts_on < today - timedelta(days=BACK_DAYS):
        return "back"
    if starts_on > today + timedelta(days=AHEAD_DAYS):
        return "ahead"
    return "long" if (ends_on - starts_on).days >= DAYS_AT_MOST else ""


@dataclass(frozen=True)
class Asked:
    """What a decision hangs on. `second_agrees`: a second adult's word that still counts, if any."""

    is_waiting: bool
    is_asker_known_to_care: bool
    second_agrees: bool | None = None


def needs_second(asked: Asked) -> bool:
    """Whether somebody else must still say that it is right: for a stranger's word always, for anybody's
    where a second adult has said that it is not.
    """
    if asked.second_agrees is None:
        return not asked.is_asker_known_to_care
    return not asked.second_agrees


def may_be_agreed(asked: Asked) -> bool:
    return asked.is_waiting and not needs_second(asked)


def is_filled(stored: Mark | None, is_taken: bool) -> bool:
    """Whether agreed leave is written over what attendance says of a day: an absence and a day that nobody
    has taken, never a child that somebody saw at school.
    """
    return not is_taken if stored is None else stored.kind in ("absent", "leave")


def is_at_school(now: time, is_school_day: bool, opens: time, closes: time) -> bool:
    """Whether a child is at school at that time of day, so that somebody must fetch it."""
    return is_school_day and opens <= now < closes


def sounds_like_leave(words: str) -> bool:
    for other in NOT_LEAVE:
        words = words.replace(other, "")
    return any(sound in words for sound in SOUNDS_LIKE_LEAVE)
