"""The contract of a channel: one `send`, three ways to fail, and what may follow a lost reply.

A channel is a module with `KIND`, `MEANS` (the kind of contact point that it reaches), `PARALLEL` (requests
at once; 1 = in the caller's thread), `timeout_of(config)`, `send(message, account) -> Receipt`,
`after_lost_reply(account) -> AfterLostReply`, if that returns LOOK_UP also `look_up(message, account) ->
Receipt | None`, and `check_config(config) -> dict[str, str]` (problems by field, in words for the school's
administrator). `Channel` lists what else a channel may have, and what applies if it is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from delivery.voice.rules import Join, Script


@dataclass(frozen=True)
class Message:
    """A message as a provider gets it. `key` stays the same for every try of one message.

    `kind` and `parts` (url, school, teacher_surname, name, words, code, minutes) are for providers that
    accept no text but fill in their own template; `script` is for those that speak, with `join` if the call
    joins two people. For a look-up: `sent_at`, when the last request was sent, and `reference`, the
    provider's own number, if it gave one.
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
    script: Script | None = None
    join: Join | None = None


@dataclass(frozen=True)
class Account:
    """A school's account: settings that we may show, and decrypted secrets.

    `pk` None: the installation's own account. `copies`: for a county's account, the schools' accounts whose
    calls its provider may report.
    """

    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict, repr=False)
    is_readable: bool = True  # False: no key of the ring decrypts the secret
    pk: int | None = None
    copies: tuple[int, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """The provider has accepted the message. `is_delivered`: it even says that the message arrived."""

    reference: str = ""
    is_delivered: bool = False


class AfterLostReply(StrEnum):
    """The next step if nobody knows whether the provider accepted a message."""

    SEND_AGAIN = "send_again"
    LOOK_UP = "look_up"
    ASK_A_PERSON = "ask_a_person"


class Failure(Exception):
    """`cause` is a short code of texts.CAUSES. `detail` is for the log of attempts: a status or a code, never
    the provider's own words.
    """

    def __init__(self, cause: str, detail: str = ""):
        super().__init__(cause, detail)
        self.cause, self.detail = cause, detail[:300]


class TemporaryFailure(Failure):
    """Not sent, worth another try. `retry_after`: seconds, if the provider named them.

    `is_sure` False: the answer says "not sent" but proves nothing (a gateway's 5xx); we ask this provider
    before we try another. `closes`: seconds for which nothing is sent over this account (no balance, key
    refused). `is_about_account` False: only this message waits (one phone's daily limit); the provider itself
    works.
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
    """Refused for good. `is_about_address` True: nobody can reach this address.

    False: this account does not accept this message (it refused the template), but another account may.
    """

    def __init__(self, cause: str, detail: str = "", *, is_about_address: bool = True):
        super().__init__(cause, detail)
        self.is_about_address = is_about_address


CODE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
CODE_CHARS = 80  # characters; the longest code that providers document has some 60


def code_of(value: Any) -> str:
    """Return a provider's code for the log of attempts.

    Anything else is dropped, because it may contain somebody's words.
    """
    code = str(value or "")
    return code if len(code) <= CODE_CHARS and CODE_SIGNS.issuperset(code) else ""


class LostReply(Failure):
    """The request was sent and no answer came: the message may have been sent."""


@dataclass(frozen=True)
class Rate:
    """At most `per_second` requests, `burst` at once, shared by all accounts with the same `name`."""

    name: str
    per_second: float
    burst: int


class ReportRefused(Exception):
    """The signature ("signature", "stale", "plain mode") or the shape of a report is wrong."""


@dataclass(frozen=True)
class Report:
    """A provider's report about one message, identified by `key` (ours) or `reference` (its own number).

    `address`: to whom it went, if the provider says so. `verdict` is a value of DeliveryReceipt.Verdict,
    `cause` a code of texts.CAUSES, `code` the provider's code.
    """

    verdict: str
    key: str = ""
    reference: str = ""
    cause: str = ""
    code: str = ""
    detail: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True)
class Incoming:
    """A message that somebody sent to the school.

    `media_id`: a voice or photo to fetch later; `media_kind` says which. `receiver`: the account's name
    there.
    """

    provider_id: str
    address: str
    text: str = ""
    media_id: str = ""
    media_kind: str = ""
    sent_at: datetime | None = None
    receiver: str = ""


@dataclass(frozen=True)
class WayNews:
    """We may write to this address from now on, or no longer. `cause` as in texts.CAUSES."""

    address: str
    works: bool
    cause: str = ""


@dataclass(frozen=True)
class Permission:
    """One message for one tap: granted (`source` makes it count once), or taken back (`is_granted` False)."""

    address: str
    template: str
    is_granted: bool
    source: str = ""


@dataclass(frozen=True)
class Reports:
    """Everything that one request of a provider says, and the answer that it expects.

    `is_proof` False: nobody signed it, so it only means that we should ask the provider now. `signature`: for
    a signed request, which counts once.
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
    """A request to `/hooks/<pk>/<key>/`, at `at` by our own clock. Names of `headers` are in lower case."""

    method: str
    body: bytes
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: datetime


class Channel(Protocol):
    """A channel's module. Some of its parts are optional; below is what applies if they are missing.

    `takes`: it accepts every kind of message. `rate_of`: no limit. `read_hook`: no reports by webhook.
    `poll`: no reports on request. `can_be_asked`: always, if there is `poll`. `fetch_media`: no voice or
    photo comes in. `hang_up`: a call ends only by itself. `ONE_MENU`: a call may have several sentences, each
    with its own keys. `ISSUER` (the setting within which an address identifies a person): an address is the
    same over every account. `answer_to`: nobody is answered while their message comes in.
    """

    KIND: str
    MEANS: str
    PARALLEL: int
    ONE_MENU: bool

    def timeout_of(self, config: dict[str, Any]) -> float: ...
    def send(self, message: Message, account: Account) -> Receipt: ...
    def look_up(self, message: Message, account: Account) -> Receipt | None: ...
    def after_lost_reply(self, account: Account) -> AfterLostReply: ...
    def check_config(self, config: dict[str, Any]) -> dict[str, str]: ...
    def summary(self, config: dict[str, Any]) -> str: ...
    def answer_to(self, told: Incoming, words: str, account: Account, at: datetime) -> str: ...
    def takes(self, kind: str, config: dict[str, Any]) -> bool: ...
    def rate_of(self, account: Account) -> Rate | None: ...
    def read_hook(self, hook: Hook, account: Account) -> Reports: ...
    def can_be_asked(self, config: dict[str, Any]) -> bool: ...
    def poll(self, messages: Sequence[Message], account: Account) -> Sequence[Report]: ...
    def fetch_media(self, media_id: str, account: Account) -> bytes: ...
    def hang_up(self, message: Message, account: Account) -> bool: ...
