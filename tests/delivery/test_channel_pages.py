"""Settings of the channels: several accounts in an order, their secrets, their templates, their health."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from core import clock
from core.days import stamp
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery import queries as delivery_queries
from delivery.channels import secrets
from delivery.channels.base import PermanentFailure
from delivery.dispatch import health
from delivery.dispatch.outcomes import Outcome
from delivery.dispatch.ways import Way
from delivery.dispatch.ways import opened as opened_account
from delivery.models import (
    Attempt,
    ChannelAccount,
    DemoPhoneMessage,
    OutboxMessage,
    ProviderHealth,
    Trouble,
)
from delivery.presenters import channels as presenters
from delivery.texts import cause_in_words
from messaging import tasks
from messaging.models import CheckIn
from tests.messaging.test_board import HTMX, sign_in, text_of
from tests.sinks import Answer

URL = "/check-ins/channels/"
ALIBABA = {
    "is_enabled": "on",
    "access_key_id": "LTAI5t",
    "access_key_secret": "s3cret",
    "sign_name": "黄羊川小学",
    "template_check_in": "SMS_1",
    "variables_check_in": "school，path",
    "template_link": "SMS_2",
    "variables_link": "path",
    "template_code": "SMS_3",
    "variables_code": "code, minutes",
}
TENCENT = ALIBABA | {"secret_id": "AKID", "secret_key": "k3y", "sdk_app_id": "1400006666"}
CALLS = {
    "show_number": "02812345678",
    "spoken_concern": "TTS_1",
    "spoken_check_in": "2d4c4e78-9a9d-4e78-8d2a-afbb06cf0123.wav",  # a recording
    "spoken_thanks": "TTS_9",
    "fen": "12",
    "limit_yuan": "100",
}


NUMBERED = {"spoken_concern": "4001", "spoken_check_in": "4005"}  # of Tencent Cloud


@pytest.fixture
def admin(client, cast):
    return sign_in(client, cast, "admin")


def opened(account: ChannelAccount) -> dict:
    return secrets.unseal(sealed=account.secret, row=secrets.row_of(account))


def test_nothing_yet_shows_what_may_be_added(admin):
    page = admin.get(URL).content.decode()
    for kind in ("wechat", "alibaba_sms", "tencent_sms", "sms", "email", "apprise"):
        assert f"{URL}new/{kind}/" in page
        assert admin.get(f"{URL}new/{kind}/").status_code == 200
    for kind in ("demo_phone", "rubbish"):
        assert admin.get(f"{URL}new/{kind}/").status_code == 404


def test_an_account_keeps_its_templates_and_hides_its_key(admin, cast):
    page = admin.post(f"{URL}new/alibaba_sms/", ALIBABA, follow=True)
    account = ChannelAccount.objects.get()
    assert account.config["templates"]["check_in"] == {
        "code": "SMS_1",
        "variables": ["school", "path"],
    }
    assert opened(account) == {"access_key_secret": "s3cret"}
    text = page.content.decode()
    assert "s3cret" not in text
    assert f"/hooks/{account.pk}/{account.hook_key}/" in text
    admin.post(f"{URL}{account.pk}/", ALIBABA | {"access_key_secret": "", "sign_name": "新签名"})
    account.refresh_from_db()
    assert account.config["sign_name"] == "新签名"
    assert opened(account) == {"access_key_secret": "s3cret"}
    assert "缺模板" in text_of(admin.get(URL))


@pytest.mark.parametrize(
    ("kind", "words"),
    [("alibaba_call", {"spoken_nearby": "TTS_3"}), ("tencent_call", {"spoken_nearby": "4003"})],
)
def test_an_account_that_calls_keeps_its_words_and_says_what_it_lacks(admin, kind, words):
    given = TENCENT | CALLS | (NUMBERED if kind == "tencent_call" else {})
    page = admin.post(f"{URL}new/{kind}/", given, follow=True)
    account = ChannelAccount.objects.get()
    assert account.config["spoken"]["concern"] == given["spoken_concern"]
    assert (account.config["fen"], account.config["limit_yuan"]) == (12, 100)
    assert "s3cret" not in page.content.decode()
    assert f"/hooks/{account.pk}/{account.hook_key}/" in page.content.decode()
    listed = text_of(admin.get(URL))
    for kind_without in ("缺模板", "今晚家里有大人吗？", "今晚能去陪孩子吗？"):
        assert kind_without in listed
    assert "给教职工的提醒" not in listed
    admin.post(f"{URL}{account.pk}/", given | words | {"access_key_secret": "", "secret_key": ""})
    account.refresh_from_db()
    assert account.config["spoken"]["nearby"] == words["spoken_nearby"]
    assert set(opened(account).values()) & {"s3cret", "k3y"}


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("alibaba_sms", {"access_key_id": ""}, "access_key_id"),
        ("alibaba_sms", {"access_key_secret": ""}, "access_key_secret"),
        ("alibaba_sms", {"sign_name": ""}, "sign_name"),
        ("alibaba_sms", {"template_check_in": ""}, "template_check_in"),
        ("alibaba_sms", {"template_code": "SMS 3"}, "template_code"),
        ("alibaba_sms", {"variables_link": "link, nome"}, "variables_link"),
        ("alibaba_sms", {"per_second": "0"}, "per_second"),
        ("tencent_sms", {"sdk_app_id": "abc"}, "sdk_app_id"),
        ("tencent_sms", {"secret_key": ""}, "secret_key"),
        ("alibaba_call", {"access_key_id": ""}, "access_key_id"),
        ("alibaba_call", {"access_key_secret": ""}, "access_key_secret"),
        ("alibaba_call", {"show_number": "0935 abc"}, "show_number"),
        ("alibaba_call", {"spoken_concern": ""}, "spoken_concern"),
        ("alibaba_call", {"spoken_thanks": ""}, "spoken_thanks"),
        ("alibaba_call", {"spoken_test": "TTS 3"}, "spoken_test"),
        ("alibaba_call", {"endpoint": "evil.example.org"}, "endpoint"),
        ("tencent_call", {"sdk_app_id": "abc"}, "sdk_app_id"),
        ("tencent_call", {"secret_key": ""}, "secret_key"),
        ("tencent_call", NUMBERED | {"spoken_concern": ""}, "spoken_concern"),
        ("tencent_call", NUMBERED | {"spoken_test": "TTS_3"}, "spoken_test"),
        ("tencent_call", NUMBERED | {"spoken_check_in": "2d4c4e78.wav"}, "spoken_check_in"),
        ("apprise", {"url": ""}, "url"),
        ("apprise", {"url": "json://localhost/x"}, "url"),
        ("apprise", {"url": "file:///etc/passwd"}, "url"),
        ("apprise", {"url": "ntfy"}, "url"),
        ("apprise", {"url": "dingtalk://"}, "url"),
    ],
)
def test_what_is_missing_stands_at_its_field(admin, kind, given, field):
    page = admin.post(f"{URL}new/{kind}/", TENCENT | CALLS | given)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert not ChannelAccount.objects.exists()


GATEWAY = {
    "is_enabled": "on",
    "method": "POST",
    "url": "https://sms.example.com/send",
    "content_type": "application/x-www-form-urlencoded",
    "body": "phone={phone}&content={text}",
    "headers": "Authorization: Bearer {secret_token}",
    "secret_token": "s3cret",
}


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://evil.example.org/send"},
        {"url": "http://sms.example.com/send"},
        {"look_up_url": "https://evil.example.org/{key}"},
        {"body": "phone={phone}&content={text}{secret_token}"},
        {"headers": "X-Phone: {secret_token}"},
    ],
)
def test_a_stored_key_is_not_sent_elsewhere_by_whoever_does_not_know_it(admin, changed):
    """A later administrator could otherwise read the key at a server, or in a test message, of their own."""
    admin.post(f"{URL}new/sms/", GATEWAY)
    account = ChannelAccount.objects.get()
    kept = GATEWAY | {"secret_token": ""}
    assert (
        admin.post(f"{URL}{account.pk}/", kept | {"url": f"{GATEWAY['url']}/v2"}).status_code == 302
    )
    page = admin.post(f"{URL}{account.pk}/", kept | changed)
    assert page.status_code == 422
    assert page.context["form"].errors["secret_token"]
    assert admin.post(f"{URL}{account.pk}/", GATEWAY | changed).status_code == 302


def test_a_stored_key_of_a_telephone_gateway_stays_with_its_host(admin):
    given = {
        "url": "https://calls.example.com",
        "token": "s3cret",
        "hook": "h00k",
        "is_enabled": "on",
    }
    admin.post(f"{URL}new/voice/", given)
    account = ChannelAccount.objects.get()
    kept = given | {"token": "", "hook": ""}
    assert admin.post(f"{URL}{account.pk}/", kept).status_code == 302
    page = admin.post(f"{URL}{account.pk}/", kept | {"url": "https://evil.example.org"})
    assert page.context["form"].errors["token"]
    assert (
        admin.post(f"{URL}{account.pk}/", given | {"url": "https://new.example.org"}).status_code
        == 302
    )


def test_the_order_is_changed_within_what_reaches_the_same(admin, cast, make_account, alibaba,
                                                           tencent, mail_server):  # fmt: skip
    first = make_account("alibaba_sms", alibaba)
    mail = make_account("email", mail_server)
    second = make_account("tencent_sms", tencent)
    page = admin.get(URL).content.decode()
    assert f"{URL}{second.pk}/up/" in page
    assert f"{URL}{first.pk}/up/" not in page
    assert f"{URL}{mail.pk}/up/" not in page
    admin.post(f"{URL}{second.pk}/up/")
    rows = ChannelAccount.objects.filter(kind__endswith="_sms").order_by("priority")
    assert [row.pk for row in rows] == [second.pk, first.pk]
    admin.post(f"{URL}{second.pk}/up/")
    assert [row.pk for row in rows.all()] == [second.pk, first.pk]


def test_is_switched_off_and_on(admin, make_account, alibaba):
    account = make_account("alibaba_sms", alibaba)
    for given, expected in (({}, False), ({}, False), ({"on": "1"}, True)):
        admin.post(f"{URL}{account.pk}/switch/", given)
        account.refresh_from_db()
        assert account.is_enabled is expected


def test_a_rest_is_shown_with_its_cause_and_ends_with_new_settings(admin, make_account, alibaba):
    account = make_account("alibaba_sms", alibaba)
    ProviderHealth.objects.create(
        account=account, failures_in_row=1, last_cause="no_balance",
        open_until=clock.now() + timedelta(minutes=5),
    )  # fmt: skip
    for url in (URL, f"{URL}{account.pk}/"):
        assert "余额用完了，暂停到" in text_of(admin.get(url))
    admin.post(f"{URL}{account.pk}/", ALIBABA)
    assert ProviderHealth.objects.get().open_until is None


OPERATION = "/check-ins/operation/"


def refused(cast, account, at, cause, **fields) -> OutboxMessage:
    """The provider answers, so its account does not rest; it refuses what is sent over it."""
    ProviderHealth.objects.update_or_create(account=account, defaults={"last_success_at": at})
    return OutboxMessage.objects.create(
        school=cast.school, dedupe_key=f"refused {at} {account.pk}", kind="check_in",
        adult=cast.adults["mother"],
        state="failed", cause=cause, account=account, due_at=at, sending_at=at, finished_at=at,
        expires_at=at + timedelta(days=1), **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "words", "advice"),
    [
        ("template_refused", "服务商不接受这个模板或签名", "请到服务商那里办好"),
        ("key_refused", "服务商不认学校的密钥", "请在这里改好设置"),
        ("cost_limit", "学校这个月的电话费用完了", "提高上限"),
    ],
)
def test_a_refused_account_says_since_when_and_what_to_do(
    admin, cast, make_account, alibaba, at, cause, words, advice
):
    account = make_account("alibaba_sms", alibaba)
    refused(cast, account, at - timedelta(minutes=2), cause)
    refused(cast, account, at - timedelta(minutes=1), cause)
    since = stamp(at - timedelta(minutes=2), at, cast.school.time_zone)
    for url in (URL, f"{URL}{account.pk}/", OPERATION):
        text = text_of(admin.get(url))
        assert words in text
        assert advice in text
        assert since in text
        assert "发送正常" not in text


def test_a_refusal_is_over_once_such_a_message_was_sent(admin, cast, make_account, alibaba, at):
    account = make_account("alibaba_sms", alibaba)
    row = refused(cast, account, at - timedelta(minutes=2), "template_refused")
    row.pk, row.dedupe_key, row.idempotency_key = None, "sent", uuid4()
    row.state, row.cause, row.sending_at = "accepted", "", at
    row.save()
    assert "服务商不接受这个模板或签名" not in text_of(admin.get(URL))


def test_a_refusal_that_lasts_keeps_the_day_on_which_it_began(
    admin, cast, make_account, alibaba, at
):
    account = make_account("alibaba_sms", alibaba)
    refused(cast, account, at - timedelta(minutes=2), "template_refused")
    began_at = at - timedelta(days=9)
    Trouble.objects.create(
        subject=f"account:{account.pk}", kind="provider", school=cast.school, began_at=began_at,
        last_seen_at=at,
    )  # fmt: skip
    assert stamp(began_at, at, cast.school.time_zone) in text_of(admin.get(URL))


def test_an_account_that_only_refuses_did_not_work(cast, sms, gateway, at):
    """Another account may have sent each of its messages: only its own row tells."""
    gateway.answers.extend([Answer(401)] * 3)
    delivery_actions.queue_message(
        kind="notice", school=cast.school, dedupe_key="n", due_at=at, adult=cast.adults["mother"],
        expires_at=at + timedelta(days=1), payload={"words": "x", "path": "/"},
    )  # fmt: skip
    ProviderHealth.objects.create(account=sms, failures_in_row=5, trips=1, open_until=at)
    dispatch.drain()
    found = ProviderHealth.objects.get()
    assert (found.last_success_at, found.last_cause) == (None, "key_refused")
    assert (found.failures_in_row, found.trips, found.open_until) == (0, 0, None)  # it answers
    ProviderHealth.objects.update(last_success_at=at - timedelta(hours=1))
    groups = presenters.groups([sms], cast.school, clock.now())
    (row,) = [row for group in groups for row in group["rows"]]
    assert cause_in_words("key_refused") in row["last"]


def test_a_list_costs_as_much_for_ten_accounts_as_for_one(
    admin, make_account, alibaba, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_account("alibaba_sms", alibaba)
    admin.get(URL)
    with CaptureQueriesContext(
        connection,
    ) as one:
        admin.get(URL)
    for _ in range(9):
        make_account("alibaba_sms", alibaba)
    with CaptureQueriesContext(connection) as ten:
        admin.get(URL)
    assert len(one) == len(ten)


def test_a_test_goes_over_the_very_account_even_while_it_rests(
    admin, make_account, alibaba, tencent
):
    make_account("alibaba_sms", alibaba)
    second = make_account("tencent_sms", tencent)
    ProviderHealth.objects.create(
        account=second, open_until=clock.now() + timedelta(minutes=5), failures_in_row=9
    )
    admin.post(f"{URL}{second.pk}/test/", {"address": "13893510009"}, **HTMX)
    dispatch.drain()
    assert OutboxMessage.objects.get().account == second
    assert [taken.phone for taken in tencent.taken] == ["+8613893510009"]
    assert alibaba.asked == []


def test_what_a_library_raises_is_kept_by_its_name_alone(cast, make_account, mail_server, at):
    """Its words may hold a key, an address, or what a family is told."""
    account = make_account("email", mail_server, port="s3cret")
    delivery_actions.queue_test(
        channel_account=account, address="m@example.org", as_question=False,
        by=cast.users["admin"], at=at,
    )  # fmt: skip
    dispatch.drain()
    assert Attempt.objects.get().detail == "ValueError"


def test_a_limit_of_one_number_is_no_refusal_of_the_account(cast, sms, at):
    """Any answer about one message is a sign of life."""
    way = Way("sms", "+8613893510001", opened_account(sms))
    failure = PermanentFailure("number_limit", is_about_address=False)
    refused = Outcome(None, way, Attempt.Result.PERMANENT, cause=failure.cause, failure=failure)
    health.note([refused])
    found = ProviderHealth.objects.get()
    assert (found.last_failure_at, found.last_success_at is None) == (None, False)


def test_a_test_into_a_room_needs_no_address(admin, make_account, room):
    account = make_account("apprise", room)
    assert 'name="address"' not in admin.get(f"{URL}{account.pk}/").content.decode()
    admin.post(f"{URL}{account.pk}/test/", {}, **HTMX)
    dispatch.drain()
    assert OutboxMessage.objects.get().state == "accepted"
    assert len(room.taken) == 1


def test_an_alert_goes_into_the_room_where_its_person_has_no_way(cast, make_account, room, at):

    make_account("apprise", room)
    teacher = cast.users["teacher"]
    type(teacher).objects.filter(pk=teacher.pk).update(phone="", email="")
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="concern:1", due_at=at,
        expires_at=at + timedelta(days=1), user=teacher, payload={"path": "/concerns/1/"},
    )  # fmt: skip
    dispatch.drain()
    assert OutboxMessage.objects.get().state == "accepted"
    (text,) = [taken.values for taken in room.taken]
    assert "/concerns/1/" in text
    assert not any(child.given_name in text for child in cast.students.values())


def test_a_family_is_never_written_to_in_a_room(cast, make_account, room, at):
    from messaging import actions

    make_account("apprise", room)
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    dispatch.drain()
    assert room.asked == []
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    assert (mine.state, mine.cause) == ("due", "no_channel")


@pytest.fixture
def for_trying_out(settings):
    """A copy for trying out."""
    settings.TEST_PHONE = True


def test_a_copy_for_trying_out_shows_what_was_sent(cast, admin, for_trying_out):
    shown = admin.get(reverse("delivery:channels")).content.decode()
    assert reverse("delivery:new_channel", args=["demo_phone"]) in shown
    admin.post(reverse("delivery:new_channel", args=["demo_phone"]), {"is_enabled": "on"})
    account = ChannelAccount.objects.get(school=cast.school, kind="demo_phone")
    sent_to = {"address": "13900001111", "question": "1"}
    admin.post(reverse("delivery:channel_test", args=[account.pk]), sent_to)
    dispatch.drain()
    row = OutboxMessage.objects.get(kind="test")
    assert row.state == "delivered"
    page = admin.get(reverse("delivery:demo_phone")).content.decode()
    path = reverse("check_in:trial")
    assert path in page
    question = admin.get(path).content.decode()
    assert 'value="talked"' in question
    before = CheckIn.objects.count()
    assert 'value="talked"' not in admin.get(path, {"answer": "talked"}).content.decode()
    assert CheckIn.objects.count() == before
    assert cast.school in delivery_queries.schools_with_test()


def test_families_of_a_school_on_the_test_phone_are_asked_there(cast, for_trying_out):
    ChannelAccount.objects.create(school=cast.school, kind="demo_phone", is_enabled=True)
    tasks.ask_due_check_ins()
    OutboxMessage.objects.update(due_at=clock.now())
    dispatch.drain()
    assert DemoPhoneMessage.objects.filter(adult=cast.adults["mother"]).exists()


def test_a_server_never_offers_it_and_sends_nothing_over_it(cast, admin):
    shown = admin.get(reverse("delivery:channels")).content.decode()
    assert "demo_phone" not in shown
    assert admin.get(reverse("delivery:new_channel", args=["demo_phone"])).status_code == 404
    ChannelAccount.objects.create(school=cast.school, kind="demo_phone", is_enabled=True)
    assert admin.get(reverse("delivery:demo_phone")).status_code == 404
    assert not delivery_queries.means_in_use(cast.school)
    assert cast.school in delivery_queries.schools_without_channel()


def test_a_channel_is_one_line_with_its_test_and_the_rest_is_folded(cast, admin):
    page = reverse("delivery:channels")
    shown = admin.get(page).content.decode()
    assert "<details open>" in shown  # nothing is set up yet: what can be added is in sight
    rows = {
        kind: ChannelAccount.objects.create(school=cast.school, kind=kind, is_enabled=True)
        for kind in ("email", "push")
    }
    shown = admin.get(page).content.decode()
    assert "<details open>" not in shown
    for kind, row in rows.items():
        own_page = reverse("delivery:channel", args=[row.pk])
        line = shown[: shown.index(reverse("delivery:switch_channel", args=[row.pk]))]
        line, folded = line[line.rindex('class="row-of') :].split("<details>")
        assert "在用" in line
        assert "还没有发过" in line
        assert (f"{own_page}#test" in line) == (kind == "email")
        assert f'href="{own_page}"' in folded
    assert (
        'id="test"'
        in admin.get(reverse("delivery:channel", args=[rows["email"].pk])).content.decode()
    )
