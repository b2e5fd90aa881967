"""What providers report: at the hook or when asked, twice, late, out of order, or about nothing of ours."""

import hashlib
import hmac
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.channels import secrets
from delivery.dispatch import receipts
from delivery.models import DeliveryReceipt, OutboxMessage
from guardians.actions import change_contact_point
from messaging import actions
from messaging.models import CheckIn
from tests.providers.server import Say

State = OutboxMessage.State


@pytest.fixture
def account(make_account, alibaba):
    return make_account("alibaba_sms", alibaba)


@pytest.fixture
def by_tencent(make_account, tencent):
    return make_account("tencent_sms", tencent)


def ask(cast, at) -> OutboxMessage:
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=mine.pk).delete()
    return mine


def sent(cast, at) -> OutboxMessage:
    message = ask(cast, at)
    dispatch.drain()
    message.refresh_from_db()
    assert message.state == State.ACCEPTED
    return message


def post(client, account, items, **headers):
    return client.post(
        f"/hooks/{account.pk}/{account.hook_key}/",
        json.dumps(items),
        content_type="application/json",
        **headers,
    )


def told(client, account, provider, message, code="DELIVERED", words="用户接收成功"):
    """Alibaba reports, and says the same when it is asked."""
    key = str(message.idempotency_key)
    provider.states[key] = (3 if code == "DELIVERED" else 2, code)
    answer = post(client, account, [provider.report(key, code, words)])
    receipts.ask_for_reports(clock.now())
    return answer


def state_of(message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.cause


def test_alibaba_s_push_delivers(client, cast, account, alibaba, at):
    message = sent(cast, at)
    answer = told(client, account, alibaba, message)
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "接收成功"})
    assert state_of(message) == (State.DELIVERED, "")
    hint, proof = DeliveryReceipt.objects.order_by("is_proof")
    assert hint.message == proof.message == message
    assert hint.raw["biz_id"] == message.provider_reference
    message.contact_point.refresh_from_db()
    assert message.contact_point.last_delivered_at is not None


def test_tencent_s_callback_knows_only_its_own_number(client, cast, by_tencent, tencent, at):
    message = sent(cast, at)
    tencent.states[str(message.idempotency_key)] = ("SUCCESS", "用户短信送达成功")
    answer = post(client, by_tencent, [tencent.report(str(message.idempotency_key))])
    assert answer.json() == {"result": 0, "errmsg": "OK"}
    assert state_of(message) == (State.ACCEPTED, "")
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == (State.DELIVERED, "")


def test_a_repeated_report_is_kept_once_and_one_that_comes_late_goes_not_back(
    client, cast, account, alibaba, at
):
    message = sent(cast, at)
    key = str(message.idempotency_key)
    good = alibaba.report(key)
    bad = alibaba.report(key, "MOBILE_NOT_ON_SERVICE", "停机")
    alibaba.states[key] = (3, "DELIVERED")
    for items in ([good], [good, good], [bad], [good, bad]):
        assert post(client, account, items).status_code == 200
        receipts.ask_for_reports(clock.now())
    assert DeliveryReceipt.objects.filter(is_proof=False).count() == 2
    assert DeliveryReceipt.objects.filter(is_proof=True).count() == 1
    assert state_of(message) == (State.DELIVERED, "")
    message.contact_point.refresh_from_db()
    assert message.contact_point.failing_since is None


def test_delivered_after_failed_counts(client, cast, account, alibaba, at):
    message = sent(cast, at)
    told(client, account, alibaba, message, "UNDELIV", "关机")
    assert state_of(message)[0] == State.FAILED
    told(client, account, alibaba, message)
    assert state_of(message) == (State.DELIVERED, "")


def test_a_dead_number_is_known_and_the_ladder_hurries(client, cast, account, alibaba, at):
    message = sent(cast, at)
    CheckIn.objects.update(next_step_at=at + timedelta(days=2))
    told(client, account, alibaba, message, "MOBILE_NOT_ON_SERVICE", "停机")
    assert state_of(message) == (State.FAILED, "number_out_of_service")
    message.contact_point.refresh_from_db()
    assert message.contact_point.failing_cause == "number_out_of_service"
    assert CheckIn.objects.get(pk=message.about_id).next_step_at <= clock.now()


