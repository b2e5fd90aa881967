"""Calls by Alibaba and Tencent Cloud: placed once and never twice, followed by what their reports say."""

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from calls import messages as calls
from calls.joining import actions as joining
from core import clock
from delivery import dispatch
from delivery.actions import queue_message
from delivery.channels import spoken
from delivery.channels.alibaba_call.channel import LIMITS
from delivery.channels.base import LostReply, Message, PermanentFailure, TemporaryFailure
from delivery.channels.registry import CHANNELS
from delivery.channels.tencent_call.channel import NIGHT
from delivery.dispatch import receipts
from delivery.dispatch.facts import read_facts
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, DeliveryReceipt, OutboxMessage, VoiceCall, VoiceEvent
from delivery.voice import rules
from guardians.models import Adult, Contact, ContactPoint
from messaging import actions as messaging
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, Reply
from messaging.telephone import question_call
from nights import actions as evenings
from nights import telephone as nights
from nights.models import Asking
from safeguarding import actions as safeguarding
from safeguarding.telephone import alert_call
from tests.factories import county_accounts
from tests.factories.calls import make_phone, make_slot
from tests.factories.cast import make_school
from tests.factories.nights import make_nearby
from tests.providers.alibaba_calls import AlibabaCalls
from tests.providers.server import Say
from tests.providers.tencent_calls import TencentCalls

State = OutboxMessage.State
PHONE = "+8613893510001"
MINUTE = timedelta(minutes=1)
CHINA = ZoneInfo("Asia/Shanghai")


def move_clock(hour: int, minute: int = 0, days: int = 0) -> datetime:
    """Make it this hour in China, until the end of the test."""
    now = timezone.now()
    on = now.astimezone(CHINA).date() + timedelta(days=days)
    offset = datetime.combine(on, time(hour, minute), CHINA) - now
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('jiaqiao.clock_offset', %s, true)",
            [f"{offset.total_seconds()} seconds"],
        )
    return clock.now()


@pytest.fixture
def at(db):
    """By day: at night a provider rings less often."""
    return move_clock(12)


@pytest.fixture
def cast(cast, at):
    """Every member of staff has a phone of their own."""
    for number, user in enumerate(cast.users.values()):
        user.phone = f"+86139093510{number:02d}"
        user.save()
    return cast


@pytest.fixture(params=["alibaba_calls", "tencent_calls"])
def provider(request):
    return request.getfixturevalue(request.param)


def kind_of(provider) -> str:
    return {AlibabaCalls: "alibaba_call", TencentCalls: "tencent_call"}[type(provider)]


@pytest.fixture
def account(make_account, provider):
    return make_account(kind_of(provider), provider)


def letter(kind="concern", address=PHONE, **fields) -> Message:
    return Message(str(uuid4()), address, "…", kind=kind, script=alert_call("zh-hans"), **fields)


def place(account, message=None):
    message = message or letter(school_id=account.school_id)
    return CHANNELS[account.kind].send(message, opened(account))


def rung(cast, at, key="1"):
    """A concern whose alert has rung the class teacher."""
    concern = safeguarding.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["principal"],
        words="哭着来学校",
        is_urgent=True,
        at=at,
        key=key,
    )
    dispatch.drain()
    return concern, OutboxMessage.objects.get(
        user=cast.users["teacher"], payload__has_key="ring", about_id=concern.pk
    )


