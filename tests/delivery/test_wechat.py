"""WeChat's official account, against a server that speaks its documented wire format."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.actions import media
from delivery.channels import wechat as channel
from delivery.channels.base import (
    Account,
    LostReply,
    Message,
    PermanentFailure,
    ReportRefused,
    TemporaryFailure,
)
from delivery.channels.wechat import taps as wechat_taps
from delivery.channels.wechat.crypt import decrypt, is_signed
from delivery.dispatch.ways import opened
from delivery.incoming.rules import is_for_all
from delivery.models import IncomingMedia, IncomingMessage, OutboxMessage, WechatPermission
from guardians.actions import block_adult, link_contact_point
from guardians.models import ContactPoint
from guardians.queries import usable_contact_points
from messaging import actions, links
from messaging.models import CheckIn
from tests.factories.files import photo
from tests.messaging.test_board import sign_in
from tests.providers.server import Say
from tests.providers.wechat import ONE_TIME, TEMPLATES
from uploads.actions import keep_photo
from uploads.models import Upload

State = OutboxMessage.State
OPEN_ID = "oABC-of-the-mother"


def letter(**fields) -> Message:
    values = {
        "key": str(uuid4()),
        "address": OPEN_ID,
        "text": "…",
        "subject": "黄羊川中心小学张老师有一句话想问您，请点开看看",
        "kind": "check_in",
        "parts": {"school": "黄羊川中心小学", "url": "https://j.example.org/f/c/1/"},
    }
    return Message(**(values | fields))


def account_of(wechat, **config) -> Account:
    return Account("wechat", wechat.config(**config), wechat.secret)


@pytest.fixture
def linked(cast, at) -> ContactPoint:
    """The mother has linked her WeChat on her own phone."""
    mother = cast.adults["mother"]
    number = mother.contact_points.get()
    return link_contact_point(
        adult=mother, kind="wechat", address=OPEN_ID, linked_from=number.address, at=at
    )


def ask(cast, at) -> OutboxMessage:
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=mine.pk).delete()
    return mine


def sent(message) -> OutboxMessage:
    dispatch.drain()
    message.refresh_from_db()
    return message


def tell(account, told: tuple[str, str], client=None):
    query, body = told
    address = f"/hooks/{account.pk}/{account.hook_key}/?{query}"
    return (client or Client()).post(address, body, content_type="text/xml")


class TestSending:
    def test_a_template_message(self, wechat):
        message = letter()
        receipt = channel.send(message, account_of(wechat))
        data = wechat.taken[0].values
        assert data["touser"] == OPEN_ID
        assert data["client_msg_id"] == message.key
        assert data["url"] == "https://j.example.org/f/c/1/"
        assert data["data"]["thing1"] == {"value": "黄羊川中心小学"}
        assert len(data["data"]["thing2"]["value"]) == 20  # what is longer is refused there
        assert receipt.reference == "1"

    def test_one_token_serves_many(self, wechat):
        for _ in range(3):
            channel.send(letter(), account_of(wechat))
        assert [one.path for one in wechat.asked].count("/cgi-bin/stable_token") == 1

    def test_many_at_once_ask_for_one_token(self, wechat):
        wechat.token_delay = 0.3
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: channel.send(letter(), account_of(wechat)), range(4)))
        assert len(wechat.taken) == 4
        assert [one.path for one in wechat.asked].count("/cgi-bin/stable_token") == 1

    def test_without_the_cache_it_is_only_fetched_more_often(self, wechat, settings):
        channel.send(letter(), account_of(wechat))
        cache.clear()
        channel.send(letter(), account_of(wechat))
        assert len(wechat.taken) == 2

    def test_a_refused_token_is_renewed_once(self, wechat):
        channel.send(letter(), account_of(wechat))
        wechat.expire_token()
        channel.send(letter(), account_of(wechat))
        assert len(wechat.taken) == 2
        wechat.says = [Say("42001"), Say("42001")]
        with pytest.raises(TemporaryFailure) as caught:
            channel.send(letter(), account_of(wechat))
        assert (caught.value.cause, len(wechat.taken)) == ("key_refused", 2)
        assert json.loads(wechat.asked[-2].body)["force_refresh"] is True

    @pytest.mark.parametrize(
        ("say", "failure", "cause", "is_about_address"),
        [
            (Say("40003"), PermanentFailure, "bad_open_id", True),
            (Say("43004"), PermanentFailure, "not_following", True),
            (Say("43101"), PermanentFailure, "no_permission", True),
            (Say("40037"), PermanentFailure, "template_refused", False),
            (Say("47003"), PermanentFailure, "template_refused", False),
            (Say("99999"), PermanentFailure, "provider_refused", False),
            (Say("-1"), TemporaryFailure, "provider_error", None),
            (Say("45009"), TemporaryFailure, "provider_limit", None),
            (Say("45011"), TemporaryFailure, "provider_busy", None),
            (Say("48001"), TemporaryFailure, "account_may_not", None),
            (Say(status=502), TemporaryFailure, "provider_error", None),
            (Say(status=429), TemporaryFailure, "provider_busy", None),
            (Say(body="<html>"), LostReply, "unexpected_answer", None),
            (Say(delay=1.5), LostReply, "timeout", None),
            (Say(hangs_up=True, takes=True), LostReply, "lost_reply", None),
        ],
    )
    def test_what_it_may_answer(self, wechat, say, failure, cause, is_about_address):
        channel.send(letter(), account_of(wechat))
        wechat.says = [say]
        with pytest.raises(failure) as caught:
            channel.send(letter(), account_of(wechat))
        assert caught.value.cause == cause
        assert getattr(caught.value, "is_about_address", None) == is_about_address
        assert "token-" not in caught.value.detail

    @pytest.mark.parametrize(
        ("say", "cause"),
        [
            (Say("40125"), "key_refused"),
            (Say("40164"), "server_not_listed"),
            (Say(delay=1.5), "no_connection"),
        ],
    )
    def test_without_a_token_surely_nothing_was_sent(self, wechat, say, cause):
        wechat.token_says = [say]
        with pytest.raises(TemporaryFailure) as caught:
            channel.send(letter(), account_of(wechat))
        assert (caught.value.cause, caught.value.is_sure) == (cause, True)

    def test_it_takes_only_what_it_has_words_for(self):
        assert channel.takes("check_in", {"templates": TEMPLATES})
        assert not channel.takes("notice", {"templates": TEMPLATES})
        assert channel.takes("notice", {"mode": "one_time"})
        assert not channel.takes("code", {"mode": "one_time"})


class TestWays:
    def test_a_linked_wechat_comes_first_and_the_phone_steps_in(
        self, cast, wechat, gateway, sms, make_account, linked, at
    ):
        account = make_account("wechat", wechat)
        wechat.says = [Say("43004")]
        message = ask(cast, at)
        assert sent(message).state in (State.RETRY, State.ACCEPTED)
        dispatch.drain()
        message.refresh_from_db()
        assert (message.state, message.channel) == (State.ACCEPTED, "sms")
        linked.refresh_from_db()
        assert linked.failing_cause == "not_following"
        assert len(gateway.taken) == 1
        assert wechat.taken == []
        tell(account, wechat.safe(wechat.event(OPEN_ID, "subscribe")))
        linked.refresh_from_db()
        assert linked.failing_since is None

    def test_it_stands_and_falls_with_its_number(self, cast, linked, at):
        mother = cast.adults["mother"]
        mine = usable_contact_points().filter(pk=linked.pk)
        assert mine.exists()
        number = mother.contact_points.get(kind="phone")
        number.disputed_at = at
        number.save()
        assert not mine.exists()
        number.disputed_at = None
        number.save()
        shared = ContactPoint.objects.create(
            school=cast.school, adult=cast.adults["father"], kind="phone", address=number.address
        )
        assert mine.exists() != cast.adults["father"].is_blocked
        shared.delete()
        block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=at)
        assert not mine.exists()

    def test_a_lost_answer_is_left_to_a_person(self, cast, wechat, sms, make_account, linked, at):
        make_account("wechat", wechat)
        wechat.says = [Say(hangs_up=True, takes=True)]
        message = sent(ask(cast, at))
        assert message.state == State.UNKNOWN
        assert len(wechat.taken) == 1

    def test_words_without_a_template_go_by_sms(self, cast, wechat, gateway, sms, linked, at,
                                                make_account):  # fmt: skip
        make_account("wechat", wechat)
        delivery_actions.queue_sign_in_link(
            phone=cast.adults["mother"].contact_points.last().address, at=at
        )
        dispatch.drain()
        assert wechat.asked == []
        assert len(gateway.taken) == 1


class TestReports:
    @pytest.mark.parametrize(
        ("status", "state", "cause"),
        [
            ("success", State.DELIVERED, ""),
            ("failed:user block", State.FAILED, "closed_by_family"),
            ("failed: system failed", State.FAILED, "not_delivered"),
        ],
    )
    def test_the_result_moves_the_message(
        self, cast, wechat, make_account, linked, at, status, state, cause
    ):
        account = make_account("wechat", wechat)
        message = sent(ask(cast, at))
        assert message.state == State.ACCEPTED
        event = wechat.event(
            OPEN_ID, "TEMPLATESENDJOBFINISH", MsgID=message.provider_reference, Status=status
        )
        for _ in range(2):
            answer = tell(account, wechat.safe(event))
            assert (answer.status_code, answer.content) == (200, b"success")
        message.refresh_from_db()
        assert (message.state, message.cause) == (state, cause)
        assert message.receipts.count() == 1


class TestHook:
    def test_the_published_example_opens(self):
        """Of the documentation of messages in safe mode: signature, text and receiver."""
        sealed = (
            "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4R"
            "Pcs8TgAE7OaBO+FZXvnaqQ=="
        )
        key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
        signature = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
        assert is_signed(signature, "QDG6eK", "1409659589", "263014780", sealed)
        assert decrypt(sealed, key, "wx5823bf96d3bd56c7") == "1616140317555161061"
        with pytest.raises(ReportRefused):
            decrypt(sealed, key, "wx-of-somebody-else")

    def test_the_address_is_confirmed(self, client, wechat, make_account):
        account = make_account("wechat", wechat)
        query, _body = wechat.plain("")
        answer = client.get(f"/hooks/{account.pk}/{account.hook_key}/?{query}&echostr=echo42")
        assert (answer.content, answer["Content-Type"]) == (b"echo42", "text/plain; charset=utf-8")
        assert (
            client.get(f"/hooks/{account.pk}/{account.hook_key}/?echostr=x&signature=0").status_code
            == 403
        )

    def test_a_word_comes_in_once(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.safe(wechat.text(OPEN_ID, "老师好 <b>&"))
        began = time.monotonic()
        for _ in range(3):
            assert tell(account, told).content == b"success"
        assert time.monotonic() - began < 5
        row = IncomingMessage.objects.get()
        assert (row.text, row.address, row.address_kind) == ("老师好 <b>&", OPEN_ID, "wechat")
        assert abs(row.sent_at - clock.now()) < timedelta(minutes=1)

    def test_plain_mode_is_refused_and_its_page_says_so(self, cast, wechat, make_account, client):
        account = make_account("wechat", wechat)
        told = wechat.plain(wechat.text(OPEN_ID, "您好"))
        assert tell(account, told).status_code == 403
        assert not IncomingMessage.objects.exists()
        admin = sign_in(client, cast, "admin")
        assert "安全模式" in admin.get(f"/check-ins/channels/{account.pk}/").content.decode()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda query, body: (query[:-1] + "x", body),
            lambda query, body: (query, body.replace("<Encrypt><![CDATA[", "<Encrypt><![CDATA[A")),
            lambda query, body: (query, "no xml"),
            lambda query, body: (query, '<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>'),
            lambda query, body: ("", body),
        ],
    )
    def test_what_is_spoiled_is_refused(self, cast, wechat, make_account, spoil):
        account = make_account("wechat", wechat)
        told = spoil(*wechat.safe(wechat.text(OPEN_ID, "您好")))
        assert tell(account, told).status_code in (400, 403)
        assert not IncomingMessage.objects.exists()

    def test_of_another_account_is_refused(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.safe(wechat.text(OPEN_ID, "您好"), app_id="wx-other")
        assert tell(account, told).status_code == 400

    def test_a_photo_is_fetched_afterwards(self, cast, wechat, make_account, at):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "image", PicUrl="http://x/", MediaId="media-1", MsgId=7)
        for _ in range(2):
            tell(account, wechat.safe(told))
        assert not IncomingMessage.objects.exists()
        wechat.media["media-1"] = photo()
        assert delivery_actions.fetch_media(at=clock.now()) == 1
        tell(account, wechat.safe(told))
        assert delivery_actions.fetch_media(at=clock.now()) == 0
        row = IncomingMessage.objects.get()
        assert (row.upload.kind, row.upload.school) == ("photo", cast.school)
        assert not IncomingMedia.objects.exists()

    def test_a_voice_that_is_gone_still_shows(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "voice", MediaId="gone", MsgId=8, Recognition="她发烧了")
        tell(account, wechat.safe(told))
        now = clock.now()
        wechat.token_says = [Say("-1")]
        assert delivery_actions.fetch_media(at=now) == 0  # later, then
        assert delivery_actions.fetch_media(at=now) == 0  # not at once
        assert delivery_actions.fetch_media(at=now + timedelta(minutes=5)) == 1
        row = IncomingMessage.objects.get()
        assert row.upload is None
        assert "她发烧了" in row.text
        assert len(row.text) > len("她发烧了")

    def test_one_that_cannot_be_fetched_is_shown_within_a_day(self, cast, wechat, make_account):
        """WeChat's key is wrong over a weekend: each file is tried every hour, then shown without."""
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "voice", MediaId="late", MsgId=8, Recognition="她发烧了")
        tell(account, wechat.safe(told))
        wechat.token_says = [Say("-1")] * 100
        now = clock.now()
        for hours in range(13):
            assert delivery_actions.fetch_media(at=now + timedelta(hours=hours)) == 0
            assert IncomingMedia.objects.get().next_attempt_at <= now + timedelta(hours=hours + 1.5)
        assert delivery_actions.fetch_media(at=now + timedelta(hours=14)) == 1
        assert "她发烧了" in IncomingMessage.objects.get().text

    def test_a_call_for_help_waits_for_no_recording(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "voice", MediaId="late", MsgId=8, Recognition="需要帮忙。")
        tell(account, wechat.safe(told))
        wechat.token_says = [Say("-1")]
        assert delivery_actions.fetch_media(at=clock.now()) == 1
        row = IncomingMessage.objects.get()
        assert (row.text, row.upload) == ("需要帮忙。", None)
        assert not IncomingMedia.objects.exists()

    def test_nor_does_one_whose_recording_is_gone(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "voice", MediaId="gone", MsgId=8, Recognition="需要帮忙")
        tell(account, wechat.safe(told))
        assert delivery_actions.fetch_media(at=clock.now()) == 1
        assert is_for_all(IncomingMessage.objects.get().text)

    def test_of_a_sender_erased_meanwhile_nothing_is_kept(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "image", PicUrl="http://x/", MediaId="media-1", MsgId=7)
        tell(account, wechat.safe(told))
        row, now = IncomingMedia.objects.get(), clock.now()
        IncomingMedia.objects.all().delete()
        file = ContentFile(photo(), name="photo")
        upload = keep_photo(
            student=None, file=file, key=uuid4(), by=None, at=now, school=cast.school
        )
        assert not media._take(row, upload, now)
        assert not IncomingMessage.objects.exists()
        assert not Upload.objects.filter(pk=upload.pk).exists()

    def test_after_many_tries_it_holds_up_no_other(self, cast, wechat, make_account):
        account = make_account("wechat", wechat)
        told = wechat.xml(OPEN_ID, "voice", MediaId="gone", MsgId=8, Recognition="她发烧了")
        tell(account, wechat.safe(told))
        IncomingMedia.objects.update(attempts=45)
        later = wechat.xml(OPEN_ID, "image", PicUrl="http://x/", MediaId="media-1", MsgId=9)
        tell(account, wechat.safe(later))
        wechat.media["media-1"] = photo()
        assert delivery_actions.fetch_media(at=clock.now()) == 2
        assert not IncomingMedia.objects.exists()

    def test_a_fault_at_one_holds_up_no_other_and_it_is_shown(
        self, cast, sms, wechat, make_account
    ):
        account = make_account("wechat", wechat)
        for number in (1, 2):
            place = {"PicUrl": "http://x/", "MediaId": f"m-{number}", "MsgId": number}
            tell(account, wechat.safe(wechat.xml(OPEN_ID, "image", **place)))
            wechat.media[f"m-{number}"] = photo()
        now = clock.now()
        # No channel could have sent this: what it raises is none of the failures that we know.
        odd = IncomingMedia.objects.filter(media_id="m-1")
        odd.update(account=sms, next_attempt_at=now - timedelta(hours=1))
        assert delivery_actions.fetch_media(at=now) == 1
        assert delivery_actions.fetch_media(at=now + timedelta(hours=13)) == 1
        rows = IncomingMessage.objects.order_by("pk")
        assert [row.upload is None for row in rows] == [False, True]


