"""Accounts that a county gives to its schools: who sends over them, what goes on, who sees what."""

import hmac
import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from core import clock
from delivery import dispatch, tasks
from delivery.channels import secrets
from delivery.dispatch.facts import read_facts
from delivery.models import (
    Attempt,
    ChannelAccount,
    CountyAccount,
    DeliveryReceipt,
    OutboxMessage,
    ProviderHealth,
    VoiceCall,
)
from delivery.presenters import county_accounts
from delivery.shared import actions, queries
from delivery.texts import cause_in_words
from guardians.models import ContactPoint
from messaging import actions as messaging
from schools.appointing.apart import NotApart
from schools.models import County, School
from schools.roles import Role
from tests.factories import county_accounts as shared
from tests.factories import founding
from tests.factories.cast import Cast, make_post, make_school, make_user
from tests.sinks import Answer, HttpSink

pytestmark = pytest.mark.django_db

State = OutboxMessage.State


@pytest.fixture
def cast(cast) -> Cast:
    founding.two_officers(cast)
    return cast


@pytest.fixture
def given(cast, gateway) -> CountyAccount:
    """The county's SMS, into the gateway sink."""
    return shared.give(cast, "sms", config=gateway.config())


@pytest.fixture
def asked(cast, at) -> OutboxMessage:
    messaging.ensure_plans(at=at)
    messaging.ask_due_check_ins(at=at)
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=mine.pk).delete()
    return mine


@pytest.fixture
def own_gateway():
    with HttpSink() as sink:
        yield sink


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def drained(message: OutboxMessage) -> OutboxMessage:
    OutboxMessage.objects.filter(pk=message.pk, state__in=[State.DUE, State.RETRY]).update(
        due_at=clock.now()
    )
    dispatch.drain()
    message.refresh_from_db()
    return message


def own_account(cast: Cast, sink: HttpSink):
    from delivery.actions import channels as acts

    return acts.add_channel(
        school=cast.school, kind="sms", config=sink.config(), secret={}, is_enabled=True,
        by=cast.users["admin"],
    )  # fmt: skip


def is_used(account: CountyAccount, school: School) -> bool:
    return shared.copy_of(account, school).is_enabled