def test_a_late_report_about_an_old_number_says_nothing_about_the_new_one(
    client, cast, account, alibaba, at
):
    """A network reports a phone that was off after days; meanwhile the school has the right number."""
    message = sent(cast, at)
    change_contact_point(
        point=message.contact_point, kind="phone", address="+8613900001111",
        as_written="13900001111", by=cast.users["teacher"],
    )  # fmt: skip
    told(client, account, alibaba, message, "MOBILE_NOT_ON_SERVICE", "停机")
    assert state_of(message) == (State.FAILED, "number_out_of_service")
    message.contact_point.refresh_from_db()
    assert (message.contact_point.failing_since, message.contact_point.failing_cause) == (None, "")
    told(client, account, alibaba, message)
    assert state_of(message) == (State.DELIVERED, "")
    message.contact_point.refresh_from_db()
    assert message.contact_point.last_delivered_at is None


def test_blocked_words_are_not_the_number_s_fault(client, cast, account, alibaba, at):
    message = sent(cast, at)
    told(client, account, alibaba, message, "CONTENT_KEYWORD", "内容含关键字")
    assert state_of(message) == (State.FAILED, "content_refused")
    message.contact_point.refresh_from_db()
    assert message.contact_point.failing_since is None


def test_an_alert_that_did_not_arrive_goes_another_way(
    client, cast, account, alibaba, mail_server, make_account, at
):
    make_account("email", mail_server)
    account.config["templates"] |= {"concern": {"code": "SMS_1009", "variables": ["path"]}}
    account.save()
    teacher = cast.users["teacher"]
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="concern:1", due_at=at,
        expires_at=at + timedelta(days=1), user=teacher, payload={"path": "/concerns/1/"},
    )  # fmt: skip
    dispatch.drain()
    first = OutboxMessage.objects.get()
    teacher.email = "t@example.org"
    teacher.save()
    assert first.channel == "alibaba_sms"
    for _ in range(2):
        told(client, account, alibaba, first, "MOBILE_NOT_ON_SERVICE", "停机")
    dispatch.drain()
    assert state_of(first) == (State.FAILED, "number_out_of_service")
    second = OutboxMessage.objects.exclude(pk=first.pk).get()
    assert (second.state, second.channel, second.address) == (
        State.ACCEPTED,
        "email",
        "t@example.org",
    )
    assert len(mail_server.mails) == 1


def test_an_alert_that_arrived_after_all_goes_no_other_way(
    client, cast, account, alibaba, mail_server, make_account, at
):
    """The networks' reports came in the wrong order; the second way still waits."""
    make_account("email", mail_server)
    account.config["templates"] |= {"concern": {"code": "SMS_1009", "variables": ["path"]}}
    account.save()
    teacher = cast.users["teacher"]
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="concern:1", due_at=at,
        expires_at=at + timedelta(days=1), user=teacher, payload={"path": "/concerns/1/"},
    )  # fmt: skip
    dispatch.drain()
    first = OutboxMessage.objects.get()
    told(client, account, alibaba, first, "UNDELIV", "关机")
    second = OutboxMessage.objects.exclude(pk=first.pk).get()
    told(client, account, alibaba, first)
    assert state_of(first) == (State.DELIVERED, "")
    assert state_of(second) == (State.SUPPRESSED, "no_longer_due")
    dispatch.drain()
    assert not mail_server.mails


@pytest.mark.parametrize(
    "items", [[{"out_id": str(uuid4())}], [{"out_id": "no key"}], [{}], [], [3, None]]
)
def test_what_is_not_ours_is_harmless(client, cast, account, items, at):
    message = sent(cast, at)
    assert post(client, account, items).status_code == 200
    assert state_of(message) == (State.ACCEPTED, "")


