"""Delivery reports of any gateway: where in its JSON or form which fact stands, as the administrator says.

`config["report"]`: `items` (path of the list; empty: the body), `key` or `reference`, `status`,
`delivered` and `failed` (values), `code`, `words`, `answer`, `signature_header` (HMAC-SHA256 of the body
under the secret `hook`, hexadecimal, with or without "sha256=").
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from accounts.requests import json_of
from messaging.channels import carriers
from messaging.channels.base import Account, Hook, Report, ReportRefused, Reports


def read_hook(hook: Hook, account: Account) -> Reports:
    rule = account.config.get("report") or {}
    if not rule:
        raise ReportRefused("no reports are set up")
    _check_signature(hook, rule, account.secret.get("hook") or "")
    items = _items(hook, rule)
    reports = [_report(item, rule) for item in items if isinstance(item, Mapping)]
    return Reports(reports, rule.get("answer") or "ok")


def _check_signature(hook: Hook, rule: Mapping[str, Any], key: str) -> None:
    header = rule.get("signature_header")
    if not header:
        return
    given = hook.headers.get(header.lower(), "").removeprefix("sha256=").lower()
    expected = hmac.new(key.encode(), hook.body, hashlib.sha256).hexdigest()
    if not key or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ReportRefused("signature")


def _items(hook: Hook, rule: Mapping[str, Any]) -> list[Any]:
    """A JSON body, a form, or what stands in the address."""
    body = hook.body.decode("utf-8", "replace").strip()
    if not body:
        return [dict(hook.query)]
    if "form" in hook.headers.get("content-type", ""):
        return [dict(parse_qsl(body))]
    try:
        data = json_of(body, cleaned_later=True)
    except ValueError as error:
        raise ReportRefused("no JSON") from error
    found = value_at(data, rule["items"]) if rule.get("items") else data
    return found if isinstance(found, list) else [found]


def _report(item: Mapping[str, Any], rule: Mapping[str, Any]) -> Report:
    def read(name: str) -> str:
        return (text_at(item, rule[name]) if rule.get(name) else None) or ""

    status, code, words = read("status"), read("code"), read("words")
    verdict = _verdict(status, rule)
    cause = carriers.cause_of(code or status, words) if verdict == "failed" else ""
    return Report(verdict, read("key"), read("reference"), cause, code or status, words, dict(item))


def _verdict(status: str, rule: Mapping[str, Any]) -> str:
    if status in (rule.get("delivered") or []):
        return "delivered"
    failed = rule.get("failed")
    is_failed = status in failed if failed else bool(status)
    return "failed" if is_failed else "on_its_way"


def value_at(value: Any, path: str) -> Any:
    """At a dotted path such as `Response.SendStatusSet.0.Code`; None where there is nothing."""
    try:
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return value


def text_at(value: Any, path: str) -> str | None:
    found = value_at(value, path)
    if isinstance(found, bool):
        return str(found).lower()
    return None if found is None else str(found)
