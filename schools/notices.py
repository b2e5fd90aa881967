"""The shape in which an app below messaging says that an adult of a family is to be written to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class DueMessage:
    """One message that is due; messaging pulls it (`messages_due(at)`) and sends it once per `key`.

    `words` is one English sentence marked with `gettext_noop`: it is translated at sending, in the
    language that the adult has then. It names no child and nothing that could shame or frighten on a
    lock screen. `path` is the family page behind it, under /f/. `key` holds whatever makes the message
    the same one, the local date included where it may come again ("call:17:day-before").

    `messages_due(at)` names every message with `due_at <= at < expires_at` that still holds, each time it is
    asked: what is not named any more (a call that was called off) and has not gone out yet stays unsent.
    """

    key: str
    school_id: int
    adult_id: int
    words: str
    path: str
    due_at: datetime
    expires_at: datetime
    student_id: int | None = None