class TestTaps:
    @pytest.fixture
    def account(self, wechat, make_account):
        return make_account("wechat", wechat, mode="one_time")

    def open_done(self, cast, client, agent="MicroMessenger/8.0"):
        check_in = CheckIn.objects.get(adult=cast.adults["mother"])
        actions.answer(
            check_in=check_in,
            key=uuid4().hex,
            answers={line.student_id: "talked" for line in check_in.lines.all()},
            at=clock.now(),
            contact_point_id=None,
        )
        url = links.check_in_url(
            check_in_id=check_in.pk, adult_id=cast.adults["mother"].pk, contact_point_id=None
        )
        path = urlsplit(url).path
        return path, client.get(f"{path}done/", headers={"User-Agent": agent})

    def test_one_tap_is_one_message(self, cast, client, wechat, sms, gateway, account, linked, at):
        ask(cast, at)
        path, page = self.open_done(cast, client)
        tap = page.context["tap_url"]
        assert tap.startswith("https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&")
        assert tap.endswith("#wechat_redirect")
        asked = {name: one[0] for name, one in parse_qs(urlsplit(tap).query).items()}
        assert asked["redirect_url"].endswith(f"{path}wechat/")
        assert asked["reserved"].isalnum()
        back = {
            "openid": OPEN_ID,
            "template_id": ONE_TIME,
            "action": "confirm",
            "scene": asked["scene"],
            "reserved": asked["reserved"],
        }
        for wrong in (
            {"action": "cancel"},
            {"openid": "oOther"},
            {"reserved": "0"},
            {"scene": "9"},
        ):
            client.get(f"{path}wechat/", back | wrong)
        assert not WechatPermission.objects.exists()
        for _ in range(2):
            assert client.get(f"{path}wechat/", back).url == f"{path}done/"
        permission = WechatPermission.objects.get()
        ready = opened(account)
        channel.send(letter(), ready)
        data = wechat.taken[0].values
        assert data["scene"] == str(permission.scene)
        assert data["template_id"] == ONE_TIME
        assert len(data["title"]) <= 15
        with pytest.raises(PermanentFailure) as caught:
            channel.send(letter(), ready)
        assert caught.value.cause == "no_permission"
        assert len(wechat.taken) == 1

    def test_it_is_asked_only_when_few_are_left_and_only_in_wechat(
        self, cast, client, wechat, sms, account, linked, at
    ):
        ask(cast, at)
        _path, page = self.open_done(cast, client, agent="Chrome")
        assert "tap_url" not in page.context
        for turn in range(wechat_taps.LOW):
            self.grant(account, turn, at)
        _path, page = self.open_done(cast, client)
        assert "tap_url" not in page.context

    def test_staff_see_how_many_may_still_go(self, cast, client, account, linked, at):
        mother = cast.adults["mother"].pk
        assert wechat_taps.stocks_of([mother, cast.adults["father"].pk]) == {mother: 0}
        client.force_login(cast.users["teacher"])
        url = reverse("staff:child", args=[cast.students["mengyao"].pk])
        assert "一条也不能发" in client.get(url).text
        for turn in range(wechat_taps.LOW):
            self.grant(account, turn, at)
        assert wechat_taps.stocks_of([mother]) == {mother: wechat_taps.LOW}
        assert "还可以发2条" in client.get(url).text

    def grant(self, account, turn, at):
        WechatPermission.objects.create(
            school=account.school,
            account=account,
            address=OPEN_ID,
            template=ONE_TIME,
            scene=turn + 1,
            source=f"s{turn}",
            granted_at=at,
        )

    @pytest.mark.parametrize(
        ("say", "left"),
        [
            (Say("45011"), 2),  # surely not sent: given back
            (Say("40037"), 2),
            (Say("-1"), 1),  # perhaps sent
            (Say(hangs_up=True, takes=True), 1),
            (Say("43101"), 0),  # WeChat knows of none
        ],
    )
    def test_the_stock_after_a_failure(self, cast, wechat, account, at, say, left):
        for turn in range(2):
            self.grant(account, turn, at)
        wechat.says = [say]
        message, ready = letter(), opened(account)
        with pytest.raises((PermanentFailure, TemporaryFailure, LostReply)):
            channel.send(message, ready)
        mine = WechatPermission.objects.filter(taken_at=None)
        assert mine.count() == left
        if say.code == "-1":  # goes once more on its own permission
            channel.send(message, ready)
            assert mine.count() == 1

    def test_events_of_the_popup_count_once_and_a_no_takes_all(
        self, cast, wechat, make_account, linked, at
    ):
        account = make_account("wechat", wechat, mode="subscribe")
        rows = "<List><TemplateId>T-ask</TemplateId><SubscribeStatusString>{}</SubscribeStatusString></List>"
        name = "subscribe_msg_popup_event"
        event = wechat.event(OPEN_ID, name, SubscribeMsgPopupEvent=rows.format("accept"))
        for _ in range(2):
            tell(account, wechat.safe(event))
        assert WechatPermission.objects.filter(taken_at=None).count() == 1
        channel.send(letter(), opened(account))
        assert wechat.asked[-1].path == "/cgi-bin/message/subscribe/bizsend"
        assert wechat.taken[0].values["page"] == "https://j.example.org/f/c/1/"
        assert not WechatPermission.objects.filter(taken_at=None).exists()
        changed = wechat.event(
            OPEN_ID, "subscribe_msg_change_event", SubscribeMsgChangeEvent=rows.format("reject")
        )
        again = wechat.event(
            OPEN_ID, name, SubscribeMsgPopupEvent=rows.format("accept"),
            CreateTime=int(time.time()) - 60,
        )  # fmt: skip
        tell(account, wechat.safe(again))
        assert WechatPermission.objects.filter(taken_at=None).count() == 1
        tell(account, wechat.safe(changed))
        assert not WechatPermission.objects.filter(taken_at=None).exists()


def test_what_is_missing_is_said_in_words(settings, wechat):
    config = wechat.config()
    assert channel.check_config(config) == {}
    assert set(channel.check_config({})) == {"app_id", "template_check_in"}
    assert set(channel.check_config(config | {"mode": "one_time", "one_time_template": ""})) == {
        "one_time_template"
    }
    bad = {"check_in": {"code": "T", "fields": [["thing1", "child"]]}}
    assert "child" in channel.check_config(config | {"templates": bad})["fields_check_in"]
    settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {"APPS": [{"client_id": "wx-other"}]}}
    assert "wx-other" in channel.check_config(config)["app_id"]