def state_of(message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.cause


def press(provider, client, account, digit="1", number=0):
    """Somebody presses a key in the call that was placed at this place."""
    if isinstance(provider, AlibabaCalls):
        told = [provider.happens(number, "300000", dtmf=digit)]
    else:
        told = provider.presses(number, digit)
    return provider.post(client, account, told)


def hang_up(provider, client, account):
    if isinstance(provider, AlibabaCalls):
        return provider.post(client, account, [provider.ends(0, "200001", 12)])
    return provider.post(client, account, provider.picks_up(0, 12))


class TestAnAlertRings:
    def test_whoever_is_told_is_rung_and_takes_it_by_a_key(
        self, cast, account, provider, client, at
    ):
        concern, message = rung(cast, at)
        assert state_of(message) == (State.ACCEPTED, "")
        assert provider.taken[0].phone.removeprefix("+86") == cast.users["teacher"].phone[3:]
        said = json.dumps(provider.taken[0].values, ensure_ascii=False)
        assert not [secret for secret in ("梦瑶", "徐", "哭", "黄羊川") if secret in said]
        assert press(provider, client, account).status_code == 200
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")

    def test_the_end_undoes_no_key(self, cast, account, provider, client, at):
        _concern, message = rung(cast, at)
        press(provider, client, account)
        hang_up(provider, client, account)
        assert state_of(message) == (State.DELIVERED, "")
        assert VoiceCall.objects.get().ended_at is not None

    def test_a_key_that_is_told_after_the_end_counts(self, cast, account, provider, client, at):
        concern, message = rung(cast, at)
        hang_up(provider, client, account)
        assert state_of(message) == (State.FAILED, "call_no_key")
        press(provider, client, account)
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")

    def test_told_again_it_counts_once(self, cast, account, provider, client, at):
        concern, _message = rung(cast, at)
        for _ in range(3):
            press(provider, client, account)
        kinds = list(concern.entries.values_list("kind", flat=True))
        assert kinds.count("acknowledged") == 1
        assert VoiceEvent.objects.filter(kind=rules.KEY).count() == 1

    @pytest.mark.parametrize("digit", ["2", "0", "#", "x", "", "11111111111111"])
    def test_another_key_takes_nothing(self, cast, account, provider, client, at, digit):
        concern, _message = rung(cast, at)
        assert press(provider, client, account, digit).status_code == 200
        concern.refresh_from_db()
        # A provider may put several keys together; each counts once.
        assert (concern.acknowledged_at is not None) == ("1" in digit)


class TestWhoMayReport:
    def test_a_stranger_who_knows_the_address_presses_no_key(
        self, cast, account, provider, client, at
    ):
        concern, message = rung(cast, at)
        told = {
            "out_id": str(message.idempotency_key),
            "call_id": "guessed",
            "status_code": "300000",
            "dtmf": "1",
        }
        key = {"callid": "guessed", "keypress": "1", "mobile": provider.taken[0].phone[3:]}
        for body in (
            [told],
            {"voicekey_callback": key},
            {"voicekey_callback": {**key, "callid": ""}},
        ):
            provider.post(client, account, body)
        concern.refresh_from_db()
        assert concern.acknowledged_at is None
        assert not VoiceEvent.objects.exists()
        assert not DeliveryReceipt.objects.exclude(settled_at=None).exists()
        assert receipts.settle_unmatched(at) == 0

    def test_nor_does_another_account(self, cast, account, provider, client, at, make_account):
        concern, _message = rung(cast, at)
        other = make_account(account.kind, provider)
        press(provider, client, other)
        concern.refresh_from_db()
        assert concern.acknowledged_at is None

    @pytest.mark.parametrize(
        "body", ["", "x", 3, None, [None, 1, "x"], [{"out_id": 4}], {"voicekey_callback": []}]
    )
    def test_rubbish_changes_nothing(self, cast, account, provider, client, at, body):
        _concern, message = rung(cast, at)
        assert provider.post(client, account, body).status_code in (200, 400, 403)
        assert state_of(message) == (State.ACCEPTED, "")
        assert not VoiceEvent.objects.exists()

    def test_a_ticket_is_new_for_each_call_and_told_to_the_provider_alone(
        self, account, provider, cast
    ):
        for number in range(3):
            place(account, letter(address=f"+861389351000{number}", school_id=account.school_id))
        tickets = set(VoiceCall.objects.values_list("ticket", flat=True))
        assert len(tickets) == 3
        assert all(len(one) >= spoken.TICKET_CHARS for one in tickets)


class TestTwoKeys:
    """Every key of such a call is told as pressed in its one step, and in any order."""

    @pytest.fixture
    def li(self, cast, at):
        return make_nearby(cast, "李婶", "+8613893510051").adult

    @pytest.fixture
    def night(self, cast, account, li, at):
        night = evenings.start(
            student=cast.students["mengyao"], reason="hospital", by=cast.users["teacher"], at=at
        )
        dispatch.drain()
        return night

    @pytest.mark.parametrize("told", [["1", "2"], ["2", "1"], ["12"], ["21"]])
    def test_nobody_is_there_whichever_is_told_first(
        self, cast, account, provider, client, night, told
    ):
        for digits in told:
            assert press(provider, client, account, digits).status_code == 200
        assert VoiceEvent.objects.filter(kind=rules.KEY).count() == 2
        assert Asking.objects.get().answer == Asking.Answer.NO
        night.refresh_from_db()
        assert night.settled_at is None

    @pytest.mark.parametrize(
        ("told", "answer"), [("91", ""), ("51", "yes"), ("19", "no"), ("29", "no"), ("92", "no")]
    )
    def test_who_does_not_know_us_is_rung_no_more_and_has_settled_nothing(
        self, cast, account, provider, client, night, li, told, answer
    ):
        for digit in told:
            press(provider, client, account, digit)
        assert Asking.objects.get().answer == answer
        is_disputed = ContactPoint.objects.filter(adult=li, disputed_at__isnull=False).exists()
        assert is_disputed == ("9" in told)
        night.refresh_from_db()
        assert (night.settled_at is not None) == (told == "51")


class TestNeverTwice:
    @pytest.mark.parametrize(
        "say",
        [
            Say(hangs_up=True, takes=True),
            Say(hangs_up=True, takes=False),
            Say(status=503, code="InternalError", takes=True),
            Say(body="<html>", takes=True),
            Say(delay=2.5, takes=True),
        ],
        ids=["lost after", "lost before", "error after taking", "no JSON", "too slow"],
    )
    def test_what_nobody_knows_is_not_rung_again(self, cast, account, provider, client, at, say):
        provider.says = [say]
        concern, message = rung(cast, at)
        assert message.state == State.UNKNOWN
        for _ in range(2):
            dispatch.rescue()
            dispatch.drain()
        assert len(provider.asked) == 1
        assert VoiceCall.objects.count() == 1
        assert concern.acknowledged_at is None

    def test_a_report_settles_what_nobody_knew(self, cast, make_account, alibaba_calls, client, at):
        """The ticket went along, so a report names the call although its answer was lost."""
        account = make_account("alibaba_call", alibaba_calls)
        alibaba_calls.says = [Say(hangs_up=True, takes=True)]
        concern, message = rung(cast, at)
        assert message.state == State.UNKNOWN
        press(alibaba_calls, client, account)
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")

    def test_a_second_try_of_one_key_places_nothing(self, account, provider, cast):
        message = letter(school_id=account.school_id)
        place(account, message)
        with pytest.raises(LostReply):
            place(account, message)
        assert len(provider.taken) == 1

    def test_what_was_surely_refused_costs_nothing(self, account, provider, cast):
        code = "isv.OUT_OF_SERVICE"
        if isinstance(provider, TencentCalls):
            code = "FailedOperation.InsufficientBalanceInVoicePackage"
        provider.says = [Say(code=code)]
        with pytest.raises(TemporaryFailure) as caught:
            place(account)
        assert caught.value.cause == "no_balance"
        assert caught.value.closes
        assert not VoiceCall.objects.exists()


ALIBABA_SAYS = [
    ("isv.BUSINESS_LIMIT_CONTROL", TemporaryFailure, "number_limit"),
    ("isv.MOBILE_NUMBER_ILLEGAL", PermanentFailure, "provider_refused"),
    ("isv.TTS_TEMPLATE_ILLEGAL", PermanentFailure, "template_refused"),
    ("isv.DISPLAY_NUMBER_ILLEGAL", PermanentFailure, "provider_refused"),
    ("isp.RAM_PERMISSION_DENY", TemporaryFailure, "key_refused"),
    ("isp.SYSTEM_ERROR", LostReply, "provider_error"),
    ("Throttling.User", TemporaryFailure, "provider_busy"),
]
TENCENT_SAYS = [
    ("LimitExceeded.DeliveryFrequencyLimit", TemporaryFailure, "number_limit"),
    ("InvalidParameterValue.CalledNumberVerifyFail", PermanentFailure, "provider_refused"),
    ("FailedOperation.TemplateIncorrectOrUnapproved", PermanentFailure, "template_refused"),
    ("FailedOperation.AccessUpstreamTimeout", LostReply, "provider_error"),
    ("InternalError.UpstreamError", LostReply, "provider_error"),
    ("UnauthorizedOperation.VoiceSdkAppidVerifyFail", TemporaryFailure, "key_refused"),
    ("RequestLimitExceeded", TemporaryFailure, "provider_busy"),
]


@pytest.mark.parametrize(("code", "failure", "cause"), ALIBABA_SAYS)
def test_what_alibaba_may_answer(cast, make_account, alibaba_calls, code, failure, cause):
    account = make_account("alibaba_call", alibaba_calls)
    alibaba_calls.says = [Say(code=code)]
    with pytest.raises(failure) as caught:
        place(account)
    assert caught.value.cause == cause
    assert VoiceCall.objects.exclude(ticket="").exists() == (failure is LostReply)


@pytest.mark.parametrize(("code", "failure", "cause"), TENCENT_SAYS)
def test_what_tencent_may_answer(cast, make_account, tencent_calls, code, failure, cause):
    account = make_account("tencent_call", tencent_calls)
    tencent_calls.says = [Say(code=code)]
    with pytest.raises(failure) as caught:
        place(account)
    assert caught.value.cause == cause
    assert VoiceCall.objects.exclude(ticket="").exists() == (failure is LostReply)


class TestHowOftenANumberRings:
    LIMITS = {
        "alibaba_call": [(1, MINUTE), (5, 60 * MINUTE), (20, 24 * 60 * MINUTE)],
        "tencent_call": [(1, MINUTE), (2, 10 * MINUTE), (3, 24 * 60 * MINUTE)],
    }

    def test_no_oftener_than_the_provider_allows_and_it_is_not_even_asked(
        self, account, provider, cast, at
    ):
        for most, span in self.LIMITS[account.kind]:
            VoiceCall.objects.all().delete()
            provider.asked.clear()
            self.placed(account, [at - span * (turn + 1) / (most + 1) for turn in range(most)])
            with pytest.raises((TemporaryFailure, PermanentFailure)) as caught:
                place(account)
            assert caught.value.cause in ("number_limit", "call_soon")
            assert getattr(caught.value, "is_about_account", False) is False
            assert provider.asked == []
            VoiceCall.objects.order_by("placed_at").first().delete()
            if most > 1:
                place(account)
                assert len(provider.asked) == 1

    def test_two_schools_with_one_key_share_its_limits(
        self, cast, account, provider, make_account, at
    ):
        """The provider counts by its own customer, not by our accounts."""
        twin = make_account(account.kind, provider)
        ChannelAccount.objects.filter(pk=twin.pk).update(
            school=make_school(cast.county, "邻校", "20998")
        )
        other = make_account(account.kind, provider)
        other.config = {**other.config, "access_key_id": "another", "secret_id": "another"}
        other.save()
        self.placed(twin, [at - MINUTE / 2])
        with pytest.raises(TemporaryFailure):
            place(account)
        assert provider.asked == []
        VoiceCall.objects.update(account=other)
        place(account)
        assert len(provider.taken) == 1

    def test_refused_tries_count(self, cast, account, provider, at):
        """A number for which the provider is asked too often it blocks for good."""
        code = "isv.BUSINESS_LIMIT_CONTROL"
        if isinstance(provider, TencentCalls):
            code = "LimitExceeded.DeliveryFrequencyLimit"
        most = {"alibaba_call": 5, "tencent_call": 3}[account.kind]
        provider.says = [Say(code=code) for _ in range(20)]
        message = letter(school_id=account.school_id)
        for turn in range(8):
            move_clock(12, 2 * turn)
            with pytest.raises((TemporaryFailure, PermanentFailure)) as caught:
                place(account, message)
            assert caught.value.cause == "number_limit"
        assert len(provider.asked) == most
        assert VoiceCall.objects.aggregate(fen=Sum("fen"))["fen"] == 0

    def test_another_number_rings(self, account, provider, cast, at):
        self.placed(account, [at - MINUTE / 2])
        place(account, letter(address="+8613893510009", school_id=account.school_id))
        assert len(provider.taken) == 1

    def test_a_day_s_limit_lets_another_account_ring(self, account, cast, at):
        most, span = self.LIMITS[account.kind][-1]
        self.placed(account, [at - span * 0.9 + 20 * MINUTE * turn for turn in range(most)])
        with pytest.raises(PermanentFailure) as caught:
            place(account)
        assert not caught.value.is_about_address

    def test_one_number_s_limit_stops_no_other(self, cast, account, provider, client, at):
        """Neighbours of two children are rung in one run; the provider refuses the first."""
        code = "isv.BUSINESS_LIMIT_CONTROL"
        if isinstance(provider, TencentCalls):
            code = "LimitExceeded.DeliveryFrequencyLimit"
        provider.says = [Say(code=code)]
        for number, child in enumerate(("mengyao", "haitao")):
            make_nearby(cast, "李婶", f"+861389351005{number}", child=child)
            student = cast.students[child]
            evenings.start(student=student, reason="hospital", by=cast.users["teacher"], at=at)
        dispatch.drain()
        states = OutboxMessage.objects.filter(kind="nearby", payload__has_key="ring")
        assert sorted(states.values_list("state", flat=True)) == [State.ACCEPTED, State.RETRY]
        assert len(provider.taken) == 1

    def test_the_question_of_the_week_leaves_the_day_s_last_call_free(
        self, account, provider, cast, at
    ):
        """An evening's "is an adult at home" rings the same number."""
        most, span = self.LIMITS[account.kind][-1]
        self.placed(account, [at - span * 0.9 + 20 * MINUTE * turn for turn in range(most - 1)])
        once = rules.Step("at_once", "", {"7": "said_1"})
        script = replace(alert_call("zh-hans"), at_once=once)
        question = replace(letter(school_id=account.school_id), kind="check_in", script=script)
        with pytest.raises(PermanentFailure) as caught:
            place(account, question)
        assert (caught.value.cause, caught.value.is_about_address) == ("number_limit", False)
        assert provider.asked == []
        place(account, replace(letter(school_id=account.school_id), kind="at_home"))
        assert len(provider.taken) == 1

    def test_nor_does_it_take_the_night_s_only_call(self, cast, make_account, tencent_calls):
        account = make_account("tencent_call", tencent_calls)
        move_clock(22, 30)
        once = rules.Step("at_once", "", {"7": "said_1"})
        script = replace(alert_call("zh-hans"), at_once=once)
        question = replace(letter(school_id=account.school_id), kind="check_in", script=script)
        with pytest.raises(PermanentFailure) as caught:
            place(account, question)
        assert (caught.value.cause, caught.value.is_about_address) == ("number_limit", False)
        place(account, replace(letter(school_id=account.school_id), kind="at_home"))
        assert len(tencent_calls.taken) == 1

    def placed(self, account, moments) -> None:
        for moment in moments:
            VoiceCall.objects.create(
                school_id=account.school_id,
                account=account,
                channel=account.kind,
                idempotency_key=uuid4(),
                kind="concern",
                address=PHONE,
                placed_at=moment,
            )


@pytest.mark.parametrize(
    ("hour", "minute", "begins"),
    [(7, 59, -1), (8, 0, None), (21, 59, None), (22, 0, 0), (23, 30, 0), (0, 0, -1)],
)
def test_when_the_night_has_begun(hour, minute, begins):
    at = datetime(2026, 12, 2, hour, minute, tzinfo=CHINA)
    expected = None if begins is None else datetime(2026, 12, 2 + begins, 22, tzinfo=CHINA)
    assert NIGHT.since(at.astimezone(ZoneInfo("UTC"))) == expected


@given(st.lists(st.integers(0, 200_000), max_size=40))
def test_no_window_is_ever_exceeded(seconds):
    """Ring whenever it is allowed: no span of a window holds more calls than it may."""
    start = timezone.now()
    placed = []
    for second in sorted(seconds):
        at = start + timedelta(seconds=second)
        if rules.free_at(placed, LIMITS.windows, at) is None:
            placed.append(at)
    for window in LIMITS.windows:
        for first in placed:
            inside = [one for one in placed if first <= one < first + window.span]
            assert len(inside) <= window.most


class TestAlibaba:
    @pytest.fixture
    def account(self, make_account, alibaba_calls):
        return make_account("alibaba_call", alibaba_calls, fen=12)

    def test_a_call_carries_a_template_its_keys_and_a_short_ticket(
        self, cast, account, alibaba_calls
    ):
        receipt = place(account)
        (taken,) = alibaba_calls.taken
        assert (taken.phone, taken.template) == ("13893510001", "TTS_1")
        assert taken.values["CalledShowNumber"] == "02812345678"
        assert alibaba_calls.menus[taken.key] == {"1": "TTS_9"}
        assert receipt.reference == taken.reference
        call = VoiceCall.objects.get()
        assert (call.ticket, call.step, call.fen) == (taken.key, "alert", 12)

    def test_who_is_there_tonight_has_three_keys(self, cast, account, alibaba_calls):
        script = nights.at_home_call("zh-hans", "黄羊川中心小学")
        message = replace(letter("at_home", school_id=account.school_id), script=script)
        place(account, message)
        assert set(alibaba_calls.menus[alibaba_calls.taken[0].key]) == {"1", "2", "9"}
        assert alibaba_calls.taken[0].template == "TTS_2"

    @pytest.mark.parametrize(
        ("address", "dialled"),
        [("+8613893510001", "13893510001"), ("+869355112233", "09355112233")],
    )
    def test_a_number_as_it_is_dialled_there(self, cast, account, alibaba_calls, address, dialled):
        place(account, letter(address=address, school_id=account.school_id))
        assert alibaba_calls.taken[0].phone == dialled

    def test_a_number_abroad_is_for_another_account(self, cast, account, alibaba_calls):
        with pytest.raises(PermanentFailure) as caught:
            place(account, letter(address="+85251234567", school_id=account.school_id))
        assert not caught.value.is_about_address
        assert alibaba_calls.asked == []

    @pytest.mark.parametrize(
        ("code", "more", "cause"),
        [
            ("200000", {}, "call_no_key"),
            ("200001", {}, "call_no_key"),
            ("200008", {}, "call_no_key"),
            ("200002", {}, "call_busy"),
            ("200003", {}, "call_no_answer"),
            ("200004", {}, "no_such_number"),
            ("200005", {}, "not_delivered"),
            ("200005", {"early_media_code": "200010"}, "phone_off"),
            ("200007", {}, "phone_off"),
            ("200010", {}, "phone_off"),
            ("200011", {}, "number_out_of_service"),
            ("200119", {}, "not_delivered"),
            ("999999", {}, "not_delivered"),
        ],
    )
    def test_how_it_ended(self, cast, account, alibaba_calls, client, at, code, more, cause):
        _concern, message = rung(cast, at)
        alibaba_calls.post(client, account, [alibaba_calls.ends(0, code, **more)])
        assert state_of(message) == (State.FAILED, cause)

    def test_what_happens_meanwhile_is_kept_in_whatever_order(
        self, cast, account, alibaba_calls, client, at
    ):
        _concern, message = rung(cast, at)
        for code in ("200102", "200101", "200201", "200100"):
            alibaba_calls.post(client, account, [alibaba_calls.happens(0, code)])
        kinds = list(VoiceEvent.objects.order_by("number").values_list("kind", flat=True))
        assert kinds == [rules.RANG, rules.ANSWERED]
        assert state_of(message) == (State.ACCEPTED, "")

    def test_a_key_in_the_report_of_the_end_counts_before_it(
        self, cast, account, alibaba_calls, client, at
    ):
        concern, message = rung(cast, at)
        alibaba_calls.post(client, account, [alibaba_calls.ends(0, "200000", 15, dtmf="1")])
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")
        end = VoiceEvent.objects.get(kind=rules.ENDED)
        assert (end.result, end.seconds) == ("hung_up", 15)

    def test_after_each_key_it_says_what_fits(self, cast, account, alibaba_calls):
        once = rules.Step("at_once", "", dict.fromkeys("7239", "said_1"))
        script = replace(alert_call("zh-hans"), at_once=once)
        asks = replace(letter(school_id=account.school_id), kind="check_in", script=script)
        place(account, asks)
        assert set(alibaba_calls.menus[alibaba_calls.taken[0].key].values()) == {"TTS_9"}
        more = {"after_help": "TTS_6", "after_stranger": "TTS_7"}
        account.config["spoken"] = account.config["spoken"] | more
        place(account, replace(asks, key=str(uuid4()), address="+8613893510009"))
        expected = {"7": "TTS_9", "2": "TTS_9", "3": "TTS_6", "9": "TTS_7"}
        assert alibaba_calls.menus[alibaba_calls.taken[1].key] == expected

    def test_what_one_call_runs_into_drops_no_other(self, cast, account, alibaba_calls, at):
        sent = [
            letter(address=f"+861389351000{one}", school_id=account.school_id) for one in range(3)
        ]
        asked = [replace(one, reference=place(account, one).reference) for one in sent]
        alibaba_calls.states = {one.key: ("200003", 0) for one in alibaba_calls.taken}
        alibaba_calls.tells_nothing_of = frozenset({asked[1].reference})
        found = CHANNELS["alibaba_call"].poll(asked, opened(account))
        assert [one.key for one in found] == [asked[0].key, asked[2].key]

    def test_what_is_never_told_is_asked_for(self, cast, account, alibaba_calls, at):
        _concern, message = rung(cast, at)
        alibaba_calls.states[alibaba_calls.taken[0].key] = ("200003", 0)
        assert receipts.ask_for_reports(at + timedelta(hours=1)) == 1
        assert state_of(message) == (State.FAILED, "call_no_answer")
        assert len(alibaba_calls.taken) == 1

    def test_a_call_that_goes_on_is_asked_about_again(self, cast, account, alibaba_calls, at):
        _concern, message = rung(cast, at)
        assert receipts.ask_for_reports(at + timedelta(hours=1)) == 0
        assert state_of(message) == (State.ACCEPTED, "")


class TestTencent:
    @pytest.fixture
    def account(self, make_account, tencent_calls):
        return make_account("tencent_call", tencent_calls)

    def test_a_call_carries_a_template_without_variables(self, cast, account, tencent_calls):
        receipt = place(account)
        (taken,) = tencent_calls.taken
        assert (taken.phone, taken.template) == (PHONE, "4001")
        assert taken.values["TemplateParamSet"] == []
        assert receipt.reference == VoiceCall.objects.get().ticket == taken.reference

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            (1, "phone_off"),
            (2, "call_busy"),
            (4, "number_out_of_service"),
            (5, "call_no_answer"),
            (8, "no_such_number"),
            (11, "not_delivered"),
            ("15", "no_such_number"),
            ("x", "not_delivered"),
        ],
    )
    def test_why_it_failed(self, cast, account, tencent_calls, client, at, code, cause):
        _concern, message = rung(cast, at)
        told = tencent_calls.tells(0, "voice_failure_callback", failure_code=code)
        tencent_calls.post(client, account, told)
        assert state_of(message) == (State.FAILED, cause)

    @pytest.mark.parametrize(("result", "cause"), [("1", "call_no_answer"), ("2", "not_delivered")])
    def test_a_status_without_a_reason(
        self, cast, account, tencent_calls, client, at, result, cause
    ):
        _concern, message = rung(cast, at)
        told = tencent_calls.tells(0, "voiceprompt_callback", result=result)
        tencent_calls.post(client, account, told)
        assert state_of(message) == (State.FAILED, cause)

    def test_a_number_abroad_is_for_another_account(self, cast, account, tencent_calls):
        with pytest.raises(PermanentFailure) as caught:
            place(account, letter(address="+85251234567", school_id=account.school_id))
        assert not caught.value.is_about_address
        assert tencent_calls.asked == []

    def test_a_number_rings_once_a_night_and_the_second_is_not_even_asked_for(
        self, cast, account, tencent_calls
    ):
        move_clock(23)
        place(account)
        move_clock(1, 30, days=1)
        with pytest.raises(PermanentFailure) as caught:
            place(account)
        assert (caught.value.cause, caught.value.is_about_address) == ("number_limit", False)
        assert len(tencent_calls.asked) == 1
        place(account, letter(address="+8613893510009", school_id=account.school_id))
        move_clock(8, 1, days=1)
        place(account)
        assert len(tencent_calls.taken) == 3

    def test_refused_at_night_it_is_not_tried_again(self, cast, account, tencent_calls):
        code = "LimitExceeded.DeliveryFrequencyLimit"
        tencent_calls.says = [Say(code=code)]
        move_clock(23)
        with pytest.raises(PermanentFailure) as caught:
            place(account)
        assert (caught.value.cause, caught.value.is_about_address) == ("number_limit", False)

    @pytest.mark.parametrize("callid", ["c" * 80, 20261130])
    def test_a_callback_that_overtakes_the_answer_waits_for_it(
        self, cast, account, tencent_calls, client, at, callid
    ):
        concern, message = rung(cast, at)
        known = str(callid)[:64]
        VoiceCall.objects.update(ticket="booked")
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference="")
        told = tencent_calls.tells(0, "voicekey_callback", keypress="1", callid=callid)
        assert tencent_calls.post(client, account, told).status_code == 200
        assert receipts.settle_unmatched(at) == 0
        VoiceCall.objects.update(ticket=known)
        OutboxMessage.objects.filter(pk=message.pk).update(provider_reference=known)
        assert receipts.settle_unmatched(at) == 1
        tencent_calls.post(client, account, told)
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert VoiceEvent.objects.get(kind=rules.KEY).step == "alert"

    def test_how_long_it_lasted(self, cast, account, tencent_calls, client, at):
        rung(cast, at)
        tencent_calls.post(client, account, tencent_calls.picks_up(0, 23))
        assert VoiceEvent.objects.get(kind=rules.ENDED).seconds == 23