class TestWhoUsesIt:
    def test_a_school_without_an_own_one_sends_over_the_countys(self, cast, asked, given, gateway):
        assert drained(asked).state == State.ACCEPTED
        assert asked.account == shared.copy_of(given, cast.school)
        assert len(gateway.taken) == 1

    def test_nothing_goes_before_a_second_officer_has_agreed(self, cast, asked, gateway):
        account = shared.write(cast, "sms", config=gateway.config())
        drained(asked)
        assert gateway.requests == 0
        assert not ChannelAccount.objects.filter(of_county=account).exists()

    def test_whoever_asked_does_not_agree_nor_does_their_second_account(self, cast, gateway):
        account = shared.write(cast, "sms", config=gateway.config())
        with pytest.raises(NotApart):
            shared.agree(cast, account, by="county")
        twin = cast.users["twin"] = make_user("twin", "王志", phone=cast.users["county"].phone)
        cast.users["county"].phone = twin.phone = "+8613909353009"
        cast.users["county"].save()
        twin.save()
        make_post(twin, Role.COUNTY_OFFICER, county=cast.county)
        with pytest.raises(NotApart):
            shared.agree(cast, account, by="twin")

    def test_what_was_changed_meanwhile_is_not_agreed_to(self, cast, gateway):
        account = shared.write(cast, "sms", config=gateway.config())
        seen = account.asked_at
        shared.write(cast, account=account, config={"url": "http://other.example"})
        with pytest.raises(actions.Changed):
            actions.agree(account=account, seen_at=seen, by=cast.users["county2"], at=clock.now())

    def test_a_change_waits_while_copies_go_on_as_they_were(self, cast, asked, given, gateway):
        account = shared.write(
            cast, account=given, config={"url": "http://127.0.0.1:9/"}, secret={"token": "new"}
        )
        assert drained(asked).state == State.ACCEPTED
        shared.agree(cast, account)
        copy = shared.copy_of(account, cast.school)
        assert copy.config["url"] == "http://127.0.0.1:9/"
        stored = secrets.unseal(sealed=copy.secret, row=secrets.row_of(copy))
        assert stored == {"token": "new"}

    def test_its_own_comes_first_and_the_countys_again_when_it_is_off(
        self, cast, given, own_gateway
    ):
        from delivery.actions import channels as acts

        own = own_account(cast, own_gateway)
        assert not is_used(given, cast.school)
        assert is_used(given, cast.other_school)
        acts.switch_channel(account=own, on=False, by=cast.users["admin"])
        assert is_used(given, cast.school)

    def test_a_forgotten_trial_phone_keeps_nothing_off(self, cast, gateway, settings):
        ChannelAccount.objects.create(school=cast.school, kind="demo_phone")
        settings.TEST_PHONE = True
        given = shared.give(cast, "sms", config=gateway.config())
        assert not is_used(given, cast.school)
        settings.TEST_PHONE = False
        actions.share_out()
        assert is_used(given, cast.school)

    def test_a_school_that_is_left_out_or_let_in_again(self, cast, given):
        said = {"account": given, "school": cast.school, "by": cast.users["county"]}
        actions.leave_out(**said, is_out=True, at=clock.now())
        assert (is_used(given, cast.school), is_used(given, cast.other_school)) == (False, True)
        actions.leave_out(**said, is_out=False, at=clock.now())
        assert is_used(given, cast.school)

    def test_two_counties_and_a_school_that_moves(self, cast, given, gateway):
        other = County.objects.create(name="天祝县")
        far = make_school(other, "打柴沟小学", "620623001")
        theirs = CountyAccount.objects.create(
            county=other, kind="sms", config=gateway.config(), in_force=True,
            asked_by=cast.users["county"], asked_at=clock.now(),
            agreed_by=cast.users["county2"], agreed_at=clock.now(),
        )  # fmt: skip
        actions.share_out()
        assert is_used(theirs, far)
        assert not ChannelAccount.objects.filter(of_county=given, school=far).exists()
        School.objects.filter(pk=cast.school.pk).update(county=other)
        actions.share_out()
        assert not is_used(given, cast.school)
        assert is_used(theirs, cast.school)
        assert is_used(given, cast.other_school)

    def test_a_school_that_is_founded_later_joins(self, cast, given):
        school = founding.new_school(cast)
        tasks.queue_account_notices()
        assert is_used(given, school)
        before = ChannelAccount.objects.count()
        tasks.queue_account_notices()
        assert ChannelAccount.objects.count() == before

    def test_founded_while_a_change_waits_it_gets_what_is_in_force(self, cast, gateway):
        given = shared.give(cast, "sms", config=gateway.config(), secret={"token": "old"})
        changed = {"config": {"url": "http://other.example"}, "secret": {"token": "new"}}
        shared.write(cast, account=given, **changed)
        school = founding.new_school(cast)
        actions.share_out()
        copy = shared.copy_of(given, school)
        assert is_used(given, school)
        assert copy.config == shared.copy_of(given, cast.school).config
        assert self.secret_of(copy) == {"token": "old"}
        shared.agree(cast, CountyAccount.objects.get())
        assert self.secret_of(shared.copy_of(given, school)) == {"token": "new"}

    def test_a_secret_that_no_key_opens_empties_no_copy(self, cast, gateway):
        given = shared.give(cast, "sms", config=gateway.config(), secret={"token": "old"})
        CountyAccount.objects.update(secret=b"\x01of a key that is gone, of whatever length")
        mine, school = shared.copy_of(given, cast.school), founding.new_school(cast)
        actions.share_out()
        assert self.secret_of(shared.copy_of(given, school)) == {"token": "old"}
        account = shared.write(cast, account=given, config={"url": "http://other.example"})
        with pytest.raises(secrets.SecretUnreadable):
            shared.agree(cast, account)
        url = reverse("county_accounts:agree", args=[given.pk])
        seen = {"seen": account.asked_at.isoformat()}
        page = signed_in(cast, "county2").post(url, seen, follow=True)
        with translation.override("zh-hans"):
            assert cause_in_words("secret_unreadable") in page.content.decode()
        mine.refresh_from_db()
        assert (mine.config["url"], self.secret_of(mine)) == (
            gateway.config()["url"],
            {"token": "old"},
        )
        assert CountyAccount.objects.get().waits

    def test_a_copy_that_no_key_opens_stops_no_other_account(self, cast, given, gateway):
        mail = shared.give(cast, "email")
        given.copies.update(secret=b"\x01of a key that is gone, of whatever length")
        school = founding.new_school(cast)
        assert actions.share_out() == 1
        assert not given.copies.filter(school=school).exists()
        assert is_used(mail, school)

    def secret_of(self, copy: ChannelAccount) -> dict[str, str]:
        return secrets.unseal(sealed=copy.secret, row=secrets.row_of(copy))

    def test_it_ends_for_all_at_once(self, cast, given):
        actions.end_account(account=given, by=cast.users["county2"], at=clock.now())
        assert not ChannelAccount.objects.filter(of_county=given, is_enabled=True).exists()


