"""Reads of threads, one file per purpose."""

from messaging.queries import open_check_ins
from threads.queries.conversation import (
    Conversation,
    conversation,
    open_call_backs,
    people_of,
    telling,
)
from threads.queries.figures import VoiceBalance, voice_balance
from threads.queries.help import words_calling_for_help
from threads.queries.inbox import (
    ROWS,
    Page,
    Row,
    family_page,
    finished,
    followed,
    latest_about,
    page_of,
    rows_of,
    search,
    unread_by_family,
    waiting_first,
    with_people,
)
from threads.queries.incoming import (
    adults_at,
    candidate,
    cause_of,
    incoming_without_place,
    point_of,
    thread_to_land_in,
)
from threads.queries.pings import (
    PING_WAITS,
    last_ping,
    unseen_since,
    waiting_pings,
)
from threads.queries.writing import (
    children_of,
    last_back_at,
    last_word_at,
    latest_from_family,
    latest_word,
    only_child,
    owner_for,
    owners_at_work,
)

__all__ = [
    "PING_WAITS",
    "ROWS",
    "Conversation",
    "Page",
    "Row",
    "VoiceBalance",
    "adults_at",
    "candidate",
    "cause_of",
    "children_of",
    "conversation",
    "family_page",
    "finished",
    "followed",
    "incoming_without_place",
    "last_back_at",
    "last_ping",
    "last_word_at",
    "latest_about",
    "latest_from_family",
    "latest_word",
    "only_child",
    "open_call_backs",
    "open_check_ins",
    "owner_for",
    "owners_at_work",
    "page_of",
    "people_of",
    "point_of",
    "rows_of",
    "search",
    "telling",
    "thread_to_land_in",
    "unread_by_family",
    "unseen_since",
    "voice_balance",
    "waiting_first",
    "waiting_pings",
    "with_people",
    "words_calling_for_help",
]