class TestTheQuestionOfTheWeek:
    """One set of keys cannot ask for the family's key first. So that key itself says "we talked"."""

    @pytest.fixture
    def point(self, cast) -> ContactPoint:
        ContactPoint.objects.filter(adult=cast.adults["mother"]).update(
            by_call=True, agreed_key="7"
        )
        return ContactPoint.objects.get(adult=cast.adults["mother"])

    def asked(self, cast, at) -> OutboxMessage:
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        message = OutboxMessage.objects.get(adult=cast.adults["mother"])
        OutboxMessage.objects.exclude(pk=message.pk).delete()
        dispatch.drain()
        message.refresh_from_db()
        return message

    def given(self, message) -> set[str]:
        """The answers that stand, of all children asked about."""
        return set(
            CheckInLine.objects.filter(check_in=message.about_id).values_list("answer", flat=True)
        )

    def test_it_rings_and_names_nobody(self, cast, account, provider, point, at):
        message = self.asked(cast, at)
        assert (message.state, message.channel) == (State.ACCEPTED, account.kind)
        (taken,) = provider.taken
        assert taken.template in ("TTS_5", "4005")
        said = json.dumps(taken.values, ensure_ascii=False)
        assert not [
            child.given_name for child in cast.students.values() if child.given_name in said
        ]
        if isinstance(provider, AlibabaCalls):
            assert set(provider.menus[taken.key]) == {"7", "2", "3", "9"}

    @pytest.mark.parametrize(
        ("told", "answer"),
        [
            ("7", "talked"),
            ("2", "not_yet"),
            ("3", "need_help"),
            # Nothing that is pressed in a hurry, by a child or by a stranger, says "we talked".
            ("1", ""),
            ("5", ""),
            ("0", ""),
            ("4568", ""),
            ("17", "talked"),
            # Of several the most careful, in whatever order they are told.
            ("72", "not_yet"),
            ("27", "not_yet"),
            ("73", "need_help"),
            ("37", "need_help"),
            ("23", "need_help"),
            ("32", "need_help"),
            ("723", "need_help"),
        ],
    )
    def test_a_key_answers(self, cast, account, provider, client, point, at, told, answer):
        message = self.asked(cast, at)
        for digit in told:
            assert press(provider, client, account, digit).status_code == 200
        hang_up(provider, client, account)
        for digit in told:  # told again, by another report
            press(provider, client, account, digit)
        assert self.given(message) == {answer}
        assert Contact.objects.filter(retracted_at=None).exists() == (answer == "talked")
        assert state_of(message) == (State.DELIVERED, "")

    @pytest.mark.parametrize("told", ["72", "73"])
    def test_no_talk_after_all_gives_back_what_the_talk_had_settled(
        self, cast, account, provider, client, point, at, told
    ):
        self.asked(cast, at)
        child = cast.students["mengyao"]
        task = FollowUp.objects.create(school=cast.school, student=child, opened_at=at)
        CheckInPlan.objects.update(every_days=2)  # so that a talk on another day moves it
        CheckIn.objects.update(due_on=timezone.localdate(at) - timedelta(days=1))
        due = timezone.localdate(at) + timedelta(days=1)
        CheckInPlan.objects.update(next_due_on=due)
        press(provider, client, account, told[0])
        task.refresh_from_db()
        assert (task.outcome, task.done_at is None) == ("talked", False)
        assert CheckInPlan.objects.get(student=child).next_due_on > due
        press(provider, client, account, told[1])
        task.refresh_from_db()
        assert (task.outcome, task.done_at) == ("", None)
        assert CheckInPlan.objects.get(student=child).next_due_on == due

    @pytest.mark.parametrize(
        ("key", "told", "answer"),
        [
            ("7", "79", ""),
            ("5", "59", ""),
            ("7", "29", ""),
            ("7", "729", ""),
            ("7", "792", ""),
            ("7", "97", ""),
            ("7", "92", ""),
            # A call for help is never dropped, whoever calls: a person looks.
            ("7", "39", "need_help"),
            ("7", "93", "need_help"),
            ("7", "739", "need_help"),
        ],
    )
    def test_who_does_not_know_us_is_rung_no_more_and_has_answered_nothing(
        self, cast, account, provider, client, point, at, key, told, answer
    ):
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key=key)
        message = self.asked(cast, at)
        for digit in told:
            press(provider, client, account, digit)
        point.refresh_from_db()
        assert point.disputed_at is not None
        assert self.given(message) == {answer}
        assert not Contact.objects.filter(retracted_at=None).exists()
        check_in = CheckIn.objects.get(pk=message.about_id)
        assert check_in.not_yet_count == 0
        assert (check_in.state == CheckIn.State.WAITING) == (not answer)

    def test_who_does_not_know_us_takes_back_no_answer_of_the_page(
        self, cast, account, provider, client, point, at
    ):
        message = self.asked(cast, at)
        check_in = CheckIn.objects.get(pk=message.about_id)
        given = {line.student_id: "talked" for line in check_in.lines.all()}
        messaging.answer(check_in=check_in, key="page", answers=given, at=at)
        press(provider, client, account, "9")
        assert self.given(message) == {"talked"}

    @pytest.mark.parametrize("is_written", [True, False])
    def test_without_an_agreed_key_it_is_not_asked_over_one_menu(
        self, cast, account, provider, point, at, request, is_written
    ):
        """There any key would do, and say aloud which: anyone who picks up would answer for the family."""
        if is_written:
            request.getfixturevalue("sms")
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key="")
        message = self.asked(cast, at)
        assert (message.state, message.channel) == (
            (State.ACCEPTED, "sms") if is_written else (State.DUE, "")
        )
        assert provider.asked == []

    def test_whoever_is_at_home_is_rung_without_an_agreed_key(self, cast, account, point, at):
        """Any key is an answer to that question."""
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key="")
        queue_message(
            kind="at_home",
            school=cast.school,
            adult=point.adult,
            dedupe_key="at home",
            due_at=at,
            expires_at=at + timedelta(hours=2),
        )
        (row,) = read_facts([OutboxMessage.objects.get().pk], at)
        assert [way.account.kind for way in row.ways] == [account.kind]

    def test_nor_where_the_key_went_while_it_was_being_sent(
        self, cast, account, provider, point, at
    ):
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        question = OutboxMessage.objects.get(adult=cast.adults["mother"])
        (row,) = read_facts([question.pk], at)
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key="")
        script = question_call(row, point.pk, at)
        message = replace(letter(school_id=account.school_id), kind="check_in", script=script)
        with pytest.raises(PermanentFailure) as caught:
            place(account, message)
        assert (caught.value.cause, caught.value.is_about_address) == ("no_template", False)
        assert provider.asked == []

    def test_without_an_agreed_key_a_gateway_asks(self, cast, make_account, voice, point, at):
        make_account("voice", voice)
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key="")
        assert self.asked(cast, at).channel == "voice"

    def test_a_voicemail_answers_nothing(self, cast, account, provider, client, point, at):
        message = self.asked(cast, at)
        hang_up(provider, client, account)
        assert state_of(message) == (State.FAILED, "call_no_key")
        assert not Reply.objects.exists()
        assert CheckIn.objects.get(pk=message.about_id).next_step_at <= at + 5 * MINUTE

    def test_a_number_that_changed_hands_is_rung_no_more(
        self, cast, account, provider, client, point, at
    ):
        message = self.asked(cast, at)
        for digit in "97":
            press(provider, client, account, digit)
        point.refresh_from_db()
        assert point.disputed_at is not None
        assert self.given(message) == {""}

    def test_who_is_blocked_while_it_rings_answers_nothing(
        self, cast, account, provider, client, point, at
    ):
        message = self.asked(cast, at)
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(
            blocked_at=at, blocked_by=cast.users["counsellor"], blocked_reason="法院裁定"
        )
        press(provider, client, account, "7")
        assert self.given(message) == {""}
        assert not Contact.objects.exists()

    def test_above_the_limit_nobody_is_rung(self, cast, make_account, provider, point, at):
        make_account(kind_of(provider), provider, fen=120, limit_yuan=1)
        message = self.asked(cast, at)
        assert state_of(message) == (State.FAILED, "cost_limit")
        assert provider.asked == []

    def test_in_quiet_hours_nobody_is_rung(self, cast, account, provider, point, at):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(
            quiet_from=time(0), quiet_until=time(23, 59)
        )
        assert self.asked(cast, at).state == State.DUE
        assert provider.asked == []

    def test_without_words_for_it_it_is_written(
        self, cast, make_account, provider, sms, gateway, point, at
    ):
        account = make_account(kind_of(provider), provider)
        account.config["spoken"] = {**account.config["spoken"], "check_in": ""}
        account.save()
        assert self.asked(cast, at).channel == "sms"
        assert provider.asked == []

    def test_where_a_gateway_asks_no_cloud_does(
        self, cast, account, provider, voice, sms, gateway, make_account, point, at
    ):
        """The key that opens the question there would answer it here. Refused there, it is written."""
        caller = make_account("voice", voice)
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        question = OutboxMessage.objects.get(adult=cast.adults["mother"])
        (row,) = read_facts([question.pk], at)
        assert {way.kind for way in row.ways} == {"voice"}
        question.payload["refused"] = [f"account:{caller.pk}"]
        question.save()
        (row,) = read_facts([question.pk], at)
        assert {way.kind for way in row.ways} == {"sms"}
        # Switched off this evening, its habit is still in the family's thumbs.
        question.payload["refused"] = []
        question.save()
        ChannelAccount.objects.filter(pk=caller.pk).update(is_enabled=False)
        (row,) = read_facts([question.pk], at)
        assert {way.kind for way in row.ways} == {"sms"}


