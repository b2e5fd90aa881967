"""One WeChat and one WeCom for all schools of a county: who is written to, and whose school hears what."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from core import clock, walls
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.actions import channels as channel_acts
from delivery.actions import wecom as wecom_acts
from delivery.actions.wecom import match_all_families
from delivery.channels.base import TemporaryFailure
from delivery.channels.wechat import taps
from delivery.channels.wechat.crypt import decrypt, is_signed
from delivery.channels.wechat.hooks import parse_xml
from delivery.channels.wecom.contacts import read_parents
from delivery.dispatch import receipts
from delivery.dispatch.facts import read_facts
from delivery.dispatch.ways import opened
from delivery.models import (
    ChannelAccount,
    CountyAccount,
    DeliveryReceipt,
    IncomingMedia,
    IncomingMessage,
    OutboxMessage,
    WechatLink,
    WechatPermission,
)
from delivery.shared import actions
from doors.family import actions as family
from guardians.actions import block_adult, link_contact_point
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.presenters import cause_words
from guardians.queries import has_usable_way
from homeschool import walls as server_walls
from schools.models import County
from students.actions import leave_school
from tests import walls as of_tests
from tests.factories import county_accounts as shared
from tests.factories import founding
from tests.factories.cast import (
    Cast,
    make_adult,
    make_guardianship,
    make_post,
    make_school,
    make_student,
    make_user,
    send_away,
)
from tests.factories.files import photo
from tests.providers import wechat as wechat_wire
from tests.providers.server import Say
from tests.providers.wechat import APP_ID, TOKEN
from threads.actions.incoming import land_incoming
from threads.models import Routing, ThreadMessage

pytestmark = pytest.mark.django_db

State = OutboxMessage.State
OPEN_ID, FAR_OPEN_ID, STRANGER = "oMother1", "oFarMother1", "oNobody1"


@pytest.fixture
def cast(cast) -> Cast:
    founding.two_officers(cast)
    return cast


@pytest.fixture
def given(cast, wechat) -> CountyAccount:
    return shared.give(cast, "wechat", config=wechat.config(), secret=wechat.secret)


def linked(adult: Adult, open_id: str, issuer: str = APP_ID) -> ContactPoint:
    number = adult.contact_points.get(kind="phone")
    return link_contact_point(
        adult=adult, kind="wechat", address=open_id, linked_from=number.address, issuer=issuer,
        at=clock.now(),
    )  # fmt: skip


@pytest.fixture
def mother(cast) -> Adult:
    linked(cast.adults["mother"], OPEN_ID)
    return cast.adults["mother"]


@pytest.fixture
def at_both(cast, mother) -> Adult:
    """The mother's record at the other school, where she has a child, too."""
    number = mother.contact_points.get(kind="phone").address
    hours = {"quiet_from": mother.quiet_from, "quiet_until": mother.quiet_until}
    adult = make_adult(cast.other_school, mother.name, number, user=mother.user, **hours)
    make_guardianship(make_student(cast.far_class, "徐小妹"), adult, "mother")
    send_away(adult, "昆山")
    linked(adult, OPEN_ID)
    return adult


def asked(adult: Adult) -> OutboxMessage:
    """A question to this adult that waits to go."""
    at = clock.now()
    return OutboxMessage.objects.create(
        kind="check_in", school=adult.school, adult=adult, dedupe_key=f"asked:{adult.pk}",
        due_at=at, expires_at=at + timedelta(days=1),
    )  # fmt: skip


def entered(wechat, app_id: str = APP_ID) -> dict:
    """What an officer or administrator types into the form."""
    return {
        "app_id": app_id, "app_secret": wechat_wire.SECRET, "mode": "one_time",
        "one_time_template": wechat_wire.ONE_TIME, "hook_token": TOKEN,
        "aes_key": wechat_wire.AES_KEY, "endpoint": wechat.url, "is_enabled": "on",
    }  # fmt: skip


def drained(message: OutboxMessage) -> OutboxMessage:
    dispatch.drain()
    message.refresh_from_db()
    return message


def tell(account: CountyAccount, told: tuple[str, str]):
    query, body = told
    url = reverse("hooks:county_report", args=[account.pk, account.hook_key])
    return Client().post(f"{url}?{query}", body, content_type="text/xml")


def kinds(message: OutboxMessage) -> set[str]:
    (row,) = read_facts([message.pk], clock.now())
    return {way.kind for way in row.ways}


def heard() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for school, text in IncomingMessage.objects.values_list("school", "text"):
        found.setdefault(school, []).append(text)
    return found


