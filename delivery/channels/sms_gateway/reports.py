"""Delivery reports of any gateway: the administrator says which field of its JSON or form contains what.

`config["report"]`: `items` (path of the list; empty: the body), `key` or `reference`, `status`, `delivered`
and `failed` (values), `code`, `words`, `answer`, `signature_header` and `timestamp_header` (HMAC-SHA256 of
the time, a dot and the body under the secret `hook`, hexadecimal, with or without "sha256=").

Without a signature a report proves nothing: we ask the gateway at `look_up_url` and read its answer by the
same fields. If we cannot ask, the report does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from delivery.channels import carriers, hooks
from delivery.channels.base import Account, Hook, Message, Report, ReportRefused, Reports
from delivery.channels.signing import must_be_fresh, must_be_signed


def read_hook(hook: Hook, account: Account) -> Reports:
    rule = account.config.get("report") or {}
    if not rule:
        raise ReportRefused("no reports are set up")
    signature = ""
    if header := rule.get("signature_header"):
        written = hook.headers.get((rule.get("timestamp_header") or "").lower(), "")
        signature = hook.headers.get(header.lower(), "").removeprefix("sha256=")
        must_be_signed(signature, account.secret.get("hook") or "", written, hook.body)
        must_be_fresh(written, hook.at)
    # A JSON body, a form, or the query of the address (which no signature covers).
    if not hook.body.strip():
        if rule.get("signature_header"):
            raise ReportRefused("signature")
        items: list[Any] = [dict(hook.query)]
    elif "form" in hook.headers.get("content-type", ""):
        items = [dict(parse_qsl(hook.body.decode("utf-8", "replace"), max_num_fields=100))]
    else:
        items = _listed(hooks.json_of(hook.body), rule)
    reports = _reports(items, rule)
    answer = rule.get("answer") or "ok"
    return Reports(reports, answer, is_proof=bool(signature), signature=signature.lower())


def can_be_asked(config: Mapping[str, Any]) -> bool:
    return bool(config.get("look_up_url") and config.get("report"))


def of_answer(content: bytes, message: Message, config: Mapping[str, Any]) -> Sequence[Report]:
    """Return at most one report: what the gateway says about this message. We did not ask about others."""
    rule = config.get("report") or {}
    try:
        found = hooks.json_of(content)
    except ReportRefused:
        return ()
    for report in _reports(_listed(found, rule), rule):
        is_it = message.key == report.key or (
            message.reference and message.reference == report.reference
        )
        if is_it and report.verdict != "on_its_way":
            return (replace(report, key=message.key),)
    return ()


def _listed(data: Any, rule: Mapping[str, Any]) -> list[Any]:
    found = value_at(data, rule["items"]) if rule.get("items") else data
    listed = found if isinstance(found, list) else [found]
    if len(listed) > hooks.REPORTS_AT_MOST:
        raise ReportRefused("too many")
    return listed


def _reports(items: Sequence[Any], rule: Mapping[str, Any]) -> list[Report]:
    found, failed = [], rule.get("failed")
    for item in items:
        if not isinstance(item, Mapping):
            continue
        status, code, words, key, reference = (
            (text_at(item, rule[name]) if rule.get(name) else None) or ""
            for name in ("status", "code", "words", "key", "reference")
        )
        is_failed = status in failed if failed else bool(status)
        verdict = "failed" if is_failed else "on_its_way"
        if status in (rule.get("delivered") or []):
            verdict = "delivered"
        cause = carriers.cause_of(code or status, words) if verdict == "failed" else ""
        found.append(Report(verdict, key, reference, cause, code or status, words, dict(item)))
    return found


def value_at(value: Any, path: str) -> Any:
    """Return the value at a dotted path such as `Response.SendStatusSet.0.Code`; None if there is none."""
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
