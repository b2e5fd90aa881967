"""Who is to answer, when pings and automatic replies are due, and what counts as an answer. Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.incoming.rules import HELP_WORDS, plain
from schools.hours import QuietHours, is_quiet

PING_AFTER_SECONDS = 60  # seconds; several messages in a row share one ping
PING_AGAIN_AFTER_MINUTES = 120  # minutes; the earliest time for a second ping about unseen messages
PING_EXPIRES_DAYS = 3  # days; a weekend and one day more
PING_STAFF_EXPIRES_HOURS = 24  # hours; Today shows the message as well
RECEIVED_EXPIRES_HOURS = 2  # hours; a family that wrote at night is asleep by then
EXCHANGE_GAP_DAYS = 7  # days of silence; a message after that begins a new exchange
READING_HOURS = 12  # hours for which a stated reason opens a colleague's thread: a working day
LANDS_IN_DONE_DAYS = 30  # days; a text message after that begins a new thread
EAR_FIRST_HOURS = (
    24  # hours before and after "I need help" in which a person hears a voice before a machine does
)
# attempts; with the waits between them about a day, enough for a night without the service
MACHINE_ATTEMPTS = 7
PREVIEW = 60  # characters of a message shown in a list
SHOWN = 60  # messages of a thread on one page, the latest ones; "earlier" shows the rest


class Awaited(StrEnum):
    """The side that is to answer. The values are those of Thread.State."""

    SCHOOL = "waiting_school"
    FAMILY = "waiting_family"


def awaited_after(is_from_family: bool) -> Awaited:
    """Return the side that is to answer after a message. Any message reopens a thread."""
    return Awaited.SCHOOL if is_from_family else Awaited.FAMILY


def opens_exchange(last_at: datetime | None, was_done: bool, at: datetime) -> bool:
    """Return whether a message begins an exchange rather than continues one.

    This is for the voice balance (product.md C8).
    """
    return last_at is None or was_done or at - last_at > timedelta(days=EXCHANGE_GAP_DAYS)


def is_auto_reply_due(quiet: QuietHours, at: datetime, last_back_at: datetime | None) -> bool:
    """Return whether the automatic reply is due: in quiet hours, and only once a night."""
    return is_quiet(quiet, at) and (last_back_at is None or last_back_at <= at)


def is_ping_due(last_ping_at: datetime | None, is_waiting: bool, at: datetime) -> bool:
    """Return whether to ping about another unseen message.

    Not while a ping is waiting, nor soon after one.
    """
    if is_waiting:
        return False
    return last_ping_at is None or at - last_ping_at >= timedelta(minutes=PING_AGAIN_AFTER_MINUTES)


# The answers on the page's buttons, in both languages. A digit is not an answer while no message
# prints one: "1" may be a door number, a child or a slip of the thumb.
ANSWER_WORDS = {
    "已通话": "talked",
    "we talked": "talked",
    "还没有": "not_yet",
    "not yet": "not_yet",
    **dict.fromkeys(HELP_WORDS, "need_help"),
}


def answer_in(text: str) -> str:
    """Return the answer that this text matches exactly, or an empty string. Nothing is guessed."""
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
    """Return whether a message goes to its adult or why it waits in the tray. One blocked adult bars it."""
    if not candidates:
        return Place.UNKNOWN
    if any(one.is_blocked for one in candidates):
        return Place.BARRED
    if len(candidates) > 1:
        return Place.SEVERAL
    return Place.ADULT if candidates[0].has_child else Place.NO_CHILD


def language_of(text: str, of_author: str) -> str:
    """Return the language of `text` by its script, or "" if it has no letters to translate.

    A family may use English pages and write Chinese, and a teacher may answer "OK".
    """
    letters = [sign for sign in text if sign.isalpha()]
    if not letters:
        return ""
    han = sum(unicodedata.name(sign, "").startswith("CJK UNIFIED") for sign in letters)
    if han * 2 >= len(letters):
        return "zh-hans"
    return "en" if all(map(str.isascii, letters)) else of_author


def next_attempt_at(attempts: int, at: datetime) -> datetime | None:
    """Return when to retry a machine text that has failed `attempts` times; None to give up."""
    return at + timedelta(minutes=4 ** (attempts - 1)) if attempts < MACHINE_ATTEMPTS else None