class TestSending:
    def test_two_schools_send_over_it_with_one_token(self, cast, given, wechat, mother):
        linked(cast.adults["far_mother"], FAR_OPEN_ID)
        messages = [asked(mother), asked(cast.adults["far_mother"])]
        dispatch.drain()
        for message in messages:
            message.refresh_from_db()
            assert message.state == State.ACCEPTED
            assert message.account == shared.copy_of(given, message.school)
        assert {one.phone for one in wechat.taken} == {OPEN_ID, FAR_OPEN_ID}
        assert [one.path for one in wechat.asked].count("/cgi-bin/stable_token") == 1

    def test_a_schools_own_comes_first_and_its_followers_stay_with_it(
        self, cast, given, wechat, mother, settings
    ):
        """Once families link with the school's: no form takes another than they link with."""
        settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {"APPS": [{"client_id": "wx-of-the-school"}]}}
        admin = Client()
        admin.force_login(cast.users["admin"])
        said = entered(wechat, "wx-of-the-school")
        admin.post(reverse("delivery:new_channel", args=["wechat"]), said)
        own = ChannelAccount.objects.get(of_county=None)
        assert not shared.copy_of(given, cast.school).is_enabled
        message = asked(mother)
        assert "wechat" not in kinds(message)  # who follows the county's is unknown to the school's
        ContactPoint.objects.filter(address=OPEN_ID).update(issuer="wx-of-the-school")
        assert "wechat" in kinds(message)
        channel_acts.switch_channel(account=own, on=False, by=cast.users["admin"])
        assert shared.copy_of(given, cast.school).is_enabled
        assert "wechat" not in kinds(message)
        linked(mother, OPEN_ID)
        assert "wechat" in kinds(message)

    def test_nothing_goes_twice_where_the_account_is_replaced_meanwhile(
        self, cast, given, wechat, mother, gateway
    ):
        """Nobody can look up at WeChat what became of it: a person decides, unless its report comes."""
        shared.give(cast, "sms", config=gateway.config())
        wechat.says = [Say(hangs_up=True, takes=True)]
        message = drained(asked(mother))
        assert message.state == State.UNKNOWN
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        shared.give(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        assert drained(message).state == State.UNKNOWN
        assert (len(wechat.taken), gateway.requests) == (1, 0)

    def test_the_report_settles_it_though_the_account_was_entered_anew(
        self, cast, given, wechat, mother
    ):
        """WeChat knows the AppID, not our account, and calls the new one's address."""
        message = drained(asked(mother))
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        second = shared.give(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        finished = wechat.event(
            OPEN_ID, "TEMPLATESENDJOBFINISH", MsgID=message.provider_reference, Status="success"
        )
        assert tell(second, wechat.safe(finished)).content == b"success"
        message.refresh_from_db()
        assert message.state == State.DELIVERED

    def test_it_waits_and_goes_over_the_new_one_once(self, cast, given, wechat, mother):
        wechat.says = [Say("45011")]
        message = drained(asked(mother))
        assert message.state == State.RETRY
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        second = shared.give(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        OutboxMessage.objects.filter(pk=message.pk).update(due_at=clock.now())
        assert drained(message).state == State.ACCEPTED
        assert message.account == shared.copy_of(second, cast.school)
        assert len(wechat.taken) == 1

    def test_a_way_of_an_appid_that_was_replaced_works_no_more_until_she_links_again(
        self, cast, given, wechat, mother
    ):
        """Else nobody would be asked to see to a family whose telephone fails as well."""
        mother.contact_points.filter(kind="phone").update(failing_since=clock.now())
        works = Adult.objects.filter(has_usable_way(), pk=mother.pk)
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        other = wechat.config(app_id="wx-new", mode="one_time")
        second = shared.give(cast, "wechat", config=other, secret=wechat.secret)
        point = mother.contact_points.get(kind="wechat")
        assert (point.failing_cause, works.exists()) == ("other_account", False)
        assert taps.stocks_of([mother.pk]) == {}
        with translation.override("zh-hans"):
            assert "另一个" in cause_words(point)
        actions.end_account(account=second, by=cast.users["county"], at=clock.now())
        shared.give(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        assert works.exists()
        shared.write(cast, account=CountyAccount.objects.last(), config=wechat.config(app_id="wx2"))
        shared.agree(cast, CountyAccount.objects.last())
        assert not works.exists()
        linked(mother, OPEN_ID, "wx2")
        assert works.exists()

    def test_a_blocked_adult_is_written_to_by_nobody(self, cast, given, wechat, at_both, mother):
        message = asked(mother)
        block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=clock.now())
        assert drained(message).state == State.SUPPRESSED
        assert not wechat.taken

    def test_one_at_a_time(self, cast, given, wechat):
        with pytest.raises(actions.OneAlready):
            shared.write(cast, "wechat", config=wechat.config())
        with pytest.raises(IntegrityError), transaction.atomic():
            CountyAccount.objects.create(
                county=cast.county, kind="wechat", asked_by=cast.users["county"],
                asked_at=clock.now(),
            )  # fmt: skip
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        shared.write(cast, "wechat", config=wechat.config())
        with pytest.raises(actions.OneAlready):  # nor is the old one taken up again beside it
            shared.write(cast, account=given, config=wechat.config())


class TestLinking:
    def test_a_record_that_the_account_takes_on_later_is_written_to_as_well(self, cast, mother):
        number = mother.contact_points.get(kind="phone").address
        WechatLink.objects.create(
            user=mother.user, address=number, app_id=APP_ID, linked_at=clock.now()
        )
        SocialAccount.objects.create(provider="weixin", uid=OPEN_ID, user=mother.user)
        later = make_adult(cast.other_school, mother.name, number)
        assert family.enter(adult=later, at=clock.now(), signed_in=mother.user) == mother.user
        point = later.contact_points.get(kind="wechat")
        assert (point.address, point.issuer, point.linked_from) == (OPEN_ID, APP_ID, number)

    def test_not_with_another_number_and_not_of_a_stranger(self, cast, mother):
        number = mother.contact_points.get(kind="phone").address
        WechatLink.objects.create(user=mother.user, address=number, linked_at=clock.now())
        SocialAccount.objects.create(provider="weixin", uid=OPEN_ID, user=mother.user)
        other = make_adult(cast.other_school, mother.name, "+8613893519999")
        family.enter(adult=other, at=clock.now(), signed_in=mother.user)
        stranger = make_adult(cast.other_school, "王小芳", number)
        family.enter(adult=stranger, at=clock.now(), signed_in=mother.user)
        assert not ContactPoint.objects.filter(kind="wechat", school=cast.other_school).exists()


class TestWhatComesIn:
    def words_in(self, answer) -> str:
        """What WeChat would show: opened as the documentation says, signature and all."""
        envelope = parse_xml(answer.content)
        sealed, stamp, nonce = (envelope[name] for name in ("Encrypt", "TimeStamp", "Nonce"))
        assert is_signed(envelope["MsgSignature"], TOKEN, stamp, nonce, sealed)
        inside = parse_xml(decrypt(sealed, wechat_wire.AES_KEY, APP_ID).encode())
        assert (inside["MsgType"], inside["FromUserName"]) == ("text", "gh_123456789abc")
        self.receiver = inside["ToUserName"]
        return inside["Content"]

    def test_it_reaches_the_one_school_that_knows_its_sender(self, cast, given, wechat, mother):
        linked(cast.adults["far_mother"], FAR_OPEN_ID)
        for _ in range(2):
            assert tell(given, wechat.safe(wechat.text(OPEN_ID, "老师好", 1))).content == b"success"
        tell(given, wechat.safe(wechat.text(FAR_OPEN_ID, "我是思源妈妈", 2)))
        assert heard() == {cast.school.pk: ["老师好"], cast.other_school.pk: ["我是思源妈妈"]}
        row = IncomingMessage.objects.get(school=cast.school)
        assert row.account == shared.copy_of(given, cast.school)

    def test_it_lands_with_its_adult(self, cast, given, wechat, mother):
        tell(given, wechat.safe(wechat.text(OPEN_ID, "老师好", 1)))
        land_incoming(at=clock.now())
        assert Routing.objects.get().state == Routing.State.IN_THREAD
        said = ThreadMessage.objects.get(incoming__isnull=False)
        assert (said.adult, said.thread.school) == (mother, cast.school)

    def test_of_whom_two_schools_know_none_hears_and_the_sender_is_told(
        self, cast, given, wechat, at_both
    ):
        answer = tell(given, wechat.safe(wechat.text(OPEN_ID, "孩子发烧了", 1)))
        words = self.words_in(answer)
        assert self.receiver == OPEN_ID
        assert "几所学校" in words
        assert "/f/" in words
        for school in (cast.school, cast.other_school):
            assert school.name not in words
        assert heard() == {}

    def test_nor_a_voice(self, cast, given, wechat, at_both):
        told = wechat.xml(OPEN_ID, "voice", MediaId="m1", Format="amr", MsgId=7)
        assert "几所学校" in self.words_in(tell(given, wechat.safe(told)))
        assert not IncomingMedia.objects.exists()

    def test_where_her_child_has_left_one_school_the_other_hears(
        self, cast, given, wechat, at_both
    ):
        """As the school writes it down: the child leaves, and what she is to it stands."""
        child = Guardianship.objects.get(adult=at_both).student
        yesterday = clock.local_date(clock.now()) - timedelta(days=1)
        leave_school(
            student=child, left_on=yesterday, reason="other_school", left_to="乡中学",
            by=cast.users["admin"],
        )  # fmt: skip
        tell(given, wechat.safe(wechat.text(OPEN_ID, "老师好", 1)))
        assert heard() == {cast.school.pk: ["老师好"]}

    def test_between_two_school_years_her_child_is_at_both(self, cast, given, wechat, at_both):
        child = Guardianship.objects.get(adult=at_both).student
        today = clock.local_date(clock.now())
        child.enrolments.update(ends_on=today - timedelta(days=1))
        child.enrolments.create(
            school=cast.other_school, school_class=cast.far_class,
            starts_on=today + timedelta(days=9),
        )  # fmt: skip
        assert "几所学校" in self.words_in(tell(given, wechat.safe(wechat.text(OPEN_ID, "x", 1))))

    def test_where_she_may_not_see_how_the_child_is_the_other_school_hears(
        self, cast, given, wechat, at_both
    ):
        Guardianship.objects.filter(adult=at_both).update(may_see_file=False)
        tell(given, wechat.safe(wechat.text(OPEN_ID, "老师好", 1)))
        assert heard() == {cast.school.pk: ["老师好"]}

    def test_a_school_without_a_copy_counts_among_those_that_know_her(
        self, cast, given, wechat, at_both
    ):
        """Words about the child there would lie at the one that has a copy."""
        shared.copy_of(given, cast.other_school).delete()
        assert "几所学校" in self.words_in(tell(given, wechat.safe(wechat.text(OPEN_ID, "x", 1))))
        assert heard() == {}
        answer = tell(given, wechat.safe(wechat.text(OPEN_ID, "需要帮忙", 2)))
        assert "几所学校" in self.words_in(answer)  # who has to hear it did not
        assert heard() == {cast.school.pk: ["需要帮忙"]}

    def test_before_any_school_has_a_copy_a_refusal_is_not_said_to_be_heard(
        self, cast, wechat, mother
    ):
        waiting = shared.write(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        answer = tell(waiting, wechat.safe(wechat.text(OPEN_ID, "退订", 1)))
        assert "几所学校" in self.words_in(answer)

    def test_whoever_is_not_told_the_first_time_is_told_when_the_request_comes_again(
        self, cast, given, wechat, at_both
    ):
        told = wechat.safe(wechat.text(OPEN_ID, "孩子发烧了", 1))
        for _ in range(2):
            assert "几所学校" in self.words_in(tell(given, told))

    def test_a_stranger_is_heard_by_nobody(self, cast, given, wechat, mother):
        answer = tell(given, wechat.safe(wechat.text(STRANGER, "你好 <b>&", 1)))
        assert "还不认识" in self.words_in(answer)
        assert self.receiver == STRANGER
        assert heard() == {}

    def test_who_said_not_me_and_whose_number_is_gone_counts_as_a_stranger(
        self, cast, given, wechat, mother
    ):
        ContactPoint.objects.filter(address=OPEN_ID).update(disputed_at=clock.now())
        assert "还不认识" in self.words_in(tell(given, wechat.safe(wechat.text(OPEN_ID, "x", 1))))
        ContactPoint.objects.filter(address=OPEN_ID).update(disputed_at=None)
        mother.contact_points.filter(kind="phone").delete()
        assert "还不认识" in self.words_in(tell(given, wechat.safe(wechat.text(OPEN_ID, "y", 2))))
        assert heard() == {}

    @pytest.mark.parametrize("words", ["退订", "TD", "需要帮忙", "I need help"])
    def test_a_refusal_and_a_call_for_help_reach_every_school_that_knows_her(
        self, cast, given, wechat, at_both, words
    ):
        assert tell(given, wechat.safe(wechat.text(OPEN_ID, words, 1))).content == b"success"
        assert heard() == {cast.school.pk: [words], cast.other_school.pk: [words]}

    @pytest.mark.parametrize("words", ["老师好", "需要帮忙", "退订"])
    @pytest.mark.parametrize("who", ["herself", "father at the same phone"])
    def test_a_blocked_adult_is_heard_and_so_is_who_shares_a_phone_with_one(
        self, cast, given, wechat, mother, who, words
    ):
        blocked = mother
        if who != "herself":
            number = mother.contact_points.get(kind="phone").address
            blocked = make_adult(cast.school, "徐强", number)
        block_adult(adult=blocked, reason="法院", by=cast.users["principal"], at=clock.now())
        assert tell(given, wechat.safe(wechat.text(OPEN_ID, words, 1))).content == b"success"
        assert heard() == {cast.school.pk: [words]}
        land_incoming(at=clock.now())
        routing = Routing.objects.get()
        if words == "退订":
            mother.refresh_from_db()
            assert mother.opted_out_at
        else:
            assert (routing.state, routing.cause) == (Routing.State.TRAY, Routing.Cause.BARRED)

    def test_whoever_refuses_gets_nothing_from_either(self, cast, given, wechat, at_both, mother):
        tell(given, wechat.safe(wechat.text(OPEN_ID, "退订", 1)))
        land_incoming(at=clock.now())
        for adult in (mother, at_both):
            adult.refresh_from_db()
            assert adult.opted_out_at

    def test_whoever_stops_following_and_follows_again(self, cast, given, wechat, at_both):
        mine = ContactPoint.objects.filter(address=OPEN_ID)
        far = linked(cast.adults["far_mother"], FAR_OPEN_ID)
        tell(given, wechat.safe(wechat.event(OPEN_ID, "unsubscribe")))
        assert set(mine.values_list("failing_cause", flat=True)) == {"not_following"}
        far.refresh_from_db()
        assert far.failing_since is None
        tell(given, wechat.safe(wechat.event(OPEN_ID, "subscribe")))
        assert not mine.exclude(failing_since=None).exists()

    def test_a_schools_photo_is_fetched_with_the_shared_token(self, cast, given, wechat, mother):
        linked(cast.adults["far_mother"], FAR_OPEN_ID)
        assert drained(asked(cast.adults["far_mother"])).state == State.ACCEPTED
        wechat.media["m1"] = photo()
        tell(given, wechat.safe(wechat.xml(OPEN_ID, "image", PicUrl="x", MediaId="m1", MsgId=7)))
        assert IncomingMedia.objects.get().account == shared.copy_of(given, cast.school)
        assert delivery_actions.fetch_media(at=clock.now()) == 1
        assert IncomingMessage.objects.get(school=cast.school).upload
        assert [one.path for one in wechat.asked].count("/cgi-bin/stable_token") == 1

    def test_forged_plain_or_replayed(self, cast, given, wechat, mother):
        query, body = wechat.safe(wechat.text(OPEN_ID, "老师好", 1))
        assert (
            tell(given, (query[:-1] + ("0" if query[-1] != "0" else "1"), body)).status_code == 403
        )
        assert tell(given, wechat.plain(wechat.text(OPEN_ID, "老师好", 1))).status_code == 403
        assert heard() == {}
        page = Client()
        page.force_login(cast.users["county"])
        shown = page.get(reverse("county_accounts:account", args=[given.pk])).content.decode()
        assert "安全模式" in shown
        away = wechat.safe(wechat.event(OPEN_ID, "unsubscribe"))
        tell(given, away)
        tell(given, wechat.safe(wechat.event(OPEN_ID, "subscribe")))
        tell(given, away)
        assert ContactPoint.objects.get(address=OPEN_ID).failing_since is None

    def test_over_one_that_has_ended_a_family_is_still_heard(self, cast, given, wechat, mother):
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        tell(given, wechat.safe(wechat.text(OPEN_ID, "老师好", 1)))
        assert heard() == {cast.school.pk: ["老师好"]}


class TestReports:
    def finished(self, wechat, open_id: str, reference: str) -> tuple[str, str]:
        event = wechat.event(open_id, "TEMPLATESENDJOBFINISH", MsgID=reference, Status="success")
        return wechat.safe(event)

    def test_each_moves_the_message_of_its_own_school(self, cast, given, wechat, mother):
        message = drained(asked(mother))
        told = self.finished(wechat, OPEN_ID, message.provider_reference)
        for _ in range(2):
            assert tell(given, told).content == b"success"
        message.refresh_from_db()
        assert message.state == State.DELIVERED
        assert DeliveryReceipt.objects.get().school == cast.school

    def test_one_that_overtakes_our_own_record_waits_where_its_receiver_is_known(
        self, cast, given, wechat, at_both, mother
    ):
        message = drained(asked(mother))
        reference = message.provider_reference
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference="")
        told = self.finished(wechat, OPEN_ID, reference)
        assert tell(given, told).status_code == 503  # it may be a message of yet another school
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference=reference)
        assert receipts.settle_unmatched(clock.now()) == 1
        message.refresh_from_db()
        assert message.state == State.DELIVERED
        assert tell(given, told).content == b"success"
        kept = DeliveryReceipt.objects.filter(settled_at__isnull=False)
        assert kept.get().school == cast.school

    def test_one_that_overtakes_comes_again_where_its_receiver_is_known_elsewhere_alone(
        self, cast, given, wechat, at_both, mother
    ):
        message = drained(asked(at_both))
        reference = message.provider_reference
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference="")
        at_both.contact_points.all().delete()
        told = self.finished(wechat, OPEN_ID, reference)
        assert tell(given, told).status_code == 503
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference=reference)
        assert tell(given, told).content == b"success"
        message.refresh_from_db()
        assert message.state == State.DELIVERED

    def test_of_a_stranger_it_is_asked_for_again_and_kept_nowhere(self, cast, given, wechat):
        assert tell(given, self.finished(wechat, STRANGER, "99")).status_code == 503
        assert not DeliveryReceipt.objects.exists()


