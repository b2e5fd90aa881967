"""Calls through a gateway of the county: a small HTTP service beside its FreeSWITCH or Asterisk.

`config`: `url`, `fen` (cost of a call), `limit_yuan` (for a month), `timeout_seconds`. `secret`: `token`,
which we show to the gateway, and `hook`, with which it signs its reports. README.md contains the contract.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from delivery.channels import costs, hooks
from delivery.channels.base import (
    Account,
    AfterLostReply,
    Hook,
    LostReply,
    Message,
    PermanentFailure,
    Receipt,
    Report,
    ReportRefused,
    Reports,
    TemporaryFailure,
    code_of,
)
from delivery.channels.http import (
    REST_SECONDS,
    Reply,
    parsed,
    reply_to,
    retry_after,
    timeout_of,
)
from delivery.channels.outgoing import problem_of
from delivery.channels.signing import must_be_fresh, must_be_signed
from delivery.voice import rules

KIND = "voice"
MEANS = "call"
# Each call is booked in the database before it is placed, in the worker's own thread.
PARALLEL = 1
KINDS = ("check_in", "at_home", "nearby", "join", "concern", "test")  # kinds with a text to speak
SCHEMES = ("http", "https")
KEY_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
BAD_NUMBER = "bad_number"
SIGNATURE, TIME = "x-jiaqiao-signature", "x-jiaqiao-time"


def send(message: Message, account: Account) -> Receipt:
    if message.script is None:
        raise PermanentFailure("bad_text", is_about_address=False)
    costs.book(message, account)
    try:
        body = _leg(message.address, message.script)
        if message.join is not None:
            legs = [_leg(message.join.to, message.join.script), body]
            body = {"legs": legs, "join_seconds": message.join.minutes * 60}
        return _place(message, account, body)
    except TemporaryFailure as failure:
        if failure.is_sure:
            costs.take_back(message)
        raise
    except PermanentFailure:
        costs.take_back(message)
        raise


def _leg(to: str, script: rules.Script) -> dict[str, Any]:
    return {"to": to, "ring_seconds": rules.RINGS_SECONDS, "script": rules.as_json(script)}


def _place(message: Message, account: Account, body: dict[str, Any]) -> Receipt:
    reply = _request("PUT", message.key, account, body)
    status = reply.status_code
    if status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
        try:
            told = parsed(reply)
        except LostReply as lost:
            raise TemporaryFailure("unexpected_answer", lost.detail, is_sure=False) from lost
        if told.get("call") == message.key:
            return Receipt(reference=message.key)
        raise TemporaryFailure("unexpected_answer", f"{status}", is_sure=False)
    if status in (HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS):
        raise TemporaryFailure("provider_busy", f"{status}", retry_after(reply))
    if status in KEY_REFUSED:
        raise TemporaryFailure("key_refused", f"{status}", closes=REST_SECONDS)
    if status == HTTPStatus.PAYMENT_REQUIRED:
        raise TemporaryFailure("no_balance", f"{status}", closes=REST_SECONDS)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and (
        status != HTTPStatus.REQUEST_TIMEOUT
    ):
        raise _refusal(message, reply)
    raise TemporaryFailure("provider_error", f"{status}", retry_after(reply), is_sure=False)


def _refusal(message: Message, reply: Reply) -> PermanentFailure:
    try:
        told = parsed(reply)
    except LostReply:
        told = {}
    is_number = code_of(told.get("error")) == BAD_NUMBER
    if is_number and message.join is not None and told.get("leg") != rules.SECOND:
        # It says nothing about the adult's own number.
        return PermanentFailure(rules.OTHER_LINE, f"{reply.status_code}", is_about_address=False)
    cause = "no_such_number" if is_number else "provider_refused"
    return PermanentFailure(cause, f"{reply.status_code}", is_about_address=is_number)


def look_up(message: Message, account: Account) -> Receipt | None:
    told = _told_of(message, account)
    return Receipt(reference=message.key) if told is not None else None


def hang_up(message: Message, account: Account) -> bool:
    """Return whether the gateway knows the call. If not, there is nothing to end."""
    reply = _request("DELETE", message.key, account)
    if reply.status_code == HTTPStatus.NOT_FOUND:
        return False
    if reply.status_code not in (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT):
        raise TemporaryFailure("provider_error", f"hang up: {reply.status_code}")
    return True


def poll(messages: Sequence[Message], account: Account) -> list[Report]:
    """Ask for the events of each call: what the gateway posted to us may never have arrived."""
    found: list[Report] = []
    for message in messages:
        told = _told_of(message, account) or {}
        events = told.get("events")
        for one in events[: hooks.REPORTS_AT_MOST] if isinstance(events, list) else ():
            if isinstance(one, Mapping):
                report = _report({**one, "call": message.key})
                found += [report] if report else []
    return found


def _told_of(message: Message, account: Account) -> dict[str, Any] | None:
    reply = _request("GET", message.key, account)
    if reply.status_code == HTTPStatus.NOT_FOUND:
        return None
    if reply.status_code != HTTPStatus.OK:
        raise TemporaryFailure("provider_error", f"look-up: {reply.status_code}")
    told = parsed(reply)
    if told.get("call") != message.key:
        raise TemporaryFailure("unexpected_answer", "look-up")
    return told


def read_hook(hook: Hook, account: Account) -> Reports:
    """Read the events of calls. Every request is signed; an unsigned one is refused and not even stored."""
    written, signature = hook.headers.get(TIME, ""), hook.headers.get(SIGNATURE, "")
    must_be_signed(signature, account.secret.get("hook") or "", written, hook.body)
    must_be_fresh(written, hook.at)
    told = hooks.json_of(hook.body)
    events = told.get("events") if isinstance(told, Mapping) else None
    if not isinstance(events, list) or len(events) > hooks.REPORTS_AT_MOST:
        raise ReportRefused("no list")
    found = [_report(one) for one in events if isinstance(one, Mapping)]
    reports = [report for report in found if report]
    return Reports(reports, is_proof=True, signature=signature.lower())


def _report(told: Mapping[str, Any]) -> Report | None:
    event = rules.event_of(told)
    if event is None:
        return None
    verdict, cause = rules.verdict_of(event)
    return Report(
        verdict,
        key=str(told.get("call") or ""),
        cause=cause,
        code=event.result or event.kind,
        raw=rules.told(event),
    )


def takes(kind: str, config: dict[str, Any]) -> bool:
    return kind in KINDS


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.LOOK_UP


def _request(method: str, key: str, account: Account, body: dict[str, Any] | None = None) -> Reply:
    url = str(account.config.get("url") or "").rstrip("/")
    if urlsplit(url).scheme not in SCHEMES:
        raise TemporaryFailure("bad_gateway_settings", "only http and https", closes=REST_SECONDS)
    headers = {"Authorization": f"Bearer {account.secret.get('token') or ''}"}
    seconds = timeout_of(account.config)
    return reply_to(method, f"{url}/calls/{key}", seconds, headers=headers, json=body)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    value = str(config.get("url") or "")
    try:
        parts = urlsplit(value)
    except ValueError:
        return {"url": _("This address cannot be read.")}
    if parts.scheme not in SCHEMES or not parts.hostname:
        return {"url": _("Enter a full address that starts with https:// or http://.")}
    problem = problem_of(value)
    return {"url": problem} if problem else {}


def summary(config: dict[str, Any]) -> str:
    return urlsplit(str(config.get("url") or "")).hostname or _("no gateway yet")
