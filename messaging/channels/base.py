"""The contract of a channel: one `send`, three ways to fail, and what may be done after a lost reply.

A channel is a module with `KIND`, `MEANS` (the kind of contact point that it reaches), `PARALLEL`
(requests at once; 1 = in the caller's thread), `timeout_of(config)`, `send(message, account) -> Receipt`,
`after_lost_reply(account) -> AfterLostReply`, where that says LOOK_UP also
`look_up(message, account) -> Receipt | None`, and `check_config(config) -> dict[str, str]` (problems by
field, in words for the school's administrator).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """What a provider gets to know. `key` stays the same for every try of one message."""

    key: str
    address: str
    text: str
    subject: str = ""
    school_id: int = 0
    adult_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class Account:
    """A school's way to send: what may be shown, and the opened secrets."""

    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict, repr=False)
    is_readable: bool = True  # False: no key of the ring opens the secret


@dataclass(frozen=True)
class Receipt:
    """The provider has taken the message over; `is_delivered` where it even says that it arrived."""

    reference: str = ""
    is_delivered: bool = False


class AfterLostReply(StrEnum):
    """What may be done when nobody knows whether the provider took a message."""

    SEND_AGAIN = "send_again"
    LOOK_UP = "look_up"
    ASK_A_PERSON = "ask_a_person"


class Failure(Exception):
    """`cause` is a short code of texts.CAUSES; `detail` is for the log of attempts."""

    def __init__(self, cause: str, detail: str = ""):
        super().__init__(cause, detail)
        self.cause, self.detail = cause, detail[:300]


class TemporaryFailure(Failure):
    """Surely not sent, worth another try; `retry_after` in seconds where the provider said so."""

    def __init__(self, cause: str, detail: str = "", retry_after: float | None = None):
        super().__init__(cause, detail)
        self.retry_after = retry_after


class PermanentFailure(Failure):
    """Refused for this address for good: a further try is of no use."""


class LostReply(Failure):
    """The request went out, no answer came: it may have been sent."""


class Channel(Protocol):
    KIND: str
    MEANS: str
    PARALLEL: int

    def timeout_of(self, config: dict[str, Any]) -> float: ...
    def send(self, message: Message, account: Account) -> Receipt: ...
    def look_up(self, message: Message, account: Account) -> Receipt | None: ...
    def after_lost_reply(self, account: Account) -> AfterLostReply: ...
    def check_config(self, config: dict[str, Any]) -> dict[str, str]: ...
