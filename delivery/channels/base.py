"""The contract of a channel: one `send`, three ways to fail, and what may be done after a lost reply.

A channel is a module with `KIND`, `MEANS` (the kind of contact point that it reaches), `PARALLEL`
(requests at once; 1 = in the caller's thread), `timeout_of(config)`, `send(message, account) -> Receipt`,
`after_lost_reply(account) -> AfterLostReply`, where that says LOOK_UP also
`look_up(message, account) -> Receipt | None`, and `check_config(config) -> dict[str, str]` (problems by
field, in words for the school's administrator). What a channel may have besides stands in `Channel`,
with what holds where it is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """What a provider gets to know. `key` stays the same for every try of one message.

    `kind` and `parts` (url, school, teacher_surname, name, words, code, minutes) are for providers that
    take no text but fill a template of their own. For a look-up: `sent_at`, when the last request went
    out, and `reference`, the provider's own number where it gave one.
    """

    key: str
    address: str
    text: str
    subject: str = ""
    school_id: int = 0
    adult_id: int | None = None
    user_id: int | None = None
    kind: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True)
class Account:
    """A school's way to send: what may be shown, and the opened secrets. `pk` None: the installation's."""

    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict, repr=False)
    is_readable: bool = True  # False: no key of the ring opens the secret
    pk: int | None = None


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
    """`cause` is a short code of texts.CAUSES; `detail` is for the log of attempts: a status or a code, never
    the words of the other side.
    """

    def __init__(self, cause: str, detail: str = ""):
        super().__init__(cause, detail)
        self.cause, self.detail = cause, detail[:300]


class TemporaryFailure(Failure):
    """Not sent, worth another try; `retry_after` in seconds where the provider said so.

    `is_sure` False: an answer that says "not sent" without being proof (a gateway's 5xx); no other
    provider is tried before this one was looked up. `closes` in seconds: nothing at all goes over this
    account now (no balance, key refused): it rests at once. `is_about_account` False: only this
    message is put off (one phone's daily limit); the provider itself is well.
    """

    def __init__(
        self,
        cause: str,
        detail: str = "",
        retry_after: float | None = None,
        *,
        is_sure: bool = True,
        closes: float | None = None,
        is_about_account: bool = True,
    ):
        super().__init__(cause, detail)
        self.retry_after, self.is_sure = retry_after, is_sure
        self.closes, self.is_about_account = closes, is_about_account


class PermanentFailure(Failure):
    """Refused for good. `is_about_address` True: the address is dead, whoever sends; False: this account
    does not take this message (a template refused), another one may.
    """

    def __init__(self, cause: str, detail: str = "", *, is_about_address: bool = True):
        super().__init__(cause, detail)
        self.is_about_address = is_about_address


CODE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
CODE_CHARS = 80  # characters; the longest that providers document has some 60


def code_of(value: Any) -> str:
    """A provider's code for the log of attempts; what is no code is not kept: it may be anybody's words."""
    code = str(value or "")
    return code if len(code) <= CODE_CHARS and CODE_SIGNS.issuperset(code) else ""


class LostReply(Failure):
    """The request went out, no answer came: it may have been sent."""


@dataclass(frozen=True)
class Rate:
    """At most `per_second` requests, `burst` at once, shared by all accounts of the same `name`."""

    name: str
    per_second: float
    burst: int


class ReportRefused(Exception):
    """A report whose signature ("signature", "stale", "plain mode") or shape is wrong."""


@dataclass(frozen=True)
class Report:
    """What a provider says of one message: by `key` (ours) or `reference` (its own number).

    `verdict` is a value of DeliveryReceipt.Verdict; `cause` a code of texts.CAUSES; `code` the provider's.
    """

    verdict: str
    key: str = ""
    reference: str = ""
    cause: str = ""
    code: str = ""
    detail: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Incoming:
    """What somebody sent to the school. `media_id` of a voice or photo that is fetched afterwards:
    `media_kind` is voice or photo.
    """

    provider_id: str
    address: str
    text: str = ""
    media_id: str = ""
    media_kind: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class WayNews:
    """That an address may be written to from now on, or no longer; `cause` as in texts.CAUSES."""

    address: str
    works: bool
    cause: str = ""


@dataclass(frozen=True)
class Permission:
    """One message for one tap: given (`source` counts it once), or with `is_granted` False taken back."""

    address: str
    template: str
    is_granted: bool
    source: str = ""


@dataclass(frozen=True)
class Reports:
    """Of one request of a provider: all that it tells, and what it wants to hear back.

    `is_proof` False: nobody signed it, and it only says that the provider should be asked now. `signature`
    of a signed request: it counts once.
    """

    reports: Sequence[Report]
    answer: str = "ok"
    content_type: str = "text/plain; charset=utf-8"
    incoming: Sequence[Incoming] = ()
    ways: Sequence[WayNews] = ()
    permissions: Sequence[Permission] = ()
    is_proof: bool = True
    signature: str = ""


@dataclass(frozen=True)
class Hook:
    """A request at `/hooks/<pk>/<key>/`, at `at` by our own clock: `headers` lower-case."""

    method: str
    body: bytes
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: datetime


class Channel(Protocol):
    """May be missing: `takes` (every kind of message), `rate_of` (no limit), `read_hook` (no reports by
    webhook), `poll` (nor by asking), `can_be_asked` (always, where there is `poll`), `fetch_media` (no voice
    or photo comes in).
    """

    KIND: str
    MEANS: str
    PARALLEL: int

    def timeout_of(self, config: dict[str, Any]) -> float: ...
    def send(self, message: Message, account: Account) -> Receipt: ...
    def look_up(self, message: Message, account: Account) -> Receipt | None: ...
    def after_lost_reply(self, account: Account) -> AfterLostReply: ...
    def check_config(self, config: dict[str, Any]) -> dict[str, str]: ...
    def summary(self, config: dict[str, Any]) -> str: ...
    def takes(self, kind: str, config: dict[str, Any]) -> bool: ...
    def rate_of(self, account: Account) -> Rate | None: ...
    def read_hook(self, hook: Hook, account: Account) -> Reports: ...
    def can_be_asked(self, config: dict[str, Any]) -> bool: ...
    def poll(self, messages: Sequence[Message], account: Account) -> Sequence[Report]: ...
    def fetch_media(self, media_id: str, account: Account) -> bytes: ...
