"""SMS through any gateway that uses HTTP, described by the school's administrator.

`config`: `method` (POST or GET), `url`, `headers` (name → value), `body`, `content_type`, `success`
({"status": [200]} and/or {"json_path": "Code", "equals": "OK"} or {"regex": "…"}), `refused_regex`,
`idempotency_header`, `look_up_url` and `look_up_regex`, `timeout_seconds`, `reference_path`, `per_second`;
`report` (reports.py). In URL, headers and body, `{phone}` `{text}` `{key}` and `{secret_<name>}` are filled
in, quoted for their place. How each setting works: README.md beside this file.
"""

import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    Message,
    PermanentFailure,
    Rate,
    Receipt,
    Report,
    TemporaryFailure,
)
from delivery.channels.http import REST_SECONDS, Reply, reply_to, retry_after, timeout_of
from delivery.channels.outgoing import problem_of
from delivery.channels.sms_gateway import patterns, reports

KIND = "sms"
MEANS = "phone"
KEY_REFUSED = (401, 403)  # HTTP: about who we are or what we may do, not about what we say
PARALLEL = 8
SCHEMES = ("http", "https")
TEMPORARY_STATUS = {408, 425, 429}
REPLY_CHARS_AT_MOST = 20_000  # characters of an answer that the success rule looks at
# characters of a header's value that are sent as they are
HEADER_SIGNS = " !#$&'()*+,/:;=?@[]~-._%"
PLACEHOLDER = re.compile(r"\{(phone|text|key|secret_\w+)\}")


def send(message: Message, account: Account) -> Receipt:
    config = account.config
    reply = _request(
        config.get("method") or "POST", config["url"], message, account, with_body=True
    )
    status, text = reply.status_code, _text(reply)
    if status in TEMPORARY_STATUS:
        is_sure = status != HTTPStatus.REQUEST_TIMEOUT
        raise TemporaryFailure("provider_busy", f"{status}", retry_after(reply), is_sure=is_sure)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TemporaryFailure("provider_error", f"{status}", retry_after(reply), is_sure=False)
    refused = config.get("refused_regex")
    if refused and patterns.finds(refused, text):
        raise PermanentFailure("address_refused", f"{status}")
    rule = config.get("success") or {}
    path, pattern = rule.get("json_path"), rule.get("regex")
    is_success = (
        status in (rule.get("status") or range(200, 300))
        and (not path or at_path(text, path) == str(rule.get("equals", "")))
        and (not pattern or patterns.finds(pattern, text))
    )
    if is_success:
        path = config.get("reference_path")
        return Receipt((at_path(text, path) if path else None) or "")
    if status >= HTTPStatus.BAD_REQUEST:
        cause = "key_refused" if status in KEY_REFUSED else "provider_refused"
        raise PermanentFailure(cause, f"{status}", is_about_address=False)
    raise TemporaryFailure("unexpected_answer", f"{status}", is_sure=False)


def look_up(message: Message, account: Account) -> Receipt | None:
    """Ask the gateway for our key: 404, or an answer that the rule does not match, means no."""
    reply = _request("GET", account.config["look_up_url"], message, account, with_body=False)
    if reply.status_code == HTTPStatus.NOT_FOUND:
        return None
    if reply.status_code != HTTPStatus.OK:
        raise TemporaryFailure("provider_error", f"look-up: {reply.status_code}")
    rule = account.config.get("look_up_regex") or "{key}"
    pattern = rule.replace("{key}", patterns.literally(message.key))
    return Receipt(message.key) if patterns.finds(pattern, _text(reply)) else None


def poll(messages: Sequence[Message], account: Account) -> list[Report]:
    """Ask about each message, if the gateway answers with the fields of its reports."""
    told: list[Report] = []
    for message in messages:
        reply = _request("GET", account.config["look_up_url"], message, account, with_body=False)
        if reply.status_code == HTTPStatus.OK:
            told += reports.of_answer(reply.content, message, account.config)
    return told


def can_be_asked(config: dict[str, Any]) -> bool:
    return reports.can_be_asked(config)