class TestWhatIsOnItsWay:
    """A message is never sent twice and never lost, whatever the accounts do meanwhile."""

    @pytest.fixture
    def unsure(self, asked, given, gateway) -> OutboxMessage:
        """The gateway has taken it and its answer was a fault; it can be asked what became of it."""
        gateway.default = Answer(500, "x", takes=True)
        assert drained(asked).state == State.RETRY
        assert asked.payload["unsure"]
        gateway.default = Answer(200, "OK")
        return asked

    def test_the_county_gives_it_up_and_it_was_there(self, cast, unsure, given, gateway):
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        assert drained(unsure).state == State.ACCEPTED
        assert len(gateway.taken) == 1

    def test_the_school_sets_up_its_own_and_it_was_there(self, cast, unsure, gateway, own_gateway):
        own_account(cast, own_gateway)
        assert drained(unsure).state == State.ACCEPTED
        assert (len(gateway.taken), own_gateway.requests) == (1, 0)

    def test_it_was_not_there_and_goes_once_over_the_schools_own(
        self, cast, asked, given, gateway, own_gateway
    ):
        gateway.default = Answer(500, "x", takes=False)
        assert drained(asked).state == State.RETRY
        gateway.default = Answer(200, "OK")
        own_account(cast, own_gateway)
        assert drained(asked).state == State.ACCEPTED
        assert (len(gateway.taken), len(own_gateway.taken)) == (0, 1)

    def test_the_school_moves_and_it_was_there(self, cast, unsure, gateway):
        other = County.objects.create(name="天祝县")
        School.objects.filter(pk=cast.school.pk).update(county=other)
        actions.share_out()
        assert drained(unsure).state == State.ACCEPTED
        assert len(gateway.taken) == 1

    def test_own_one_ended_and_the_countys_stands_in(self, cast, asked, gateway, own_gateway):
        """Unsure over the school's own: that is asked, the county's sends nothing."""
        from delivery.actions import channels as acts

        own = own_account(cast, own_gateway)
        own_gateway.default = Answer(500, "x", takes=True)
        assert drained(asked).state == State.RETRY
        own_gateway.default = Answer(200, "OK")
        given = shared.give(cast, "sms", config=gateway.config())
        acts.switch_channel(account=own, on=False, by=cast.users["admin"])
        assert is_used(given, cast.school)
        drained(asked)
        assert (len(own_gateway.taken), len(gateway.taken)) == (1, 0)

    def test_unknown_is_settled_by_the_copy_that_sent(self, cast, asked, alibaba, own_gateway):
        given = shared.give(
            cast, "alibaba_sms", config=alibaba.config(), secret=getattr(alibaba, "secret", {})
        )
        drained(asked)
        assert asked.account == shared.copy_of(given, cast.school)
        own_account(cast, own_gateway)
        alibaba.states[str(asked.idempotency_key)] = (3, "DELIVERED")
        long_ago = clock.now() - timedelta(minutes=10)
        OutboxMessage.objects.filter(pk=asked.pk).update(state=State.UNKNOWN, finished_at=long_ago)
        tasks.gather_receipts()
        asked.refresh_from_db()
        assert asked.state == State.DELIVERED
        assert Attempt.objects.filter(message=asked).count() == 1
        assert own_gateway.requests == 0


