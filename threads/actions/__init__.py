"""Change threads; one file for each purpose."""

from threads.actions.calls import close_call_back, reopen_call_back
from threads.actions.incoming import assign, dismiss, land_incoming, land_replies, put_back
from threads.actions.machine_texts import make_machine_texts
from threads.actions.own import add_phrase, restore_phrase, retire_phrase
from threads.actions.ownership import (
    add_adult,
    finish,
    hand_over,
    let_go,
    open_with_reason,
    reopen,
)
from threads.actions.seeing import (
    note_heard,
    note_reply_heard,
    note_seen_by_family,
    note_seen_by_staff,
)
from threads.actions.writing import (
    Said,
    StaleKey,
    begin_from_family,
    begin_from_school,
    say_from_family,
    say_from_school,
)

__all__ = [
    "Said",
    "StaleKey",
    "add_adult",
    "add_phrase",
    "assign",
    "begin_from_family",
    "begin_from_school",
    "close_call_back",
    "dismiss",
    "finish",
    "hand_over",
    "land_incoming",
    "land_replies",
    "let_go",
    "make_machine_texts",
    "note_heard",
    "note_reply_heard",
    "note_seen_by_family",
    "note_seen_by_staff",
    "open_with_reason",
    "put_back",
    "reopen",
    "reopen_call_back",
    "restore_phrase",
    "retire_phrase",
    "say_from_family",
    "say_from_school",
]