def after_lost_reply(account: Account) -> AfterLostReply:
    if account.config.get("look_up_url"):
        return AfterLostReply.LOOK_UP
    if account.config.get("idempotency_header"):
        return AfterLostReply.SEND_AGAIN
    return AfterLostReply.ASK_A_PERSON


def _request(
    method: str, url: str, message: Message, account: Account, *, with_body: bool
) -> Reply:
    """Fill in the placeholders of address, headers and body, each quoted for its place, and send."""
    config = account.config
    secrets = {f"secret_{name}": value for name, value in account.secret.items()}
    values = {"phone": message.address, "text": message.text, "key": message.key, **secrets}
    address = _fill(url, values, lambda value: quote(value, safe=""))
    if urlsplit(address).scheme not in SCHEMES:
        raise TemporaryFailure("bad_gateway_settings", "only http and https", closes=REST_SECONDS)
    content_type = config.get("content_type") or "application/x-www-form-urlencoded"
    headers = {
        name: _fill(str(value), values, lambda value: quote(value, safe=HEADER_SIGNS))
        for name, value in (config.get("headers") or {}).items()
    }
    if with_body:
        headers.setdefault("Content-Type", f"{content_type}; charset=utf-8")
        if config.get("idempotency_header"):
            headers[config["idempotency_header"]] = values["key"]
    body = None
    if with_body and method.upper() != "GET":

        def quoted(value: str) -> str:
            if "json" in content_type:  # for a place between quotation marks
                return json.dumps(value, ensure_ascii=False)[1:-1]
            return quote(value, safe="")

        body = _fill(config.get("body") or "", values, quoted).encode()
    seconds = timeout_of(config)
    return reply_to(method.upper(), address, seconds, content=body, headers=headers)


def at_path(text: str, path: str) -> str | None:
    """Return the value at a dotted path such as `Response.SendStatusSet.0.Code`, as text."""
    try:
        return reports.text_at(json.loads(text), path)
    except (ValueError, RecursionError):
        return None


def _text(reply: Reply) -> str:
    return reply.text[:REPLY_CHARS_AT_MOST]


def _fill(template: str, values: dict[str, str], quoted) -> str:
    return PLACEHOLDER.sub(lambda match: quoted(values.get(match[1], "")), template)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems = {}
    for name in ("url", "look_up_url"):
        value = str(config.get(name) or "")
        if (value or name == "url") and (problem := _problem_of_address(value)):
            problems[name] = problem
    if "{phone}" not in str(config.get("url")) + str(config.get("body")):
        problems["body"] = _("Put {phone} and {text} where the gateway expects them.")
    success = config.get("success") or {}
    report = config.get("report") or {}
    if report and not (report.get("status") and (report.get("key") or report.get("reference"))):
        problems["report_status"] = _("Enter the fields that hold the message and its state.")
    # Anybody who learns the address of reports could write anything there.
    elif report.get("signature_header") and not report.get("timestamp_header"):
        problems["report_timestamp_header"] = _(
            "Without the time somebody could send an old report again."
        )
    elif report and not report.get("signature_header") and not reports.can_be_asked(config):
        problems["report_signature_header"] = _(
            "An unsigned report does not count. Enter the header with the signature, or the address "
            "to ask."
        )
    for name, rule in (
        ("success", success.get("regex")),
        ("refused_regex", config.get("refused_regex")),
        ("look_up_regex", config.get("look_up_regex")),
    ):
        if rule and (problem := patterns.problem_of(rule)):
            problems[name] = problem
    return problems


def _problem_of_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        return _("This address cannot be read.")
    if parts.scheme not in SCHEMES or not parts.hostname:
        return _("Enter a full address that starts with https:// or http://.")
    if PLACEHOLDER.search(parts.netloc):
        return _("The host name cannot contain a placeholder.")
    return problem_of(value)


def rate_of(account: Account) -> Rate | None:
    per_second = account.config.get("per_second")
    if not per_second or account.pk is None:
        return None
    shared = account.config.get("county_account")
    name = f"county:{shared}" if shared else f"account:{account.pk}"
    return Rate(name, float(per_second), max(int(per_second), 1))


def summary(config: dict[str, Any]) -> str:
    return urlsplit(config.get("url", "")).hostname or _("no gateway yet")