class TestAnAlertByMail:
    """It goes over the server's own mail rather than wait for an account of the county that does not work."""

    @pytest.fixture
    def alert(self, cast) -> OutboxMessage:
        teacher = cast.users["teacher"]
        teacher.phone, teacher.email = "", "teacher@school.example"
        teacher.save()
        at = clock.now()
        return OutboxMessage.objects.create(
            kind="concern", school=cast.school, user=teacher, dedupe_key="concern:1", due_at=at,
            expires_at=at + timedelta(days=1),
        )  # fmt: skip

    @pytest.fixture
    def copy(self, cast) -> ChannelAccount:
        return shared.copy_of(shared.give(cast, "email"), cast.school)

    def accounts(self, message: OutboxMessage) -> list[int | None]:
        (row,) = read_facts([message.pk], clock.now())
        return [way.account.pk for way in row.ways if way.kind == "email"]

    def rests(self, copy: ChannelAccount, minutes: int) -> None:
        until = clock.now() + timedelta(minutes=minutes)
        ProviderHealth.objects.update_or_create(account=copy, defaults={"open_until": until})

    def test_while_the_countys_rests_the_servers_own_takes_it(self, alert, copy):
        assert self.accounts(alert) == [copy.pk]
        self.rests(copy, 10)
        assert self.accounts(alert) == [None]
        self.rests(copy, -1)  # it may be tried again
        assert self.accounts(alert) == [copy.pk]

    @pytest.mark.parametrize("mark", ["only", "unsure"])
    def test_what_may_have_gone_over_it_waits_for_it(self, alert, copy, mark):
        alert.payload[mark] = copy.pk if mark == "only" else clock.now().isoformat()
        alert.save()
        self.rests(copy, 10)
        assert self.accounts(alert) == []


class TestReports:
    @pytest.fixture
    def signed(self, cast, gateway):
        config = gateway.config() | {
            "report": {"key": "key", "status": "status", "delivered": ["ok"]}
        }
        return shared.give(cast, "sms", config=config)

    def report(self, account: CountyAccount, key: str, **more):
        url = reverse("hooks:county_report", args=[account.pk, account.hook_key])
        body = {"key": key, "status": "ok"} | more
        return Client().post(url, body, content_type="application/json")

    def test_it_finds_its_school(self, cast, asked, signed):
        drained(asked)
        assert self.report(signed, str(asked.idempotency_key)).status_code == 200
        receipt = DeliveryReceipt.objects.get()
        assert receipt.account == shared.copy_of(signed, cast.school)
        assert receipt.school == cast.school
        self.report(signed, str(asked.idempotency_key))
        assert DeliveryReceipt.objects.count() == 1

    def test_a_message_over_another_account_is_not_meant(self, cast, asked, signed, own_gateway):
        own_account(cast, own_gateway)
        drained(asked)
        self.report(signed, str(asked.idempotency_key))
        assert not DeliveryReceipt.objects.exists()

    @pytest.fixture
    def proven(self, cast, voice) -> CountyAccount:
        """A gateway that signs what it reports."""
        return shared.give(cast, "voice", config=voice.config(), secret=voice.secret)

    def hears(self, account: CountyAccount, secret: str) -> int:
        """How a report is answered that is signed with this secret and fits no message."""
        body = json.dumps({"events": [{"call": str(uuid4()), "number": 1, "event": "rang"}]})
        stamp = str(int(time.time()))
        signed = hmac.digest(secret.encode(), f"{stamp}.{body}".encode(), "sha256").hex()
        url = reverse("hooks:county_report", args=[account.pk, account.hook_key])
        headers = {"x-jiaqiao-time": stamp, "x-jiaqiao-signature": signed}
        answer = Client().post(url, body, content_type="application/json", headers=headers)
        return answer.status_code

    def test_what_nobody_has_agreed_to_checks_no_report(self, cast, proven, voice):
        mine = voice.secret["hook"]
        assert self.hears(proven, mine) == 503  # proven, and of no message
        account = shared.write(
            cast, account=proven, config=voice.config(), secret={"hook": "of one alone"}
        )
        assert self.hears(account, mine) == 503
        assert self.hears(account, "of one alone") == 403
        account = shared.agree(cast, account)
        assert self.hears(account, mine) == 403
        assert self.hears(account, "of one alone") == 503

    def test_a_wrong_key_opens_nothing(self, cast, signed):
        before = signed.hook_key
        actions.renew_hook(account=signed, by=cast.users["county"])
        url = reverse("hooks:county_report", args=[signed.pk, before])
        assert Client().post(url, {}).status_code == 404

    def test_a_call_finds_its_school_by_its_ticket(self, cast, alibaba_calls, at):
        from delivery.channels import spoken
        from delivery.shared.reports import opened_for_reports

        given = shared.give(cast, "alibaba_call", config=alibaba_calls.config())
        copy = shared.copy_of(given, cast.school)
        call = VoiceCall.objects.create(
            school=cast.school, account=copy, channel="alibaba_call", kind="check_in",
            idempotency_key="1b4e28ba-2fa1-41d2-883f-0016d3cca427", address="+8613893510009",
            placed_at=at, ticket="t1",
        )  # fmt: skip
        assert spoken.call_of(opened_for_reports(given), "t1") == call


