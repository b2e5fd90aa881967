"""The classes with which other packages describe the kinds of messages that they queue.

Delivery knows recipients, addresses and hours. Only the package that asked a question knows whether it is
still open, what it says and where its link leads: dispatch asks it before sending and notifies it of
failures.

`MESSAGE_KINDS` in the settings names a class of that package for each kind that needs one; for every other
kind the payload says everything. The notices of many packages are one kind: such a notice names in its
payload what it is `about`, and that name has its class there too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from delivery import links, texts
from delivery.voice.rules import Event, Join, Script

if TYPE_CHECKING:
    from delivery.models import OutboxMessage


@dataclass(frozen=True)
class Asked:
    """A claimed message, in the form in which dispatch asks the package about it."""

    message_id: int
    about_id: int
    school_id: int
    adult_id: int | None
    step: int
    expires_at: datetime
    which: str = ""  # for a notice: which of the messages about this row, or for which day


@dataclass(frozen=True)
class Answer:
    """The current facts about the row that the message is about."""

    cause: str = ""  # why it must not be sent, a key of texts.CAUSES; "" = it may be sent
    # When it was meant to be sent, if after that it has to wait for the adult's next good hour.
    planned_at: datetime | None = None
    teacher_name: str = ""
    own_words: str = ""  # the school's own sentence; "" = the usual text


@dataclass(frozen=True)
class Queued:
    """A message of the outbox, as far as its words, its link and its call depend on it."""

    id: int
    key: UUID
    kind: str
    school_id: int
    school_name: str
    adult_id: int | None
    user_id: int | None
    about_id: int | None
    step: int
    payload: dict[str, Any]
    due_at: datetime
    language: str
    recipient_name: str
    teacher_name: str
    own_words: str  # the school's sentence in a question; "" = the usual text


@dataclass(frozen=True)
class Press:
    """A key that somebody pressed in a call, with the step of its script. `call` identifies the call."""

    step: str
    digit: str
    call: str


class MessageKind:
    """A kind of message whose payload says everything."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        """Return answers by message id, in as many queries for a hundred messages as for one.

        A message with an `about_id` that is missing here is not sent.
        """
        return {}

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        """Return the full address of the message's link."""
        return links.url_for(path=row.payload.get("path", "/"))

    def text(self, row: Queued, **parts: str) -> texts.Text:
        day = row.payload.get("day", "")
        return texts.render(
            kind=row.kind,
            language=row.language,
            day=day,
            is_to_family=row.adult_id is not None,
            **parts,
        )

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        """Return what a call says, in the recipient's language; None if this kind is not spoken."""
        return None

    def join(self, row: Queued, contact_point_id: int | None) -> Join | None:
        """Return the other leg of a call that joins two people; None for any other call."""
        return None

    def pressed(self, message: "OutboxMessage", press: Press, at: datetime) -> None:
        """Handle a pressed key. Runs once for each key, in the transaction that records it."""

    def outweighs(self, press: Press, before: Collection[str]) -> bool:
        """Return whether a further key in a one-step call counts in addition to the earlier ones."""
        return False

    def is_help(self, press: Press) -> bool:
        """Return whether a key counts that only number and time connect to this call.

        After such a key somebody looks or goes there, so that a wrong one costs no more than that.
        """
        return False

    def heard(self, message: "OutboxMessage", event: Event, at: datetime) -> None:
        """Handle any event of a call. Runs once for each, in the same transaction."""

    def failed(self, about_ids: Collection[int], at: datetime) -> None:
        """Handle messages that reached nobody. Runs in the transaction that records it."""


class RoomNotice(MessageKind):
    """A notice of a package (`delivery.actions.room_notice`) that is sent only while it still applies."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterable[int]:
        """Return the `message_id` of each notice that still applies, in as many queries for a hundred as for
        one.

        Delivery itself checks whether we may write to the adult at all.
        """
        raise NotImplementedError

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        return {message_id: Answer() for message_id in self.holding(asked, at)}


class SignInKind(MessageKind):
    """A message with a link that signs the adult in (kinds `link` and `invite`)."""

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        if row.adult_id is None:
            return super().url(row, contact_point_id)
        return links.sign_in_url(link_id=row.payload["link"], adult_id=row.adult_id)


@cache
def kind_of(name: str) -> MessageKind:
    """Return an object of the class that the settings name for this kind of message, or of the plain one."""
    path = settings.MESSAGE_KINDS.get(name)
    return import_string(path)() if path else MessageKind()


def tell_failed(messages: Collection[tuple[str, int | None]], at: datetime) -> None:
    """Tell each package which of its messages reached nobody. `messages` are (kind, about_id)."""
    by_kind: dict[str, list[int]] = {}
    for name, about_id in messages:
        if about_id is not None:
            by_kind.setdefault(name, []).append(about_id)
    for name, about_ids in by_kind.items():
        kind_of(name).failed(about_ids, at)
