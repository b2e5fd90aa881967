"""What Alibaba and Tencent Cloud may answer: each documented code, and what dispatch makes of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from delivery.channels import templates
from delivery.channels.base import Account, LostReply, Message, PermanentFailure, TemporaryFailure
from delivery.channels.registry import CHANNELS
from delivery.models import OutboxMessage
from tests.delivery.test_channels import PARTS, PHONE
from tests.providers.server import Say


def letter(kind="check_in", **fields) -> Message:
    return Message(str(uuid4()), PHONE, "…", kind=kind, parts=PARTS, **fields)


@pytest.fixture(params=["alibaba", "tencent"])
def provider(request):
    return request.getfixturevalue(request.param)


def kind_of(provider) -> str:
    return f"{type(provider).__name__.lower()}_sms"


def account_of(provider, **config) -> Account:
    return Account(kind_of(provider), provider.config(**config), provider.secret)


def send(provider, message=None, **config):
    message = message or letter()
    return CHANNELS[kind_of(provider)].send(message, account_of(provider, **config))


def failure_of(provider, say: Say):
    provider.says = [say]
    with pytest.raises((TemporaryFailure, PermanentFailure, LostReply)) as caught:
        send(provider)
    return caught.value


def test_a_template_is_filled_with_the_link_s_path_and_our_key(alibaba):
    message = letter()
    receipt = send(alibaba, message)
    taken = alibaba.taken[0]
    assert (taken.key, taken.phone) == (message.key, "13893510001")
    assert taken.template == "SMS_1001"
    assert taken.values == {"school": "黄羊川中心小学", "path": "f/c/1-2-abc"}
    assert receipt.reference == taken.reference


def test_every_kind_of_message_can_have_a_template():
    kinds = set(OutboxMessage.Kind.values) - {*templates.AS_QUESTION, *templates.SPOKEN_ONLY}
    assert set(templates.KINDS) == set(templates.DEFAULT_VARIABLES) == kinds
    assert set(templates.SUGGESTED) == kinds


def test_variables_go_in_their_order(tencent):
    message = letter("code")
    receipt = send(tencent, message)
    taken = tencent.taken[0]
    assert (taken.key, taken.phone, taken.template) == (message.key, PHONE, "2003")
    assert taken.values == ["123456", "10"]
    assert receipt.reference == taken.reference


def test_a_kind_without_a_template_is_for_another_account(provider):
    with pytest.raises(PermanentFailure) as caught:
        send(provider, letter("notice"))
    assert (caught.value.cause, caught.value.is_about_address) == ("no_template", False)
    assert provider.asked == []


def test_a_test_shows_what_families_see(provider):
    send(provider, letter("test"))
    assert provider.taken[0].template in ("SMS_1001", "2001")


TEMPORARY, PERMANENT = TemporaryFailure, PermanentFailure


@pytest.mark.parametrize(
    ("code", "words", "kind", "cause", "more"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", TEMPORARY, "number_limit",
         {"retry_after": 60, "is_about_account": False}),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", TEMPORARY, "number_limit",
         {"retry_after": 3600}),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", PERMANENT, "number_limit",
         {"is_about_address": False}),
        ("isv.MOBILE_NUMBER_ILLEGAL", "", PERMANENT, "no_such_number", {"is_about_address": True}),
        ("isv.AMOUNT_NOT_ENOUGH", "", TEMPORARY, "no_balance", {"closes": 600, "is_sure": True}),
        ("isv.OUT_OF_SERVICE", "", TEMPORARY, "no_balance", {"closes": 600}),
        ("isv.DAY_LIMIT_CONTROL", "", TEMPORARY, "provider_limit", {"closes": 600}),
        ("isp.RAM_PERMISSION_DENY", "", TEMPORARY, "key_refused", {"closes": 600}),
        ("isp.SYSTEM_ERROR", "", TEMPORARY, "provider_error", {"is_sure": False}),
        ("isv.SMS_TEMPLATE_ILLEGAL", "", PERMANENT, "template_refused",
         {"is_about_address": False}),
        ("isv.PARAM_LENGTH_LIMIT", "", PERMANENT, "template_refused", {"is_about_address": False}),
    ],
)  # fmt: skip
def test_what_alibaba_answers(alibaba, code, words, kind, cause, more):
    failure = failure_of(alibaba, Say(code, words))
    assert (type(failure), failure.cause) == (kind, cause)
    assert {name: getattr(failure, name) for name in more} == more


@pytest.mark.parametrize(
    ("say", "kind", "cause", "more"),
    [
        (Say("Throttling.User", status=400), TEMPORARY, "provider_busy", {"is_sure": True}),
        (Say("Throttling.User", status=400, headers={"x-acs-retry-after": "30000"}), TEMPORARY,
         "provider_busy", {"retry_after": 30}),
        (Say("InvalidAccessKeyId.NotFound", status=404), TEMPORARY, "key_refused", {"closes": 600}),
        (Say("ServiceUnavailable", status=503), TEMPORARY, "provider_error", {"is_sure": False}),
        (Say(status=502, body="<html>Bad Gateway"), LostReply, "lost_reply", {}),
        (Say(delay=1.5), LostReply, "timeout", {}),
        (Say(hangs_up=True, takes=True), LostReply, "lost_reply", {}),
    ],
)  # fmt: skip
def test_what_alibaba_s_front_answers(alibaba, say, kind, cause, more):
    failure = failure_of(alibaba, say)
    assert (type(failure), failure.cause) == (kind, cause)
    assert {name: getattr(failure, name) for name in more} == more


@pytest.mark.parametrize(
    ("code", "kind", "cause", "more"),
    [
        ("/FailedOperation.InsufficientBalanceInSmsPackage", TEMPORARY, "no_balance",
         {"closes": 600}),
        ("/LimitExceeded.PhoneNumberDailyLimit", PERMANENT, "number_limit",
         {"is_about_address": False}),
        ("/LimitExceeded.PhoneNumberThirtySecondLimit", TEMPORARY, "number_limit",
         {"retry_after": 30, "is_about_account": False}),
        ("/LimitExceeded.AppDailyLimit", TEMPORARY, "provider_limit", {"closes": 600}),
        ("/InvalidParameterValue.IncorrectPhoneNumber", PERMANENT, "no_such_number",
         {"is_about_address": True}),
        ("/FailedOperation.PhoneNumberInBlacklist", PERMANENT, "number_refuses",
         {"is_about_address": True}),
        ("/FailedOperation.TemplateIncorrectOrUnapproved", PERMANENT, "template_refused",
         {"is_about_address": False}),
        ("/InternalError.OtherError", TEMPORARY, "provider_error", {"is_sure": False}),
        ("/InternalError.Timeout", LostReply, "timeout", {}),
        ("InternalError", TEMPORARY, "provider_error", {"is_sure": False}),
        ("RequestLimitExceeded", TEMPORARY, "provider_busy", {"retry_after": 1}),
        ("AuthFailure.SecretIdNotFound", TEMPORARY, "key_refused", {"closes": 600}),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", TEMPORARY, "no_balance",
         {"closes": 600}),
    ],
)  # fmt: skip
def test_what_tencent_answers(tencent, code, kind, cause, more):
    failure = failure_of(tencent, Say(code))
    assert (type(failure), failure.cause) == (kind, cause)
    assert {name: getattr(failure, name) for name in more} == more


@pytest.mark.parametrize(
    ("say", "kind", "cause"),
    [
        (Say(status=503, body="busy"), TEMPORARY, "provider_error"),
        (Say(body="<html>rubbish"), LostReply, "lost_reply"),
        (Say(delay=1.5), LostReply, "timeout"),
        (Say(hangs_up=True, takes=True), LostReply, "lost_reply"),
    ],
)
def test_what_tencent_s_network_does(tencent, say, kind, cause):
    failure = failure_of(tencent, say)
    assert (type(failure), failure.cause) == (kind, cause)


def test_a_wrong_key_is_said_so(alibaba, tencent):
    for provider, name in ((alibaba, "access_key_secret"), (tencent, "secret_key")):
        account = Account(kind_of(provider), provider.config(), {name: "another"})
        with pytest.raises(TemporaryFailure) as caught:
            CHANNELS[kind_of(provider)].send(letter(), account)
        assert caught.value.cause == "key_refused"
        assert len(provider.refused) == 1
        provider.refused.clear()


def test_an_account_without_its_key_asks_nobody(provider):
    account = Account(kind_of(provider), provider.config(), {})
    with pytest.raises(TemporaryFailure) as caught:
        CHANNELS[kind_of(provider)].send(letter(), account)
    assert caught.value.cause == "key_refused"
    assert provider.asked == []


def test_alibaba_is_asked_for_our_key_on_the_day_it_was_sent_over_all_pages(alibaba):
    message = letter(sent_at=timezone.now() - timedelta(minutes=2))
    for _ in range(60):
        alibaba.take(str(uuid4()), "13893510001", "SMS_1001", {})
    alibaba.take(message.key, "13893510001", "SMS_1001", {})
    found = CHANNELS["alibaba_sms"].look_up(message, account_of(alibaba))
    assert found is not None
    assert not found.is_delivered
    alibaba.states[message.key] = (3, "DELIVERED")
    assert CHANNELS["alibaba_sms"].look_up(message, account_of(alibaba)).is_delivered
    absent = letter(sent_at=timezone.now() - timedelta(minutes=2))
    assert CHANNELS["alibaba_sms"].look_up(absent, account_of(alibaba)) is None


def test_not_there_says_nothing_in_the_first_minute(alibaba):
    with pytest.raises(TemporaryFailure) as caught:
        CHANNELS["alibaba_sms"].look_up(letter(sent_at=timezone.now()), account_of(alibaba))
    assert (caught.value.cause, caught.value.is_about_account) == ("not_known_yet", False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sign_name": ""}, "sign_name"),
        ({"templates": {}}, "template_check_in"),
        ({"templates": {"check_in": {"code": "1", "variables": ["nome"]}}}, "variables_check_in"),
    ],
)
def test_what_is_missing_is_named(provider, change, field):
    problems = CHANNELS[kind_of(provider)].check_config(provider.config() | change)
    assert field in problems


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        ("MOBILE_NOT_ON_SERVICE", "停机", "number_out_of_service"),
        ("MK:0001", "空号", "no_such_number"),
        ("UNDELIV", "用户关机或不在服务区", "phone_off"),
        ("-106", "运营商关键字拦截", "content_refused"),
        ("XX:9", "手机号在黑名单库中", "number_refuses"),
        ("XX:9", "空号、停机", "no_such_number"),
        ("XX:9", "超过日上限", "number_limit"),
        ("??", "", "not_delivered"),
    ],
)
def test_why_a_network_did_not_deliver(code, words, cause):
    from delivery.channels.carriers import cause_of

    assert cause_of(code, words) == cause