class TestTheQuestionByTelephone:
    """A gateway of the county that never asked leaves no habit of keys, one that asked does."""

    @pytest.fixture
    def rings(self, cast, alibaba_calls, make_account, asked) -> OutboxMessage:
        """The school's own Alibaba Cloud rings the mother, who has agreed on a key."""
        make_account("alibaba_call", alibaba_calls)
        mine = ContactPoint.objects.filter(adult=cast.adults["mother"])
        mine.update(by_call=True, agreed_key="7")
        return asked

    def kinds(self, message: OutboxMessage) -> set[str]:
        (row,) = read_facts([message.pk], clock.now())
        return {way.kind for way in row.ways}

    def has_asked(self, copy: ChannelAccount, kind: str) -> None:
        VoiceCall.objects.create(
            school=copy.school, account=copy, channel=copy.kind, kind=kind, idempotency_key=uuid4(),
            address="+8613893510009", placed_at=clock.now(),
        )  # fmt: skip

    def test_a_countys_gateway_beside_a_schools_own_cloud_silences_nothing(
        self, cast, rings, voice
    ):
        assert self.kinds(rings) == {"alibaba_call"}
        given = shared.give(cast, "voice", config=voice.config())
        copy = shared.copy_of(given, cast.school)
        assert not copy.is_enabled
        self.has_asked(copy, "concern")
        assert self.kinds(rings) == {"alibaba_call"}

    def test_one_that_has_asked_goes_on_to_count(self, cast, rings, voice):
        given = shared.give(cast, "voice", config=voice.config())
        self.has_asked(shared.copy_of(given, cast.school), "check_in")
        assert "alibaba_call" not in self.kinds(rings)

    def test_the_county_changes_from_a_gateway_to_a_cloud(self, cast, asked, voice, alibaba_calls):
        mine = ContactPoint.objects.filter(adult=cast.adults["mother"])
        mine.update(by_call=True, agreed_key="7")
        before = shared.give(cast, "voice", config=voice.config())
        assert self.kinds(asked) == {"voice"}
        actions.end_account(account=before, by=cast.users["county"], at=clock.now())
        shared.give(cast, "alibaba_call", config=alibaba_calls.config())
        assert self.kinds(asked) == {"alibaba_call"}


