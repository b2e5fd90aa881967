"""Checks what a service answered before anybody sees it."""

import unicodedata
from typing import Any
from urllib.parse import urlsplit

from delivery.channels.base import LostReply

LINES = "\n\t"  # the invisible characters that normal text contains
# characters that change the direction of writing
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def words_in(said: dict[str, Any], name: str, most_chars: int) -> str:
    """Return `said[name]`. Raise LostReply if it is not text, empty, far too long or not what a person
    writes.
    """
    words = said.get(name)
    if not isinstance(words, str) or not words.strip():
        raise LostReply("unexpected_answer", f"no {name}")
    words = words.strip().replace("\r\n", "\n")
    if len(words) > most_chars:
        raise LostReply("unexpected_answer", f"{name} too long")
    # Reject NUL, which PostgreSQL does not accept, halves of surrogates, and changed writing direction. But
    # an emoji of several characters contains a joiner, and new emoji are not in this Python's tables.
    if any(
        sign in TURNS or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in LINES)
        for sign in words
    ):
        raise LostReply("unexpected_answer", f"{name} holds control characters")
    return words


def host_of(url: str) -> str:
    """Return host and port, without any user name and password in the address."""
    return urlsplit(url).netloc.rpartition("@")[2]
