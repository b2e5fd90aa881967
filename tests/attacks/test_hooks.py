"""What providers report, written by somebody else: anyone who has seen an address in a log, a proxy, a chat.

Before: an old signed address of WeChat's plain mode carried anybody's words into a family's conversation;
whoever knew the address of Alibaba's or Tencent's reports declared a message delivered, so that nobody asked
again; a UTF-16 body smuggled a document type past the check and its entities were expanded.
"""

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from delivery import dispatch
from delivery.channels import secrets
from delivery.channels.base import ReportRefused
from delivery.channels.wechat.hooks import parse_xml
from delivery.dispatch import receipts
from delivery.models import DeliveryReceipt, IncomingMessage, OutboxMessage, SeenSignature
from guardians.actions import link_contact_point
from guardians.models import ContactPoint
from tests.delivery.conftest import (  # noqa: F401 - fixtures
    _no_rests,
    alibaba,
    at,
    cast,
    gateway,
    mail_server,
    make_account,
    sms,
    tencent,
    wechat,
)
from tests.delivery.test_receipts import REPORT, sent
from tests.messaging.test_board import sign_in
from tests.providers.wechat import TOKEN, encrypt, sign

OPEN_ID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
State = OutboxMessage.State


def address(account) -> str:
    return f"/hooks/{account.pk}/{account.hook_key}/"


def post(account, body, query="", kind="application/json", **headers):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client().post(f"{address(account)}?{query}", data, content_type=kind, **headers)


def state_of(message) -> str:
    message.refresh_from_db()
    return message.state


# --- WeChat ------------------------------------------------------------------------------------


def told(wechat, xml, stamp: int, nonce="n0nce") -> tuple[str, str]:  # noqa: F811
    """Query and body of safe mode, signed at `stamp`."""
    sealed = encrypt(xml, wechat.config()["app_id"])
    signature = sign(TOKEN, str(stamp), nonce, sealed)
    body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return f"timestamp={stamp}&nonce={nonce}&msg_signature={signature}", body


def test_an_old_signed_address_carries_no_other_words(wechat, make_account, cast):  # noqa: F811
    wechat.secret = {"app_secret": "s", "hook_token": TOKEN}  # before: plain mode
    account = make_account("wechat", wechat)
    query, _body = wechat.plain(wechat.text(OPEN_ID, "您好"))
    forged = wechat.text(OPEN_ID, "孩子今天不用接，她跟叔叔走", msg_id=1)
    assert post(account, forged, query, "text/xml").status_code == 403
    old = "signature=" + sign(TOKEN, "1409659589", "1") + "&timestamp=1409659589&nonce=1"
    assert post(account, forged, old, "text/xml").status_code == 403
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_signed_message_is_no_good_later(wechat, make_account, minutes):  # noqa: F811
    account = make_account("wechat", wechat)
    stamp = int(time.time()) + 60 * minutes
    query, body = told(wechat, wechat.text(OPEN_ID, "您好"), stamp)
    assert post(account, body, query, "text/xml").status_code == 403
    assert not IncomingMessage.objects.exists()


def test_time_and_nonce_are_not_exchanged(wechat, make_account):  # noqa: F811
    """The signature is over the sorted parts: a nonce that looks like a time can stand in its place."""
    account = make_account("wechat", wechat)
    then, now = int(time.time()) - 10**6, int(time.time())
    old = wechat.xml(OPEN_ID, "text", Content="您好", MsgId=1, CreateTime=then)
    query, body = told(wechat, old, then, nonce=str(now))
    exchanged = query.replace(f"timestamp={then}&nonce={now}", f"timestamp={now}&nonce={then}")
    assert post(account, body, exchanged, "text/xml").status_code == 403
    assert not IncomingMessage.objects.exists()


def test_a_signed_event_counts_once(wechat, make_account, cast, at):  # noqa: F811
    """A family that follows again is not closed off by what was heard a minute ago."""
    account = make_account("wechat", wechat)
    mother = cast.adults["mother"]
    number = mother.contact_points.get()
    link_contact_point(
        adult=mother, kind="wechat", address=OPEN_ID, linked_from=number.address, at=at
    )
    heard = told(wechat, wechat.event(OPEN_ID, "unsubscribe"), int(time.time()))
    again = told(wechat, wechat.event(OPEN_ID, "subscribe"), int(time.time()))
    for query, body in (heard, again, heard, heard):
        answer = post(account, body, query, "text/xml")
        assert (answer.status_code, answer.content) == (200, b"success")
    point = ContactPoint.objects.get(adult=mother, kind="wechat")
    assert point.failing_since is None


BOMB = (
    '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "boom">]>'
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>&a;</Content></xml>"
)


def test_no_entity_is_expanded_in_any_encoding(wechat, make_account):  # noqa: F811
    wechat.secret = {"app_secret": "s", "hook_token": TOKEN}
    account = make_account("wechat", wechat)
    query, _body = wechat.plain("")
    assert post(account, BOMB.encode("utf-16"), query, "text/xml").status_code == 403
    assert not IncomingMessage.objects.exists()
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        with pytest.raises(ReportRefused):
            parse_xml(BOMB.encode(encoding))


