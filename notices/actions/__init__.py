"""Change notices; one file for each purpose."""

from notices.actions.answering import (
    answer,
    note_seen,
    refusal_words,
    settle_again,
    statement_words,
    withdraw,
)
from notices.actions.drafts import (
    Content,
    NewFile,
    as_previewed,
    change,
    digest_of,
    discard,
    said_in,
    schedule,
    sign_instead,
    take_back,
    write,
)
from notices.actions.sending import ask_again, recall, send_due
from notices.actions.translating import translate_waiting

__all__ = [
    "Content",
    "NewFile",
    "answer",
    "as_previewed",
    "ask_again",
    "change",
    "digest_of",
    "discard",
    "note_seen",
    "recall",
    "refusal_words",
    "said_in",
    "schedule",
    "send_due",
    "settle_again",
    "sign_instead",
    "statement_words",
    "take_back",
    "translate_waiting",
    "withdraw",
    "write",
]
