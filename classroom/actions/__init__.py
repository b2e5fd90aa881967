"""Save what teachers see and do. Each action is one transaction and safe to call twice."""

from classroom.actions.attendance import (
    explain_absence,
    lock_register,
    save_register,
    save_registers,
    save_reported,
)
from classroom.actions.homework import assign_help, end_help, give_help, note_missed
from classroom.actions.letters import as_written, draft_letter, send_letter
from classroom.actions.observing import (
    correct,
    observe,
    restore,
    retract,
    take_reported_notes,
)
from classroom.actions.requests import (
    TooManyPhotos,
    answer_request,
    ask_family,
    close_request,
    reopen_request,
)

__all__ = [
    "TooManyPhotos",
    "answer_request",
    "as_written",
    "ask_family",
    "assign_help",
    "close_request",
    "correct",
    "draft_letter",
    "end_help",
    "explain_absence",
    "give_help",
    "lock_register",
    "note_missed",
    "observe",
    "reopen_request",
    "restore",
    "retract",
    "save_register",
    "save_registers",
    "save_reported",
    "send_letter",
    "take_reported_notes",
]
