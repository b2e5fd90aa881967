"""Who answers when, what ends a pause, what counts as an answer. Facts and `at` in, decisions out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schools.hours import QuietHours, is_quiet

PING_AFTER_SECONDS = 60  # seconds; several words in a row are one message
PING_AGAIN_AFTER_MINUTES = 120  # minutes; unseen words are spoken of a second time at the earliest
PING_EXPIRES_DAYS = 3  # days; a weekend and a day
PING_STAFF_EXPIRES_HOURS = 24  # hours; Today says it as well
RECEIVED_EXPIRES_HOURS = 2  # hours; whoever wrote a text at night is asleep by then
EXCHANGE_GAP_DAYS = 7  # days of silence; what is said then is a new exchange
READING_HOURS = 12  # hours for which a reason opens a thread that is another's: a working day
LANDS_IN_DONE_DAYS = 30  # days; a text after that begins a thread of its own
SHOWN = 60  # messages of a thread on one page, the latest; the rest by "earlier"


class Turn(StrEnum):
    """Whose word is awaited; the values of Thread.State."""

    SCHOOL = "waiting_school"
    FAMILY = "waiting_family"


def turn_after(is_from_family: bool) -> Turn:
    """Any word reopens a thread: the other side is to answer."""
    return Turn.SCHOOL if is_from_family else Turn.FAMILY


def opens_exchange(last_at: datetime | None, was_done: bool, at: datetime) -> bool:
    """Whether a word begins an exchange rather than going on with one (voice balance, product.md C8)."""
    return last_at is None or was_done or at - last_at > timedelta(days=EXCHANGE_GAP_DAYS)


def says_itself(quiet: QuietHours, at: datetime, last_back_at: datetime | None) -> bool:
    """Whether the automatic word is due: in quiet hours, and not twice in one night."""
    return is_quiet(quiet, at) and (last_back_at is None or last_back_at <= at)


def is_pinged_again(last_ping_at: datetime | None, is_waiting: bool, at: datetime) -> bool:
    """Whether a further unseen word is spoken of: not while a ping still waits to leave, nor soon after."""
    if is_waiting:
        return False
    return last_ping_at is None or at - last_ping_at >= timedelta(minutes=PING_AGAIN_AFTER_MINUTES)


# 通信短信息服务管理规定 (MIIT order 31, 2015), Art. 20: whoever refuses further messages gets none. The
# words that operators print ("拒收请回复R", "退订回T", TD) and their English relations, nothing else.
STOP_WORDS = frozenset("stop unsubscribe td t r 退订 拒收 取消订阅 不再接收".split())
# The answers as the buttons of the page say them, in both languages. A figure counts as no answer as long
# as no message prints one: "1" may be a door, a child, a slip of the thumb.
ANSWER_WORDS = {
    "已通话": "talked",
    "we talked": "talked",
    "还没有": "not_yet",
    "not yet": "not_yet",
    "需要帮忙": "need_help",
    "i need help": "need_help",
}


def plain(text: str) -> str:
    """As people mean it: half-width, lower case, without what stands around the words."""
    said = unicodedata.normalize("NFKC", text).lower()
    words = [place for place, sign in enumerate(said) if sign.isalnum()]
    return said[words[0] : words[-1] + 1] if words else ""


def is_stop(text: str) -> bool:
    return plain(text) in STOP_WORDS


def answer_in(text: str) -> str:
    """The answer that this text is, to the letter; empty for everything else. Never guessed."""
    return ANSWER_WORDS.get(plain(text), "")


@dataclass(frozen=True)
class Candidate:
    """An adult of the school who has the address that a message came from."""

    adult_id: int
    is_blocked: bool
    has_child: bool


class Place(StrEnum):
    ADULT = "adult"
    UNKNOWN = "unknown"
    SEVERAL = "several"
    BARRED = "barred"
    NO_CHILD = "no_child"


def place_of(candidates: Sequence[Candidate]) -> Place:
    """Where a message lands: with its adult, or in the tray and why. One blocked adult at a phone bars it."""
    if not candidates:
        return Place.UNKNOWN
    if any(one.is_blocked for one in candidates):
        return Place.BARRED
    if len(candidates) > 1:
        return Place.SEVERAL
    return Place.ADULT if candidates[0].has_child else Place.NO_CHILD


def pairs_of(text: str) -> list[str]:
    """Every two neighbouring characters, as `ThreadMessage.pairs` keeps them."""
    flat = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return sorted({flat[at : at + 2] for at in range(len(flat) - 1)})