class TestTaps:
    @pytest.fixture
    def given(self, cast, wechat) -> CountyAccount:
        config = wechat.config(mode="one_time")
        return shared.give(cast, "wechat", config=config, secret=wechat.secret)

    def taps(self, adult: Adult) -> None:
        ask = taps.ask_of(adult)
        told = {
            "action": "confirm", "openid": ask.address, "template_id": ask.template,
            "scene": str(ask.scene), "reserved": ask.reserved,
        }  # fmt: skip
        assert delivery_actions.note_tap(adult=adult, told=told, at=clock.now())

    def test_two_schools_never_ask_for_the_same_scene(self, cast, given, mother, at_both):
        """WeChat counts them by account: two taps of one scene would allow one message."""
        self.taps(mother)
        with walls.within([cast.other_school.pk]):
            assert taps.ask_of(at_both).scene == 2
        self.taps(at_both)
        assert taps.ask_of(mother).scene == 3
        assert set(WechatPermission.objects.values_list("scene", flat=True)) == {1, 2}

    def test_of_two_pages_with_the_same_scene_the_second_asks_at_once_for_the_next(
        self, cast, given, mother, at_both
    ):
        """WeChat allowed one message; the page to which it leads back shows the next tap."""
        ask = taps.ask_of(at_both)
        told = {
            "action": "confirm", "openid": ask.address, "template_id": ask.template,
            "scene": str(ask.scene), "reserved": ask.reserved,
        }  # fmt: skip
        self.taps(mother)
        assert not delivery_actions.note_tap(adult=at_both, told=told, at=clock.now())
        ask = taps.ask_of(at_both)
        assert (ask.scene, ask.is_low) == (2, True)

    def test_what_was_allowed_to_one_school_the_other_does_not_use(
        self, cast, given, wechat, mother, at_both
    ):
        self.taps(at_both)
        assert taps.ask_of(mother).left == 0
        message = drained(asked(mother))
        assert message.state != State.ACCEPTED
        assert not wechat.taken
        assert WechatPermission.objects.get().taken_at is None

    def test_what_was_allowed_is_good_where_the_account_is_entered_anew(
        self, cast, given, wechat, mother
    ):
        self.taps(mother)
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        config = wechat.config(mode="one_time")
        shared.give(cast, "wechat", config=config, secret=wechat.secret)
        ask = taps.ask_of(mother)
        assert (ask.left, ask.scene) == (1, 2)
        assert taps.stocks_of([mother.pk]) == {mother.pk: 1}
        assert drained(asked(mother)).state == State.ACCEPTED
        assert taps.stocks_of([mother.pk]) == {mother.pk: 0}

    def test_nobody_is_asked_to_tap_for_an_account_they_do_not_follow(self, cast, given, mother):
        ContactPoint.objects.filter(address=OPEN_ID).update(issuer="wx-of-the-school")
        assert taps.ask_of(mother) is None


