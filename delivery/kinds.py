"""What a room says about the kinds of message that it queues: dispatch asks it before sending and tells it
of failures.

Delivery knows recipients, addresses and hours. Only the room that asked a question knows whether it still
stands, what it says and where its link leads. `MESSAGE_KINDS` in the settings names a class of that room
for each kind that needs one; for every other kind the payload says everything. Notices of many rooms are
one kind: such a notice names in its payload what it is `about`, and that name has its class there too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from delivery import links, texts
from delivery.voice.rules import Event, Join, Script

if TYPE_CHECKING:
    from delivery.dispatch.facts import Row
    from delivery.models import OutboxMessage


@dataclass(frozen=True)
class Asked:
    """A claimed message, as dispatch asks the room about it."""

    message_id: int
    about_id: int
    school_id: int
    adult_id: int | None
    step: int
    expires_at: datetime
    which: str = ""  # of a notice: which of the messages about this row, or the day that it is of


@dataclass(frozen=True)
class Answer:
    """What is true now of the row that the message is about."""

    cause: str = ""  # why it must not go, a key of texts.CAUSES; "" = it may
    # When it was to go, where later only the adult's next good hour will do.
    planned_at: datetime | None = None
    teacher_name: str = ""
    own_words: str = ""  # the school's own sentence; "" = the usual one


@dataclass(frozen=True)
class Press:
    """A key that somebody pressed in a call, and in which step of its script. `call` names the call."""

    step: str
    digit: str
    call: str


class MessageKind:
    """A kind of message whose payload says everything."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        """Return answers by message id. A message with an `about_id` that is missing here does not go. A
        hundred messages take as many queries as one.
        """
        return {}

    def url(self, row: "Row", contact_point_id: int | None) -> str:
        """Return the whole address to which the link of the message leads."""
        return links.url_for(path=row.payload.get("path", "/"))

    def text(self, row: "Row", **parts: str) -> texts.Text:
        day = row.payload.get("day", "")
        return texts.render(
            kind=row.kind,
            language=row.language,
            day=day,
            is_to_family=row.adult_id is not None,
            **parts,
        )

    def script(self, row: "Row", contact_point_id: int | None, **parts: str) -> Script | None:
        """Return what a call says, in the recipient's language; None where this kind is not spoken."""
        return None

    def join(self, row: "Row", contact_point_id: int | None) -> Join | None:
        """Return the other leg of a call that joins two; None of any other."""
        return None

    def pressed(self, message: "OutboxMessage", press: Press, at: datetime) -> None:
        """Learn of a key. Runs once for each, in the transaction that records it."""

    def outweighs(self, press: Press, before: Collection[str]) -> bool:
        """Whether a further key of a call with one step counts beside those that came before it."""
        return False

    def is_help(self, press: Press) -> bool:
        """Whether a key counts that only the number and the minute tie to this call: after it somebody looks
        or goes there, and a wrong one costs no more than that.
        """
        return False

    def heard(self, message: "OutboxMessage", event: Event, at: datetime) -> None:
        """Learn of anything that happened in a call. Runs once for each, in the same transaction."""

    def failed(self, about_ids: Collection[int], at: datetime) -> None:
        """Learn that these reached nobody. Runs in the transaction that records it."""


class RoomNotice(MessageKind):
    """A notice of a room (`delivery.actions.room_notice`), which goes only while it still holds."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterable[int]:
        """Return the `message_id` of each notice that still holds. As many queries for a hundred notices
        as for one. Whether the adult may be written to at all, delivery looks at by itself.
        """
        raise NotImplementedError

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        return {message_id: Answer() for message_id in self.holding(asked, at)}


class SignInKind(MessageKind):
    """A message whose link signs in (kinds `link` and `invite`)."""

    def url(self, row: "Row", contact_point_id: int | None) -> str:
        if row.adult_id is None:
            return super().url(row, contact_point_id)
        return links.sign_in_url(link_id=row.payload["link"], adult_id=row.adult_id)


@cache
def kind_of(name: str) -> MessageKind:
    """Return the class that the settings name for this kind of message, else the plain one."""
    path = settings.MESSAGE_KINDS.get(name)
    return import_string(path)() if path else MessageKind()


def tell_failed(messages: Collection[tuple[str, int | None]], at: datetime) -> None:
    """Tell each room which of its messages reached nobody. `messages` are (kind, about_id)."""
    by_kind: dict[str, list[int]] = {}
    for name, about_id in messages:
        if about_id is not None:
            by_kind.setdefault(name, []).append(about_id)
    for name, about_ids in by_kind.items():
        kind_of(name).failed(about_ids, at)