class TestAKeyOfACallWhoseAnswerWasLost:
    """Tencent Cloud's reports name it by a number that the lost answer would have told us."""

    @pytest.fixture
    def account(self, make_account, tencent_calls):
        return make_account("tencent_call", tencent_calls)

    @pytest.fixture
    def point(self, cast) -> ContactPoint:
        point = ContactPoint.objects.get(adult=cast.adults["mother"])
        point.by_call, point.agreed_key = True, "7"
        point.save()
        return point

    @pytest.fixture
    def message(self, cast, account, tencent_calls, point, at) -> OutboxMessage:
        """The mother's question; whether it rang nobody knows."""
        tencent_calls.says = [Say(hangs_up=True, takes=True)]
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        message = OutboxMessage.objects.get(adult=cast.adults["mother"])
        OutboxMessage.objects.exclude(pk=message.pk).delete()
        dispatch.drain()
        assert state_of(message) == (State.UNKNOWN, "lost_reply")
        return message

    @pytest.mark.parametrize(
        ("digit", "answer"), [("3", "need_help"), ("7", ""), ("2", ""), ("9", "")]
    )
    def test_help_is_heard_and_nothing_else_is_believed(
        self, account, tencent_calls, client, message, digit, answer
    ):
        for _told_again in range(2):
            press(tencent_calls, client, account, digit)
        lines = CheckInLine.objects.filter(check_in=message.about_id)
        assert set(lines.values_list("answer", flat=True)) == {answer}
        assert ContactPoint.objects.filter(disputed_at=None).exists()
        assert VoiceEvent.objects.filter(kind=rules.KEY).count() == bool(answer)
        assert state_of(message)[0] == (State.DELIVERED if answer else State.UNKNOWN)

    def test_it_is_heard_over_the_account_of_the_county(
        self, cast, tencent_calls, client, point, at
    ):
        config, secret = tencent_calls.config(), tencent_calls.secret
        given = county_accounts.give(cast, "tencent_call", config=config, secret=secret)
        tencent_calls.says = [Say(hangs_up=True, takes=True)]
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        message = OutboxMessage.objects.get(adult=cast.adults["mother"])
        OutboxMessage.objects.exclude(pk=message.pk).delete()
        dispatch.drain()
        assert state_of(message) == (State.UNKNOWN, "lost_reply")
        url = reverse("hooks:county_report", args=[given.pk, given.hook_key])
        for digit in "73":
            told = json.dumps(tencent_calls.presses(0, digit))
            for _told_again in range(2):
                answer = client.post(url, told, content_type="application/json")
                assert answer.status_code == 200
        assert set(Reply.objects.values_list("answer", flat=True)) == {"need_help"}
        receipts_kept = DeliveryReceipt.objects.values_list("account", flat=True)
        assert set(receipts_kept) == {county_accounts.copy_of(given, cast.school).pk}
        # Where no call may be meant, the provider tells it again.
        stranger = tencent_calls.presses(0, "3")
        stranger["voicekey_callback"] |= {"mobile": "13893510999"}
        told = json.dumps(stranger)
        assert client.post(url, told, content_type="application/json").status_code == 503

    def test_told_before_the_answer_is_given_up_it_waits_until_then(
        self, account, tencent_calls, client, message, at
    ):
        OutboxMessage.objects.filter(pk=message.pk).update(state=State.CLAIMED)
        press(tencent_calls, client, account, "3")
        assert not Reply.objects.exists()
        OutboxMessage.objects.filter(pk=message.pk).update(state=State.UNKNOWN)
        assert receipts.settle_unmatched(at) == 1
        assert set(Reply.objects.values_list("answer", flat=True)) == {"need_help"}

    def test_help_at_another_number_or_hour_or_account_is_none_of_this_call(
        self, account, tencent_calls, client, message, make_account
    ):
        other = make_account("tencent_call", tencent_calls)
        press(tencent_calls, client, other, "3")
        told = tencent_calls.presses(0, "3")
        told["voicekey_callback"]["mobile"] = "13893510999"
        tencent_calls.post(client, account, told)
        move_clock(13)
        told["voicekey_callback"]["mobile"] = message.address.removeprefix("+86")
        tencent_calls.post(client, account, {**told})
        assert not Reply.objects.exists()

    def test_a_neighbour_who_cannot_go_is_heard_too(self, cast, account, tencent_calls, client, at):
        make_nearby(cast, "李婶", "+8613893510051")
        tencent_calls.says = [Say(hangs_up=True, takes=True)]
        student, by = cast.students["mengyao"], cast.users["teacher"]
        night = evenings.start(student=student, reason="hospital", by=by, at=at)
        dispatch.drain()
        for digit in "12":
            press(tencent_calls, client, account, digit)
            night.refresh_from_db()
            assert night.settled_at is None
        assert Asking.objects.get().answer == "no"

    def test_after_it_no_other_key_of_that_call_is_believed(
        self, account, tencent_calls, client, message
    ):
        for digit in "39":
            press(tencent_calls, client, account, digit)
        assert not ContactPoint.objects.exclude(disputed_at=None).exists()