def test_nothing_is_read_before_the_signature(wechat, make_account):  # noqa: F811
    account = make_account("wechat", wechat)
    deep = "<a>" * 60_000
    for body in (deep, "<Encrypt>" * 20_000, "<Encrypt>" + "A" * 400_000 + "</Encrypt>"):
        began = time.monotonic()
        assert post(account, body, "timestamp=1&nonce=1", "text/xml").status_code == 403
        assert time.monotonic() - began < 5


def test_our_own_name_says_back_no_page(wechat, make_account, client):  # noqa: F811
    account = make_account("wechat", wechat)
    query, _body = wechat.plain("")
    answer = client.get(f"{address(account)}?{query}&echostr=<script>alert(1)</script>")
    assert b"script" not in answer.content


# --- Clouds that sign nothing ------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "is_good"), [("alibaba_sms", True), ("alibaba_sms", False),
                                               ("tencent_sms", True), ("tencent_sms", False)])  # fmt: skip
def test_a_forged_report_moves_nothing(kind, is_good, make_account, request, cast, at):  # noqa: F811
    """The address is known; the provider is asked, and knows nothing of it."""
    provider = request.getfixturevalue(kind.removesuffix("_sms"))
    account = make_account(kind, provider)
    message = sent(cast, at)
    key = str(message.idempotency_key)
    code = ("DELIVERED" if kind == "alibaba_sms" else "DELIVRD") if is_good else "UNDELIV"
    asked = len(provider.asked)
    for turn in range(20):
        report = provider.report(key, code) | {"report_time": f"{turn}"}
        assert post(account, [report]).status_code == 200
    assert len(provider.asked) == asked  # nothing is asked within the request
    receipts.ask_for_reports(clock.now())
    receipts.settle_unmatched(clock.now())
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == State.ACCEPTED
    assert len(provider.asked) - asked <= 2  # one question, however often it was told
    assert not DeliveryReceipt.objects.filter(is_proof=True).exists()
    assert message.contact_point.failing_since is None


def test_the_provider_s_word_counts_not_the_reporter_s(make_account, alibaba, cast, at):  # noqa: F811
    account = make_account("alibaba_sms", alibaba)
    message = sent(cast, at)
    key = str(message.idempotency_key)
    alibaba.states[key] = (2, "MOBILE_NOT_ON_SERVICE")
    post(account, [alibaba.report(key)])
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == State.FAILED


def test_what_arrived_stays_arrived(make_account, alibaba, cast, at):  # noqa: F811
    account = make_account("alibaba_sms", alibaba)
    message = sent(cast, at)
    key = str(message.idempotency_key)
    alibaba.states[key] = (3, "DELIVERED")
    post(account, [alibaba.report(key)])
    receipts.ask_for_reports(clock.now())
    alibaba.states[key] = (2, "UNDELIV")
    post(account, [alibaba.report(key, "UNDELIV")])
    OutboxMessage.objects.update(reports_asked_at=None)
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == State.DELIVERED


def test_an_address_that_was_seen_is_given_up(make_account, alibaba, cast, client):  # noqa: F811
    account = make_account("alibaba_sms", alibaba)
    old = address(account)
    other = make_account("alibaba_sms", alibaba)
    assert Client().post(old, "[]", content_type="a/b").status_code == 200
    # The key belongs to its account, and the page of the settings gives another.
    crossed = f"/hooks/{other.pk}/{account.hook_key}/"
    assert Client().post(crossed, "[]", content_type="a/b").status_code == 404
    admin = sign_in(client, cast, "admin")
    page = admin.post(f"/check-ins/channels/{account.pk}/address/", follow=True)
    account.refresh_from_db()
    assert address(account) != old
    assert address(account) in page.content.decode()
    assert Client().post(old, "[]", content_type="a/b").status_code == 404
    assert Client().post(address(account), "[]", content_type="a/b").status_code == 200
    apprise = sign_in(Client(), cast, "teacher")
    assert apprise.post(f"/check-ins/channels/{account.pk}/address/").status_code in (403, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 200_000, 400),
        (b'[{"a":' * 1_000 + b"1" + b"}]" * 1_000, (200, 400)),
        (b'[{"out_id": "\\ud800", "err_msg": "\\udfff\\u0000", "x": "\\ud83d"}]', 200),
        (b'[{"out_id": {"a": [1]}, "biz_id": 1e999, "success": "yes"}]', 200),
        (b'[{"out_id": "' + b"9" * 5_000 + b'"}]', 200),
        (b"[" + b"9" * 5_000 + b"]", 400),
        (b"[" + b"{}," * 5_000 + b"{}]", 400),
        (b"x" * 600_000, 413),
        ("[]".encode("utf-16"), 200),
    ],
)
def test_no_body_breaks_the_server(make_account, alibaba, body, status):  # noqa: F811
    account = make_account("alibaba_sms", alibaba)
    client = Client(raise_request_exception=False)
    answer = client.post(address(account), body, content_type="application/json")
    assert answer.status_code in (status if isinstance(status, tuple) else (status,))