class TestPages:
    @pytest.fixture
    def officer(self, cast):
        return signed_in(cast, "county")

    def test_two_officers_set_it_up_in_the_browser(self, cast, officer):
        url = reverse("county_accounts:new", args=["email"])
        said = {"name": "县里的邮箱", "sender": "a@county.example", "is_enabled": "on"}
        page = officer.post(url, said)
        account = CountyAccount.objects.get()
        assert page["Location"] == reverse("county_accounts:account", args=[account.pk])
        agree = reverse("county_accounts:agree", args=[account.pk])
        seen = {"seen": account.asked_at.isoformat()}
        assert officer.post(agree, seen).status_code == 404
        second = signed_in(cast, "county2")
        shown = second.get(page["Location"]).content.decode()
        assert f'value="{account.asked_at.isoformat()}"' in shown
        second.post(agree, seen)
        assert is_used(CountyAccount.objects.get(), cast.school)

    def test_a_secret_is_never_shown(self, cast, officer):
        given = shared.give(
            cast,
            "alibaba_sms",
            config={"access_key_id": "k"},
            secret={"access_key_secret": "sesame"},
        )
        copy = shared.copy_of(given, cast.school)
        admin = signed_in(cast, "admin")
        pages = [
            officer.get(reverse("county_accounts:account", args=[given.pk])),
            admin.get(reverse("delivery:channel", args=[copy.pk])),
            admin.get(reverse("delivery:channels")),
        ]
        for page in pages:
            assert page.status_code == 200
            assert "sesame" not in page.content.decode()
        assert str(given.hook_key) not in pages[1].content.decode()

    def test_counts_and_no_message(self, cast, officer, asked, given):
        drained(asked)
        page = officer.get(reverse("county_accounts:account", args=[given.pk]))
        words = page.content.decode()
        assert sum(one.sent for one in queries.use_of(given, clock.now())) == 1
        mother = cast.adults["mother"]
        for secret in (mother.name, asked.address, *(one.name for one in cast.students.values())):
            assert secret not in words
        result = reverse("county_accounts:test_result", args=[asked.pk])
        assert officer.get(result).status_code == 404

    @pytest.mark.parametrize(
        ("few", "more", "words"),
        [
            ([0], [9], "本月条数：不到 10"),
            ([10], [19], "本月条数：10–19"),
            ([3, 12], [9, 19], "本月条数：10–28"),
        ],
    )
    def test_messages_are_told_in_tens(self, cast, few, more, words):
        """Also of all schools together: an exact sum would tell the one that sent."""
        for numbers in (few, more):
            used = [queries.Use(cast.school, None, False, n, None) for n in numbers]
            assert county_accounts.this_month(used) == words
        cost = queries.Use(cast.school, None, False, 31, 2550)
        assert county_accounts.this_month([cost]) == "本月条数：30–39，电话花了 20–29 元"

    def test_an_administrator_sees_it_and_changes_nothing(self, cast, given):
        admin, copy = signed_in(cast, "admin"), shared.copy_of(given, cast.school)
        groups = admin.get(reverse("delivery:channels")).context["groups"]
        assert [row["is_of_county"] for group in groups for row in group["rows"]] == [True]
        for name in ("switch_channel", "move_channel", "renew_hook"):
            assert admin.post(reverse(f"delivery:{name}", args=[copy.pk])).status_code == 404
        said = {"url": "http://evil.example", "is_enabled": "on"}
        assert admin.post(reverse("delivery:channel", args=[copy.pk]), said).status_code == 405
        copy.refresh_from_db()
        assert "evil" not in copy.config["url"]

    def test_an_administrator_sets_up_their_own_and_switches_it_off(self, cast):
        given = shared.give(cast, "email")
        admin = signed_in(cast, "admin")
        said = {"sender": "school@school.example", "is_enabled": "on"}
        admin.post(reverse("delivery:new_channel", args=["email"]), said)
        own = ChannelAccount.objects.get(school=cast.school, of_county=None)
        assert not is_used(given, cast.school)
        admin.post(reverse("delivery:switch_channel", args=[own.pk]))
        assert is_used(given, cast.school)

    def test_an_administrator_sends_a_test_over_it(self, cast, given, gateway):
        admin, copy = signed_in(cast, "admin"), shared.copy_of(given, cast.school)
        url = reverse("delivery:channel_test", args=[copy.pk])
        assert admin.post(url, {"address": "13893510009"}).status_code == 302
        dispatch.drain()
        assert len(gateway.taken) == 1

    def test_over_what_the_county_has_ended_no_test_goes(self, cast, given, gateway, at):
        admin, copy = signed_in(cast, "admin"), shared.copy_of(given, cast.school)
        url = reverse("delivery:channel_test", args=[copy.pk])
        actions.end_account(account=given, by=cast.users["county"], at=at)
        assert admin.post(url, {"address": "13893510009"}).status_code == 404
        dispatch.drain()
        assert gateway.requests == 0

    @pytest.mark.parametrize("how", ["end", "switch off"])
    def test_a_test_that_still_waits_does_not_go_over_what_was_ended(
        self, cast, officer, given, gateway, at, how
    ):
        officer.post(reverse("county_accounts:test", args=[given.pk]), {"address": "13893510009"})
        if how == "end":
            actions.end_account(account=given, by=cast.users["county2"], at=at)
        else:
            shared.agree(cast, shared.write(cast, account=given, is_enabled=False))
        dispatch.drain()
        assert gateway.requests == 0
        row = OutboxMessage.objects.get(kind="test")
        assert (row.state, row.cause) == (State.SUPPRESSED, "no_longer_due")

    def test_an_officer_sends_a_test_and_sees_only_their_own(self, cast, officer, given, gateway):
        url = reverse("county_accounts:test", args=[given.pk])
        page = officer.post(url, {"address": "13893510009"})
        dispatch.drain()
        assert len(gateway.taken) == 1
        assert officer.get(page["Location"]).status_code == 200
        assert signed_in(cast, "county2").get(page["Location"]).status_code == 404
        assert officer.post(url, {"address": "x"}).status_code == 422

    def test_another_countys_officer_finds_nothing(self, cast, given):
        other = County.objects.create(name="天祝县")
        stranger = cast.users["stranger"] = make_user("stranger", "何远")
        make_post(stranger, Role.COUNTY_OFFICER, county=other)
        client = signed_in(cast, "stranger")
        for name in ("account", "agree", "end", "test", "renew_hook"):
            url = reverse(f"county_accounts:{name}", args=[given.pk])
            assert client.post(url).status_code == 404, name
        out = reverse("county_accounts:leave_out", args=[given.pk, cast.school.pk])
        assert client.post(out).status_code == 404
        assert is_used(given, cast.school)

    def test_a_school_of_another_county_is_not_left_out(self, cast, officer, given):
        far = make_school(County.objects.create(name="天祝县"), "打柴沟小学", "620623001")
        url = reverse("county_accounts:leave_out", args=[given.pk, far.pk])
        assert officer.post(url, {"out": "1"}).status_code == 404

    def test_bad_input_keeps_what_was_typed(self, cast, officer):
        url = reverse("county_accounts:new", args=["email"])
        page = officer.post(url, {"sender": "nobody", "name": "邮箱"})
        assert page.status_code == 422
        assert "nobody" in page.content.decode()
        assert not CountyAccount.objects.exists()
        for kind in ("push", "apprise", "demo_phone", "x"):
            assert officer.get(reverse("county_accounts:new", args=[kind])).status_code == 404

    def test_one_school_and_ten_ask_alike(self, cast, officer, given):
        url = reverse("county_accounts:account", args=[given.pk])

        def statements() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert officer.get(url).status_code == 200
            return len(asked)

        statements()
        few = statements()
        for number in range(8):
            founding.new_school(cast, f"第{number}小学", f"6206229{number}")
        actions.share_out()
        assert statements() == few


class TestToldOfIt:
    def test_administrators_and_officers_hear_of_it_once(self, cast, given):
        for key in ("admin", "county", "county2"):
            cast.users[key].email = f"{key}@county.example"
            cast.users[key].save()

        def told() -> set[tuple[str, str]]:
            tasks.queue_account_notices()
            rows = OutboxMessage.objects.filter(dedupe_key__startswith="county-account")
            return {
                (row.dedupe_key.split(":")[2], row.user.username)
                for row in rows.select_related("user")
            }

        first = told()
        assert {("given", "admin"), ("given", "county"), ("asked", "county2")} <= first
        assert ("asked", "admin") not in first
        assert ("given", "county2") not in first
        assert told() == first
        actions.leave_out(
            account=given, school=cast.school, is_out=True, by=cast.users["county"], at=clock.now()
        )
        assert ("out", "admin") in told()
        actions.end_account(account=given, by=cast.users["county"], at=clock.now())
        assert ("ended", "admin") in told()