class TestSubscriptions:
    def test_one_granted_counts_at_one_school_once_and_goes_everywhere(
        self, cast, wechat, mother, at_both
    ):
        config = wechat.config(mode="subscribe")
        given = shared.give(cast, "wechat", config=config, secret=wechat.secret)

        began = int(time.time())

        def event(status: str, number: int) -> tuple[str, str]:
            row = f"<List><TemplateId>T-ask</TemplateId><SubscribeStatusString>{status}"
            row += "</SubscribeStatusString></List>"
            return wechat.safe(
                wechat.event(
                    OPEN_ID, "subscribe_msg_popup_event", SubscribeMsgPopupEvent=row,
                    CreateTime=began - number,
                )
            )  # fmt: skip

        for number in (1, 1, 2):
            tell(given, event("accept", number))
        rows = WechatPermission.objects.filter(taken_at=None)
        assert sorted(rows.values_list("school", flat=True)) == sorted(
            [cast.school.pk, cast.other_school.pk]
        )
        tell(given, event("reject", 3))
        assert not rows.exists()

    @pytest.mark.parametrize("why", ["own account", "wants no messages", "blocked"])
    def test_it_counts_at_a_school_that_can_use_it(self, cast, wechat, mother, at_both, why):
        config = wechat.config(mode="subscribe")
        given = shared.give(cast, "wechat", config=config, secret=wechat.secret)
        if why == "own account":
            copy = shared.copy_of(given, cast.school)
            ChannelAccount.objects.filter(pk=copy.pk).update(is_enabled=False)
        elif why == "blocked":
            Adult.objects.filter(pk=mother.pk).update(user=None)
            block_adult(adult=mother, reason="x", by=cast.users["principal"], at=clock.now())
        else:
            Adult.objects.filter(pk=mother.pk).update(opted_out_at=clock.now())
        now = int(time.time())
        for number in (1, 2):
            row = "<List><TemplateId>T-ask</TemplateId><SubscribeStatusString>accept"
            row += "</SubscribeStatusString></List>"
            event = wechat.event(
                OPEN_ID, "subscribe_msg_popup_event", SubscribeMsgPopupEvent=row,
                CreateTime=now - number,
            )  # fmt: skip
            tell(given, wechat.safe(event))
        rows = WechatPermission.objects.values_list("school", flat=True)
        assert list(rows) == [cast.other_school.pk] * 2