def test_another_school_s_account_moves_nothing(client, cast, account, alibaba, at):
    message = sent(cast, at)
    report = alibaba.report(str(message.idempotency_key))
    type(account).objects.filter(pk=account.pk).update(school=cast.other_school)
    assert post(client, account, [report]).status_code == 200
    assert state_of(message) == (State.ACCEPTED, "")


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml/>", b"\xff\xfe", b'{"a": 1}'])
def test_rubbish_is_refused_and_kept_nowhere(client, account, body):
    answer = client.post(
        f"/hooks/{account.pk}/{account.hook_key}/", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert not DeliveryReceipt.objects.exists()


def test_an_unknown_address_is_not_found(client, cast, make_account, room):
    assert client.post(f"/hooks/1/{uuid4()}/", b"[]", content_type="a/b").status_code == 404
    without = make_account("apprise", room)
    assert (
        client.post(
            f"/hooks/{without.pk}/{without.hook_key}/", b"[]", content_type="a/b"
        ).status_code
        == 404
    )
    assert client.put(f"/hooks/{without.pk}/{without.hook_key}/").status_code == 405


def test_what_postgresql_does_not_take_is_left_out(client, cast, account, at):
    message = sent(cast, at)
    raw = b'[{"out_id": "%s", "success": true, "err_msg": "a\\u0000b", "y\\u0000": 1}]'
    answer = client.post(
        f"/hooks/{account.pk}/{account.hook_key}/",
        raw % str(message.idempotency_key).encode(),
        content_type="application/json",
    )
    assert answer.status_code == 200
    hint = DeliveryReceipt.objects.get()
    assert (hint.verdict, hint.detail, hint.raw["y"]) == ("delivered", "ab", 1)


def test_a_report_that_overtakes_our_own_record_is_a_reason_to_ask_later(
    client, cast, by_tencent, tencent, at
):
    message = ask(cast, at)
    key = str(message.idempotency_key)
    reference = tencent.take(key, "+8613893510001", "2001", [])
    tencent.states[key] = ("SUCCESS", "用户短信送达成功")
    post(client, by_tencent, [tencent.report(key)])
    assert receipts.ask_for_reports(clock.now()) == 0
    assert DeliveryReceipt.objects.get().settled_at is None
    OutboxMessage.objects.update(
        state=State.ACCEPTED, provider_reference=reference, account=by_tencent, finished_at=at,
        address="+8613893510001",
    )  # fmt: skip
    assert receipts.ask_for_reports(clock.now()) == 1
    assert state_of(message) == (State.DELIVERED, "")
    assert receipts.ask_for_reports(clock.now()) == 0


def test_a_proof_that_overtakes_our_own_record_waits_for_it(client, cast, signing, at):
    message = ask(cast, at)
    item = {"msg": {"id": str(message.idempotency_key)}, "stat": "UNDELIV", "err": "空号"}
    OutboxMessage.objects.update(state=State.CLAIMED, account=signing)
    signed(client, signing, [item])
    assert state_of(message)[0] == State.CLAIMED
    OutboxMessage.objects.update(state=State.ACCEPTED)
    assert receipts.settle_unmatched(clock.now()) == 1
    assert state_of(message)[0] == State.FAILED
    assert receipts.settle_unmatched(clock.now()) == 0


def test_what_arrived_is_not_sent_again(client, cast, account, alibaba, at):
    """503, though it was taken and delivered: the report comes before our next try."""
    alibaba.says = [Say("ServiceUnavailable", status=503, takes=True)]
    message = ask(cast, at)
    dispatch.drain()
    assert state_of(message)[0] == State.RETRY
    told(client, account, alibaba, message)
    OutboxMessage.objects.update(due_at=clock.now())
    dispatch.drain()
    assert state_of(message) == (State.DELIVERED, "")
    assert alibaba.sent() == {str(message.idempotency_key): 1}


def test_receipts_stay_as_they_came(client, cast, account, alibaba, at):
    message = sent(cast, at)
    post(client, account, [alibaba.report(str(message.idempotency_key))])
    for change in (
        lambda rows: rows.update(verdict="failed"),
        lambda rows: rows.update(raw={}),
        lambda rows: rows.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(DeliveryReceipt.objects.all())


def test_what_was_never_ours_is_forgotten_after_a_week(client, cast, account, alibaba, at):
    message = sent(cast, at)
    told(client, account, alibaba, message)
    post(client, account, [{"out_id": str(uuid4()), "phone_number": "13800000000"}])
    assert receipts.delete_unmatched(clock.now() + timedelta(days=6)) == 0
    assert receipts.delete_unmatched(clock.now() + timedelta(days=8)) == 1
    assert {one.message for one in DeliveryReceipt.objects.all()} == {message}


# --- Any gateway -------------------------------------------------------------------------------

REPORT = {
    "items": "reports",
    "key": "msg.id",
    "status": "stat",
    "delivered": ["DELIVRD", "0"],
    "code": "err",
    "words": "why",
    "answer": "SUCCESS",
    "signature_header": "X-Signature",
    "timestamp_header": "X-Time",
}


@pytest.fixture
def signing(sms):
    sms.config |= {"report": REPORT}
    sms.secret = secrets.seal(value={"hook": "k"}, row=secrets.row_of(sms))
    sms.save()
    return sms


def signed(client, account, items, key=b"k"):
    body = json.dumps({"reports": items}).encode()
    stamp = str(int(clock.now().timestamp()))
    signature = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return client.post(
        f"/hooks/{account.pk}/{account.hook_key}/", body, content_type="application/json",
        HTTP_X_SIGNATURE=f"sha256={signature}", HTTP_X_TIME=stamp,
    )  # fmt: skip


def test_any_gateway_reports_where_the_administrator_says(client, cast, signing, at):
    message = sent(cast, at)
    item = {"msg": {"id": str(message.idempotency_key)}, "stat": "DELIVRD"}
    answer = signed(client, signing, [item])
    assert (answer.status_code, answer.content) == (200, b"SUCCESS")
    assert state_of(message) == (State.DELIVERED, "")


def test_a_wrong_signature_changes_nothing(client, cast, signing, at):
    message = sent(cast, at)
    item = {"msg": {"id": str(message.idempotency_key)}, "stat": "DELIVRD"}
    assert signed(client, signing, [item], key=b"another").status_code == 403
    assert post(client, signing, {"reports": [item]}).status_code == 403
    assert state_of(message) == (State.ACCEPTED, "")


def test_a_gateway_may_report_by_a_form_or_in_the_address(client, cast, sms, gateway, at):
    sms.config |= {
        "reference_path": "id",
        "report": {"reference": "sid", "status": "s", "delivered": ["1"], "words": "m"},
    }
    sms.save()
    gateway.default.body = '{"Code": "OK", "id": 77}'
    message = sent(cast, at)
    assert message.provider_reference == "77"
    url = f"/hooks/{sms.pk}/{sms.hook_key}/"
    assert client.get(url, {"sid": "77", "s": "0", "m": "空号"}).content == b"ok"
    assert state_of(message) == (State.ACCEPTED, "")
    gateway.looked_up = '{"sid": "77", "s": "0", "m": "空号"}'
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == (State.FAILED, "no_such_number")
    gateway.looked_up = '{"sid": "77", "s": "1"}'
    client.post(url, "sid=77&s=1", content_type="application/x-www-form-urlencoded")
    receipts.ask_for_reports(clock.now())
    assert state_of(message) == (State.DELIVERED, "")


# --- By asking ---------------------------------------------------------------------------------


def long_ago(**changes):
    at = clock.now() - timedelta(minutes=10)
    OutboxMessage.objects.update(finished_at=at, **changes)


def test_alibaba_is_asked_what_it_has_not_reported(cast, account, alibaba, at):
    message = sent(cast, at)
    assert receipts.ask_for_reports(clock.now()) == 0  # too early
    long_ago()
    asked = len(alibaba.asked)
    assert receipts.ask_for_reports(clock.now()) == 0  # waits for the network
    assert len(alibaba.asked) > asked
    asked = len(alibaba.asked)
    receipts.ask_for_reports(clock.now())
    assert len(alibaba.asked) == asked  # not at once again
    alibaba.states[str(message.idempotency_key)] = (2, "MOBILE_NOT_ON_SERVICE")
    OutboxMessage.objects.update(reports_asked_at=None)
    assert receipts.ask_for_reports(clock.now()) == 1
    assert state_of(message) == (State.FAILED, "number_out_of_service")
    assert "Content" not in DeliveryReceipt.objects.get().raw


def test_asking_settles_what_was_unknown(cast, by_tencent, tencent, at):
    message = ask(cast, at)
    tencent.says = [Say(delay=1.6, takes=True)]
    dispatch.drain()
    assert state_of(message)[0] == State.UNKNOWN
    long_ago()
    assert receipts.ask_for_reports(clock.now()) == 0
    assert state_of(message)[0] == State.UNKNOWN  # an absent status proves nothing
    tencent.states[str(message.idempotency_key)] = ("SUCCESS", "用户短信送达成功")
    OutboxMessage.objects.update(reports_asked_at=None)
    assert receipts.ask_for_reports(clock.now()) == 1
    assert state_of(message) == (State.DELIVERED, "")


def test_a_provider_that_is_away_is_asked_later(cast, account, alibaba, at):
    message = sent(cast, at)
    long_ago()
    account.config["endpoint"] = "http://127.0.0.1:9"
    account.save()
    assert receipts.ask_for_reports(clock.now()) == 0
    assert state_of(message)[0] == State.ACCEPTED
