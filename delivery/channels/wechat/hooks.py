"""Reads what WeChat sends to the account's address: families' messages, events, results of sending.

It accepts only encrypted requests ("safe mode"): in plain mode the signature covers only time and nonce, so
an old signed address could carry anybody's words. WeChat waits five seconds and then sends the same up to
twice more, so anything may come again.
"""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException, ElementTree
from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    Hook,
    Incoming,
    Permission,
    Report,
    ReportRefused,
    Reports,
    WayNews,
)
from delivery.channels.signing import must_be_fresh
from delivery.channels.wechat.crypt import decrypt, encrypt, is_signed, signature_of

ANSWER = "success"  # after any other answer WeChat tries again and then shows the family an error
OPENING, CLOSING = b"<Encrypt>", b"</Encrypt>"
CDATA = (b"<![CDATA[", b"]]>")
ECHO_CHARS = 64  # characters; WeChat sends some 19 digits
MEDIA = {"voice": "voice", "image": "photo"}
OTHER_KINDS = ("video", "shortvideo", "location", "link", "file")


def read(hook: Hook, account: Account) -> Reports:
    """Read a request. Nothing of the body is read, least of all XML, before its signature is verified."""
    token = account.secret.get("hook_token") or ""
    stamps = (token, hook.query.get("timestamp", ""), hook.query.get("nonce", ""))
    if not token:
        raise ReportRefused("signature")
    if hook.method == "GET":
        _must_be_signed(hook.query.get("signature", ""), *stamps)
        must_be_fresh(stamps[1], hook.at)
        # Only what WeChat would send, because we repeat this text under our own name.
        echo = hook.query.get("echostr", "")
        is_usual = echo.isascii() and echo.isalnum() and len(echo) <= ECHO_CHARS
        return Reports((), echo if is_usual else "")
    # The encrypted text of the envelope, found without parsing XML; empty in plain mode.
    found = hook.body.partition(OPENING)[2].partition(CLOSING)[0]
    text = found.strip().removeprefix(CDATA[0]).removesuffix(CDATA[1])
    sealed = text.decode("ascii", "replace").strip()
    signature = hook.query.get("msg_signature", "")
    if not sealed:
        _must_be_signed(hook.query.get("signature", ""), *stamps)
        must_be_fresh(stamps[1], hook.at)
        raise ReportRefused("plain mode")  # its signature does not cover the body
    _must_be_signed(signature, *stamps, sealed)
    must_be_fresh(stamps[1], hook.at)
    opened = decrypt(
        sealed, account.secret.get("aes_key") or "", account.config.get("app_id") or ""
    )
    told = parse_xml(opened.encode())
    # Somebody could swap time and nonce in the address, but not the time inside.
    must_be_fresh(str(told.get("CreateTime") or ""), hook.at)
    open_id = str(told.get("FromUserName") or "")
    if not open_id:
        raise ReportRefused("nobody sent it")
    if told.get("MsgType") == "event":
        return replace(_event(told, open_id), signature=signature)
    return Reports((), ANSWER, incoming=(_incoming(told, open_id),), signature=signature)


def _must_be_signed(given: str, *parts: str) -> None:
    if not is_signed(given, *parts):
        raise ReportRefused("signature")


def parse_xml(body: bytes) -> dict[str, Any]:
    """Return the root's children by name; a list becomes a list of such dicts.

    Refuses a document type in any encoding.
    """
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ReportRefused("no XML") from error
    return {
        child.tag: [{part.tag: part.text or "" for part in one} for one in child]
        if len(child)
        else child.text or ""
        for child in root
    }


def _incoming(told: dict[str, Any], open_id: str) -> Incoming:
    kind = str(told.get("MsgType") or "")
    text = told.get("Content") if kind == "text" else told.get("Recognition") or ""
    if kind in OTHER_KINDS or not (text or kind in MEDIA):
        text = _("(Sent something that can only be seen in WeChat.)")
    try:
        sent_at = datetime.fromtimestamp(int(told["CreateTime"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        sent_at = None
    return Incoming(
        provider_id=str(told.get("MsgId") or f"{open_id}:{told.get('CreateTime')}"),
        address=open_id,
        text=str(text),
        media_id=str(told.get("MediaId") or "") if kind in MEDIA else "",
        media_kind=MEDIA.get(kind, ""),
        sent_at=sent_at,
        receiver=str(told.get("ToUserName") or ""),
    )


def answer_to(told: Incoming, words: str, account: Account, at: datetime) -> str:
    """Return the answer with which the sender reads `words` at once, encrypted as the request was."""
    stamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
    inside = _xml(
        ToUserName=told.address,
        FromUserName=told.receiver,
        CreateTime=stamp,
        MsgType="text",
        Content=words,
    )
    aes_key, token = account.secret.get("aes_key") or "", account.secret.get("hook_token") or ""
    sealed = encrypt(inside, aes_key, account.config.get("app_id") or "")
    signature = signature_of(token, stamp, nonce, sealed)
    return _xml(Encrypt=sealed, MsgSignature=signature, TimeStamp=stamp, Nonce=nonce)


def _xml(**parts: str) -> str:
    return f"<xml>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in parts.items())}</xml>"


def _result(
    told: dict[str, Any], open_id: str, is_good: bool, words: str, by_user: bool
) -> Reports:
    cause = "" if is_good else "closed_by_family" if by_user else "not_delivered"
    report = Report(
        verdict="delivered" if is_good else "failed",
        reference=str(told.get("MsgID") or told.get("MsgId") or ""),
        cause=cause,
        code=words,
        raw={name: value for name, value in told.items() if isinstance(value, str)},
        address=open_id,
    )
    return Reports((report,), ANSWER)


def _event(told: dict[str, Any], open_id: str) -> Reports:
    """Read the events that we know, and ignore any other."""
    event = str(told.get("Event") or "").lower()
    match event:
        case "templatesendjobfinish":  # success, "failed:user block" or "failed: system failed"
            status = str(told.get("Status") or told.get("status") or "")
            return _result(told, open_id, status == "success", status, "user" in status)
        case "subscribe":
            return Reports((), ANSWER, ways=(WayNews(open_id, works=True),))
        case "unsubscribe":
            news = WayNews(open_id, works=False, cause="not_following")
            return Reports((), ANSWER, ways=(news,))
        case "subscribe_msg_popup_event" | "subscribe_msg_change_event":
            # Accepted or turned down, each template separately; also permissions taken back in the settings.
            rows = told.get("SubscribeMsgPopupEvent") or told.get("SubscribeMsgChangeEvent") or []
            permissions = [
                Permission(
                    address=open_id,
                    template=row.get("TemplateId", ""),
                    is_granted=row.get("SubscribeStatusString") == "accept",
                    source=f"{open_id}:{event}:{told.get('CreateTime')}:{place}",
                )
                for place, row in enumerate(rows if isinstance(rows, list) else [])
            ]
            return Reports((), ANSWER, permissions=permissions)
        case "subscribe_msg_sent_event":
            rows = told.get("SubscribeMsgSentEvent") or []
            row = rows[0] if isinstance(rows, list) and rows else {}
            code = row.get("ErrorCode")
            return _result(row, open_id, code == "0", row.get("ErrorStatus", ""), code == "43101")
    return Reports((), ANSWER)