class TestWecom:
    PARENT = "wangfang_parent"

    @pytest.fixture
    def given(self, cast, wecom) -> CountyAccount:
        return shared.give(cast, "wecom", config=wecom.config(), secret=wecom.secret)

    def number_of(self, adult: Adult) -> str:
        return adult.contact_points.get(kind="phone").address.removeprefix("+86")

    def test_read_once_and_linked_at_each_school(self, cast, given, wecom, at_both, mother):
        far = cast.adults["far_mother"]
        wecom.classes = {
            2: [wecom.parent(self.PARENT, self.number_of(mother))],
            3: [wecom.parent("far", self.number_of(far))],
        }
        founding.new_school(cast)
        actions.share_out()
        before = len(wecom.asked)
        assert match_all_families(at=clock.now()) == 3
        asked_for = [one.path for one in wecom.asked[before:]]
        assert asked_for.count("/cgi-bin/school/department/list") == 1
        found = ContactPoint.objects.filter(kind="wecom").values_list("adult", "address", "issuer")
        corp = wecom.config()["corp_id"]
        assert set(found) == {
            (mother.pk, self.PARENT, corp), (at_both.pk, self.PARENT, corp), (far.pk, "far", corp),
        }  # fmt: skip

    @pytest.fixture
    def at_two(self, cast, given, wecom, mother) -> tuple[Adult, Adult]:
        """A mother at each of two schools whom WeCom knows."""
        both = mother, cast.adults["far_mother"]
        wecom.classes = {
            place: [wecom.parent(f"parent{place}", self.number_of(adult))]
            for place, adult in enumerate(both, 2)
        }
        return both

    def test_a_school_at_which_it_fails_keeps_no_other_waiting(self, at_two, monkeypatch):
        broken, far = at_two

        def link(*, adult, **more):
            if adult == broken:
                raise ValueError("a row that nothing can be done with")
            return link_contact_point(adult=adult, **more)

        monkeypatch.setattr(wecom_acts, "link_contact_point", link)
        assert match_all_families(at=clock.now()) == 1
        assert ContactPoint.objects.get(kind="wecom").adult == far

    def test_it_ends_in_time_also_within_a_county(self, at_two, monkeypatch):
        now = [0.0]

        def link(**more):
            now[0] += 1000
            return link_contact_point(**more)

        monkeypatch.setattr(wecom_acts, "time", SimpleNamespace(monotonic=lambda: now[0]))
        monkeypatch.setattr(wecom_acts, "link_contact_point", link)
        monkeypatch.setattr(
            wecom_acts, "read_parents", lambda account, until: read_parents(account)
        )
        assert match_all_families(at=clock.now()) == 1

    def test_half_a_list_links_and_unlinks_nobody(self, at_two, wecom):
        match_all_families(at=clock.now())
        account = ChannelAccount.objects.filter(kind="wecom", is_enabled=True).first()
        with pytest.raises(TemporaryFailure):
            read_parents(opened(account), until=0.0)
        assert ContactPoint.objects.filter(kind="wecom").count() == 2

    def test_a_schools_own_that_came_while_it_was_read_stays(
        self, cast, at_two, wecom, monkeypatch
    ):
        mother, far = at_two

        def read(account, until):
            found = read_parents(account, until)
            channel_acts.add_channel(
                school=cast.school, kind="wecom", secret=wecom.secret, is_enabled=True,
                config=wecom.config(corp_id="ww-own"), by=cast.users["admin"],
            )  # fmt: skip
            link_contact_point(
                adult=mother, kind="wecom", address="own1", issuer="ww-own", at=clock.now(),
                linked_from=mother.contact_points.get(kind="phone").address,
            )  # fmt: skip
            return found

        monkeypatch.setattr(wecom_acts, "read_parents", read)
        match_all_families(at=clock.now())
        found = ContactPoint.objects.filter(kind="wecom").values_list("adult", "address")
        assert set(found) == {(mother.pk, "own1"), (far.pk, "parent3")}

    def test_both_schools_write_and_ask_for_one_token(self, cast, given, wecom, mother):
        far = cast.adults["far_mother"]
        ContactPoint.objects.filter(kind="wechat").delete()
        wecom.classes = {
            2: [wecom.parent(self.PARENT, self.number_of(mother))],
            3: [wecom.parent("far", self.number_of(far))],
        }
        match_all_families(at=clock.now())
        messages = [asked(mother), asked(far)]
        dispatch.drain()
        for message in messages:
            message.refresh_from_db()
            assert (message.state, message.channel) == (State.ACCEPTED, "wecom")
        assert {one.phone for one in wecom.taken} == {self.PARENT, "far"}
        assert [one.path for one in wecom.asked].count("/cgi-bin/gettoken") == 1

    @pytest.mark.parametrize("issuer", ["ww-of-the-school", ""])
    def test_a_number_of_another_enterprise_is_not_written_to(
        self, cast, given, wecom, mother, issuer
    ):
        """Numbers of parents repeat from one enterprise to the next: it might be somebody else's."""
        ContactPoint.objects.filter(kind="wechat").delete()
        ContactPoint.objects.create(
            school=cast.school, adult=mother, kind="wecom", address=self.PARENT, issuer=issuer,
            linked_from=mother.contact_points.get(kind="phone").address, priority=0,
        )  # fmt: skip
        message = asked(mother)
        assert "wecom" not in kinds(message)
        wecom.classes = {2: [wecom.parent(self.PARENT, self.number_of(mother))]}
        match_all_families(at=clock.now())
        assert "wecom" in kinds(message)

    def test_what_cannot_be_read_unlinks_nobody_and_is_tried_once(self, cast, given, wecom, mother):
        wecom.classes = {2: [wecom.parent(self.PARENT, self.number_of(mother))]}
        match_all_families(at=clock.now())
        wecom.contacts_say = Say("48002", "api forbidden")
        before = len(wecom.asked)
        assert match_all_families(at=clock.now()) == 0
        assert len(wecom.asked) - before == 1
        assert ContactPoint.objects.filter(kind="wecom").exists()