# --- Any gateway -------------------------------------------------------------------------------


def report_of(message) -> dict:
    return {"reports": [{"msg": {"id": str(message.idempotency_key)}, "stat": "DELIVRD"}]}


def configured(account, **more) -> None:
    account.config |= {"report": REPORT} | more
    account.secret = secrets.seal(value={"hook": "k"}, row=secrets.row_of(account))
    account.save()


def signed_post(account, body: bytes, stamp: int, over: bytes | None = None):
    text = over if over is not None else f"{stamp}.".encode() + body
    signature = hmac.new(b"k", text, hashlib.sha256).hexdigest()
    return post(account, body, HTTP_X_SIGNATURE=signature, HTTP_X_TIME=str(stamp))


def test_a_gateway_that_signs_nothing_delivers_nothing(sms, cast, at):  # noqa: F811
    """Neither a signature nor anybody to ask: a stranger's word moves no message."""
    configured(
        sms, look_up_url="", report=REPORT | {"signature_header": "", "timestamp_header": ""}
    )
    message = sent(cast, at)
    assert post(sms, report_of(message)).status_code == 200
    receipts.ask_for_reports(clock.now())
    receipts.settle_unmatched(clock.now())
    assert state_of(message) == State.ACCEPTED


def test_a_gateway_s_old_report_is_sent_once_more(sms, cast, at):  # noqa: F811
    configured(sms)
    message = sent(cast, at)
    body, now = json.dumps(report_of(message)).encode(), int(clock.now().timestamp())
    assert signed_post(sms, body, now - 400).status_code == 403
    assert signed_post(sms, body, now + 400).status_code == 403
    assert signed_post(sms, body, now, over=body).status_code == 403  # the time is signed, too
    for odd in ("", "-1", "²", "1e9", "9" * 40):
        answer = post(sms, body, HTTP_X_SIGNATURE="0" * 64, HTTP_X_TIME=odd)
        assert answer.status_code == 403
    assert state_of(message) == State.ACCEPTED
    assert signed_post(sms, body, now).status_code == 200
    assert state_of(message) == State.DELIVERED


def test_no_report_stands_in_the_address_of_a_gateway_that_signs(sms, cast, at, client):  # noqa: F811
    configured(sms, report=REPORT | {"key": "id", "items": ""})
    message = sent(cast, at)
    stamp = int(clock.now().timestamp())
    signature = hmac.new(b"k", f"{stamp}.".encode(), hashlib.sha256).hexdigest()
    answer = client.get(
        address(sms),
        {"id": str(message.idempotency_key), "stat": "DELIVRD"},
        HTTP_X_SIGNATURE=signature,
        HTTP_X_TIME=str(stamp),
    )
    assert answer.status_code == 403
    assert state_of(message) == State.ACCEPTED


def test_one_gateway_says_nothing_of_another_s_messages(
    make_account, alibaba, gateway, cast, at  # noqa: F811
):  # fmt: skip
    """Even signed: what never went over it did not arrive by it."""
    make_account("alibaba_sms", alibaba)
    other = make_account("sms", gateway)
    configured(other)
    message = sent(cast, at)
    assert message.channel == "alibaba_sms"
    body = json.dumps(report_of(message)).encode()
    assert signed_post(other, body, int(clock.now().timestamp())).status_code == 200
    assert state_of(message) == State.ACCEPTED


def test_the_form_says_that_an_unsigned_report_does_not_count(client, cast):  # noqa: F811
    admin = sign_in(client, cast, "admin")
    typed = {
        "method": "POST", "url": "https://sms.example.com/", "content_type": "application/json",
        "body": '{"to": "{phone}"}', "report_key": "id", "report_status": "s",
    }  # fmt: skip
    page = admin.post("/check-ins/channels/new/sms/", typed)
    assert list(page.context["form"].errors) == ["report_signature_header"]
    half = typed | {"report_signature_header": "X-Signature", "secret_hook": "k"}
    page = admin.post("/check-ins/channels/new/sms/", half)
    assert list(page.context["form"].errors) == ["report_timestamp_header"]
    asked = typed | {"look_up_url": "https://sms.example.com/{key}"}
    assert admin.post("/check-ins/channels/new/sms/", asked).status_code == 302


def test_seen_signatures_are_forgotten_when_they_are_stale(sms, cast, at):  # noqa: F811
    configured(sms)
    message = sent(cast, at)
    body, now = json.dumps(report_of(message)).encode(), int(clock.now().timestamp())
    for _ in range(3):
        assert signed_post(sms, body, now).status_code == 200
    assert SeenSignature.objects.count() == 1
    SeenSignature.objects.update(seen_at=clock.now() - timedelta(minutes=11))
    signed_post(sms, body, now + 1)
    assert SeenSignature.objects.count() == 1


def test_dispatch_is_untouched(sms, cast, at, gateway):  # noqa: F811
    """The same questions as ever are asked: none of a gateway without fields for reports."""
    sent(cast, at)
    before = gateway.requests
    assert receipts.ask_for_reports(clock.now()) == 0
    assert gateway.requests == before
    dispatch.drain()