class TestWhatItCannotAsk:
    def test_where_the_only_caller_has_refused_it_goes_in_writing(self, cast, account, sms, at):
        """As where reviewers do not approve the words of a call."""
        ContactPoint.objects.update(by_call=True, agreed_key="7")
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        question = OutboxMessage.objects.get(adult=cast.adults["mother"])
        question.payload["refused"] = [f"account:{account.pk}"]
        question.save()
        (row,) = read_facts([question.pk], at)
        assert {way.kind for way in row.ways} == {"sms"}

    def test_both_are_reminded_to_dial_and_nobody_is_rung(
        self, cast, account, provider, sms, gateway, at
    ):
        """The parent has asked to be rung and the school's phone may be: no cloud joins the two."""
        phone = make_phone(cast.school, rings_at="+869355112233")
        mother, carer = cast.adults["mother"], cast.adults["grandmother"]
        child = cast.students["mengyao"]
        make_slot(phone, child, mother, at + 60 * MINUTE, join_key="6")
        calls.queue_reminders(at=at)
        dispatch.drain()
        reminded = OutboxMessage.objects.filter(state=State.ACCEPTED, channel="sms")
        assert {mother.pk, carer.pk} <= set(reminded.values_list("adult_id", flat=True))
        assert joining.ring(at=move_clock(13, 1)) == 1
        dispatch.drain()
        dial = OutboxMessage.objects.get(payload__which="dial")
        assert (dial.adult_id, dial.state) == (mother.pk, State.ACCEPTED)
        assert not OutboxMessage.objects.filter(kind="join").exists()
        assert provider.asked == []

    def test_it_joins_no_two(self, account):
        assert not CHANNELS[account.kind].takes("join", account.config)

    def test_words_for_every_key_of_every_call(self, cast, at):
        """The suggested words name exactly the keys that the call's own script takes."""
        messaging.ensure_plans(at=at)
        messaging.ask_due_check_ins(at=at)
        question = OutboxMessage.objects.get(adult=cast.adults["mother"])
        point = ContactPoint.objects.get(adult=cast.adults["mother"])
        point.by_call, point.agreed_key = True, "7"
        point.save()
        (row,) = read_facts([question.pk], at)
        scripts = {
            "check_in": question_call(row, point.pk, at),
            "concern": alert_call("zh-hans"),
            "at_home": nights.at_home_call("zh-hans", "学校"),
            "nearby": nights.nearby_call("zh-hans", "学校", 1),
        }
        for kind, script in scripts.items():
            keys = set(rules.menu(script)) - {point.agreed_key}  # no sentence says which it is
            named = {one for one in rules.KEYS if f"按{one}" in spoken.SUGGESTED[kind]}
            assert named == keys, kind