class TestPages:
    def signed_in(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def test_two_officers_set_it_up_in_the_browser(self, cast, wechat):
        officer, second = (self.signed_in(cast.users[who]) for who in ("county", "county2"))
        said = entered(wechat)
        url = reverse("county_accounts:new", args=["wechat"])
        page = officer.post(url, said)
        account = CountyAccount.objects.get()
        shown = second.get(page["Location"]).content.decode()
        for secret in (wechat_wire.SECRET, TOKEN, wechat_wire.AES_KEY):
            assert secret not in shown
        seen = {"seen": account.asked_at.isoformat()}
        second.post(reverse("county_accounts:agree", args=[account.pk]), seen)
        copy = shared.copy_of(account, cast.school)
        assert copy.is_enabled
        assert officer.get(url)["Location"] == page["Location"]
        admin = self.signed_in(cast.users["admin"])
        seen_there = admin.get(reverse("delivery:channel", args=[copy.pk])).content.decode()
        assert "县" in seen_there
        for secret in (wechat_wire.SECRET, TOKEN, wechat_wire.AES_KEY, str(account.hook_key)):
            assert secret not in seen_there
        query, _body = wechat.plain("")
        hook = reverse("hooks:county_report", args=[account.pk, account.hook_key])
        assert Client().get(f"{hook}?{query}&echostr=echo42").content == b"echo42"

    def test_a_school_may_set_up_its_own_beside_it(self, cast, given):
        admin = self.signed_in(cast.users["admin"])
        page = admin.get(reverse("delivery:channels"))
        (group,) = [one for one in page.context["groups"] if one["means"] == "wechat"]
        assert group["offers"]
        assert admin.get(reverse("delivery:new_channel", args=["wechat"])).status_code == 200

    def test_another_appid_than_families_link_with_is_refused_at_its_field(self, cast, settings):
        settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {"APPS": [{"client_id": "wx-linked"}]}}
        officer = self.signed_in(cast.users["county"])
        said = {"app_id": "wx-other", "app_secret": "s", "mode": "template", "is_enabled": "on"}
        page = officer.post(reverse("county_accounts:new", args=["wechat"]), said)
        assert page.status_code == 422
        assert page.context["form"].errors["app_id"]
        assert not CountyAccount.objects.exists()

    def test_a_school_may_not_enter_the_countys_as_its_own(self, cast, given, wechat):
        """WeChat would report to one of the two addresses alone."""
        admin = self.signed_in(cast.users["admin"])
        url, said = reverse("delivery:new_channel", args=["wechat"]), entered(wechat)
        page = admin.post(url, said)
        assert page.status_code == 422
        assert page.context["form"].errors["app_id"]
        assert not ChannelAccount.objects.filter(of_county=None).exists()
        del said["is_enabled"]
        assert admin.post(url, said).status_code == 302
        account = ChannelAccount.objects.get(of_county=None)
        admin.post(reverse("delivery:switch_channel", args=[account.pk]), {"on": "1"})
        assert admin.post(
            reverse("delivery:channel", args=[account.pk]), entered(wechat)
        ).context["form"].errors["app_id"]  # fmt: skip
        account.refresh_from_db()
        assert not account.is_enabled
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        admin.post(reverse("delivery:switch_channel", args=[account.pk]), {"on": "1"})
        account.refresh_from_db()
        assert account.is_enabled

    def test_nor_a_county_what_a_school_has_as_its_own(self, cast, wechat):
        """Not even where the school's came between the two officers' words."""
        officer, second = (self.signed_in(cast.users[who]) for who in ("county", "county2"))
        waiting = shared.write(cast, "wechat", config=wechat.config(), secret=wechat.secret)
        ChannelAccount.objects.create(
            school=cast.school, kind="wechat", priority=1, config=wechat.config(), is_enabled=True
        )
        page = officer.post(reverse("county_accounts:account", args=[waiting.pk]), entered(wechat))
        assert page.status_code == 422
        assert "学校" in page.context["form"].errors["app_id"][0]
        seen = {"seen": waiting.asked_at.isoformat()}
        second.post(reverse("county_accounts:agree", args=[waiting.pk]), seen)
        assert not CountyAccount.objects.get().in_force

    def test_nor_what_another_county_gives(self, cast, given, wechat):
        other = County.objects.create(name="天祝县")
        account = CountyAccount(county=other, kind="wechat")
        with pytest.raises(actions.AppTaken):
            shared.write(cast, account=account, config=wechat.config(), secret=wechat.secret)
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        shared.write(cast, account=account, config=wechat.config(), secret=wechat.secret)

    def test_an_officer_sends_a_test(self, cast, given, wechat):
        officer = self.signed_in(cast.users["county"])
        url = reverse("county_accounts:test", args=[given.pk])
        assert officer.post(url, {"address": OPEN_ID}).status_code == 302
        dispatch.drain()
        assert [one.phone for one in wechat.taken] == [OPEN_ID]


class TestAttacks:
    """One school gets at nothing of another through what they share."""

    WORD = "只给黄羊川看的话"

    @pytest.fixture
    def heard_here(self, cast, given, wechat, mother) -> IncomingMessage:
        tell(given, wechat.safe(wechat.text(OPEN_ID, self.WORD, 1)))
        land_incoming(at=clock.now())
        return IncomingMessage.objects.get()

    def test_another_schools_pages_show_none_of_it(self, cast, heard_here):
        far = cast.users["far"] = make_user("far", "何远")
        for role in ("principal", "school_admin"):
            make_post(far, role, school=cast.other_school)
        client = Client()
        client.force_login(far)
        for page in ("threads:inbox", "threads:tray", "delivery:operation", "delivery:channels"):
            shown = client.get(reverse(page))
            assert shown.status_code == 200
            assert self.WORD not in shown.content.decode()

    def test_nor_does_the_database_under_the_servers_own_role(
        self, cast, given, wechat, heard_here
    ):
        WechatPermission.objects.create(
            school=cast.school, account=heard_here.account, address=OPEN_ID, template="T",
            source="x", granted_at=clock.now(),
        )  # fmt: skip
        rows = (IncomingMessage, WechatPermission, ChannelAccount, ContactPoint)
        for school, seen in ((cast.school, True), (cast.other_school, False)):
            with of_tests.under(server_walls.WEB), walls.within([school.pk]):
                for row in rows:
                    assert row.objects.filter(school=cast.school).exists() is seen, row

    def test_an_administrator_gets_at_no_other_schools_copy(self, cast, given):
        client = Client()
        client.force_login(cast.users["admin"])
        far = shared.copy_of(given, cast.other_school)
        assert client.get(reverse("delivery:channel", args=[far.pk])).status_code == 404
        for name in ("channel_test", "match_families", "switch_channel", "renew_hook"):
            url = reverse(f"delivery:{name}", args=[far.pk])
            assert client.post(url, {"address": OPEN_ID}).status_code == 404, name

    def test_a_copys_own_address_takes_nothing_that_is_not_signed(self, cast, given, mother):
        copy = shared.copy_of(given, cast.school)
        url = reverse("hooks:report", args=[copy.pk, copy.hook_key])
        assert Client().post(url, "<xml/>", content_type="text/xml").status_code == 403

    def test_a_report_at_another_countys_address_moves_nothing_here(
        self, cast, given, wechat, mother
    ):
        """Under the number of a message that exists; at its own county's address the same report counts."""
        message = drained(asked(mother))
        other = County.objects.create(name="天祝县")
        make_school(other, "天祝学校", "tz-1")
        elsewhere = shared.give(
            cast, "wechat", account=CountyAccount(county=other, kind="wechat"),
            config=wechat.config(app_id="wx-other"), secret=wechat.secret,
        )  # fmt: skip
        told = {"MsgID": message.provider_reference, "Status": "failed:user block"}
        event = wechat.event(OPEN_ID, "TEMPLATESENDJOBFINISH", **told)
        assert tell(elsewhere, wechat.safe(event, "wx-other")).status_code == 503
        message.refresh_from_db()
        assert message.state == State.ACCEPTED
        assert tell(given, wechat.safe(event)).status_code == 200
        message.refresh_from_db()
        assert message.state != State.ACCEPTED
