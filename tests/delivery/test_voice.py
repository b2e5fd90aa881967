"""Calls: placed once, followed by what the gateway tells, in whatever order; what they may cost."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from delivery import dispatch
from delivery.actions import calls
from delivery.channels import demo_call
from delivery.dispatch import receipts
from delivery.models import DeliveryReceipt, OutboxMessage, VoiceCall, VoiceEvent
from delivery.queries import stopped_alerts
from delivery.queries.calls import rung_about
from delivery.voice import rules
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from safeguarding.queries import stopped_alert_banner
from schools.models import School
from students.models import Barrier, Student
from tests.providers.server import Say

State = OutboxMessage.State


@pytest.fixture
def cast(cast):
    """Every member of staff has a phone of their own."""
    for number, user in enumerate(cast.users.values()):
        user.phone = f"+86139093510{number:02d}"
        user.save()
    return cast


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice)


def worry(cast, at, *, is_urgent=True, key="1") -> Concern:
    """Of the principal, so that the class teacher is told first."""
    return safeguarding.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["principal"],
        words="哭着来学校",
        is_urgent=is_urgent,
        at=at,
        key=key,
    )


def ring_to(cast, name="teacher") -> OutboxMessage:
    return OutboxMessage.objects.get(user=cast.users[name], payload__has_key="ring")


def rung(cast, at, **facts) -> tuple[Concern, OutboxMessage, str]:
    """A concern whose alert has rung the class teacher."""
    concern = worry(cast, at, **facts)
    dispatch.drain()
    message = ring_to(cast)
    assert message.state == State.ACCEPTED
    return concern, message, str(message.idempotency_key)


def climb(concern) -> None:
    """Its time is over: the next person is told, and what rings is due at once."""
    assert safeguarding.climb_unacknowledged(concern.due_at) == 1
    OutboxMessage.objects.filter(due_at=concern.due_at).update(due_at=concern.opened_at)
    dispatch.drain()


def bar(cast) -> None:
    """The class teacher may no longer see the child's file."""
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        reason="亲属",
        set_by=cast.users["counsellor"],
        set_at=clock.now(),
    )


def state_of(message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.cause


class TestAnAlertRings:
    def test_whoever_is_told_is_rung_and_takes_it_by_a_key(self, cast, account, voice, client, at):
        concern, message, key = rung(cast, at)
        assert voice.calls[key]["to"] == cast.users["teacher"].phone
        said = json.dumps(voice.calls[key], ensure_ascii=False)
        for secret in ("梦瑶", "徐", "哭", "黄羊川"):
            assert secret not in said
        told = [voice.happens(key, "rang"), voice.happens(key, "answered")]
        told.append(voice.happens(key, "key", step="alert", digit="1"))
        assert voice.post(client, account, told).status_code == 200
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")
        assert list(concern.entries.values_list("kind", flat=True))[-1] == "acknowledged"
        (one,) = rung_about("concern", concern.pk)
        assert (one.user, one.keys) == (cast.users["teacher"], ("1",))

    def test_it_is_told_in_writing_as_well(self, cast, account, at):
        worry(cast, at)
        rows = OutboxMessage.objects.filter(user=cast.users["teacher"])
        assert sorted("ring" in row.payload for row in rows) == [False, True]

    def test_what_can_wait_for_school_rings_nobody(self, cast, account, at):
        worry(cast, at, is_urgent=False)
        assert not OutboxMessage.objects.filter(payload__has_key="ring").exists()

    def test_without_a_channel_that_calls_nothing_rings(self, cast, at):
        worry(cast, at)
        assert not OutboxMessage.objects.filter(payload__has_key="ring").exists()

    def test_nobody_is_rung_about_what_somebody_has_taken(self, cast, account, voice, at):
        concern = worry(cast, at)
        safeguarding.acknowledge(concern=concern, by=cast.users["counsellor"], at=at)
        dispatch.drain()
        assert state_of(ring_to(cast)) == (State.SUPPRESSED, "answered")
        assert not voice.calls

    def test_who_is_barred_between_booking_and_ringing_is_not_rung(self, cast, account, voice, at):
        worry(cast, at)
        bar(cast)
        dispatch.drain()
        assert state_of(ring_to(cast)) == (State.SUPPRESSED, "barred")
        assert not voice.calls

    def test_no_key_and_the_next_person_is_rung_by_the_ladder(
        self, cast, account, voice, client, at
    ):
        concern, message, key = rung(cast, at)
        voice.post(client, account, [voice.happens(key, "ended", result="no_answer")])
        assert state_of(message) == (State.FAILED, "call_no_answer")
        concern.refresh_from_db()
        assert concern.acknowledged_at is None
        climb(concern)
        assert cast.users["counsellor"].phone in [one["to"] for one in voice.calls.values()]

    def test_a_call_that_nobody_answers_is_no_alert_that_did_not_get_through(
        self, cast, account, voice, client, at
    ):
        _concern, _message, key = rung(cast, at)
        rows = OutboxMessage.objects.exclude(payload__has_key="ring")
        rows.update(state=State.DELIVERED)
        voice.post(client, account, [voice.happens(key, "ended", result="no_answer")])
        assert not stopped_alerts(cast.school, at)
        assert stopped_alert_banner(cast.users["teacher"], at) is None
        assert not OutboxMessage.objects.filter(dedupe_key__contains="~").exists()

    def test_of_two_who_press_the_first_has_it(self, cast, account, voice, client, at):
        concern, _message, key = rung(cast, at)
        climb(concern)
        second = str(ring_to(cast, "counsellor").idempotency_key)
        for one in (second, key):
            voice.post(client, account, [voice.happens(one, "key", step="alert", digit="1")])
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["counsellor"]
        kinds = list(concern.entries.values_list("kind", flat=True))
        assert kinds.count("acknowledged") == 1
        assert [one.keys for one in rung_about("concern", concern.pk)] == [("1",), ("1",)]

    def test_another_key_takes_nothing(self, cast, account, voice, client, at):
        concern, _message, key = rung(cast, at)
        told = [voice.happens(key, "key", step="alert", digit=digit) for digit in "0#7"]
        told.append(voice.happens(key, "key", step="elsewhere", digit="1"))
        voice.post(client, account, told)
        concern.refresh_from_db()
        assert concern.acknowledged_at is None

    def test_who_has_lost_the_child_since_takes_nothing(self, cast, account, voice, client, at):
        concern, _message, key = rung(cast, at)
        bar(cast)
        voice.post(client, account, [voice.happens(key, "key", step="alert", digit="1")])
        concern.refresh_from_db()
        assert concern.acknowledged_at is None

    def test_its_page_says_who_was_rung_and_what_they_pressed(
        self, cast, account, voice, client, at
    ):
        concern, _message, key = rung(cast, at)
        client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
        page = reverse("counselling:detail", args=[concern.pk])
        assert "正在给张丽华打电话" in client.get(page).content.decode()
        voice.post(client, account, [voice.happens(key, "key", step="alert", digit="1")])
        assert "给张丽华打了电话，按了 1" in client.get(page).content.decode()


class TestWhatAGatewayTells:
    def test_told_twice_it_counts_once(self, cast, account, voice, client, at):
        concern, _message, key = rung(cast, at)
        told = [voice.happens(key, "key", step="alert", digit="1")]
        for _ in range(2):
            assert voice.post(client, account, told).status_code == 200
        voice.post(client, account, told, at=at.timestamp() - 60)
        receipts.ask_for_reports(at + timedelta(hours=1))
        assert VoiceEvent.objects.count() == 1
        kinds = list(concern.entries.values_list("kind", flat=True))
        assert kinds.count("acknowledged") == 1

    def test_told_out_of_order_the_key_counts(self, cast, account, voice, client, at):
        concern, message, key = rung(cast, at)
        pressed = voice.happens(key, "key", step="alert", digit="1")
        ended = voice.happens(key, "ended", result="hung_up", seconds=20)
        voice.post(client, account, [ended])
        assert state_of(message) == (State.FAILED, "call_no_key")
        voice.post(client, account, [pressed])
        assert state_of(message) == (State.DELIVERED, "")
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]

    def test_what_is_never_told_is_asked_for(self, cast, account, voice, at):
        concern, message, key = rung(cast, at)
        voice.happens(key, "key", step="alert", digit="1")
        assert receipts.ask_for_reports(at + timedelta(hours=1)) == 1
        concern.refresh_from_db()
        assert concern.acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")

    @pytest.mark.parametrize(("result", "cause"), sorted(rules.RESULTS.items()))
    def test_how_it_ended(self, cast, account, voice, client, at, result, cause):
        _concern, message, key = rung(cast, at)
        voice.post(client, account, [voice.happens(key, "ended", result=result)])
        assert state_of(message) == (State.FAILED, cause)

    @pytest.mark.parametrize(
        "told",
        [
            {"number": 1, "event": "key", "step": "alert", "digit": "11"},
            {"number": 1, "event": "key", "step": "alert", "digit": ""},
            {"number": 0, "event": "key", "step": "alert", "digit": "1"},
            {"number": True, "event": "key", "step": "alert", "digit": "1"},
            {"number": "1", "event": "key", "step": "alert", "digit": "1"},
            {"number": 1, "event": "key", "step": "a" * 21, "digit": "1"},
            {"number": 1, "event": "ended", "result": "exploded"},
            {"number": 1, "event": "sang"},
            {"number": 1},
        ],
    )
    def test_rubbish_changes_nothing(self, cast, account, voice, client, at, told):
        _concern, message, key = rung(cast, at)
        assert voice.post(client, account, [{"call": key, **told}, "x", None]).status_code == 200
        assert not VoiceEvent.objects.exists()
        assert state_of(message) == (State.ACCEPTED, "")

    @pytest.mark.parametrize(
        ("how", "status"), [({"secret": "guessed"}, 403), ({"at": 1_700_000_000}, 403)]
    )
    def test_nobody_else_presses_a_key(self, cast, account, voice, client, at, how, status):
        concern, _message, key = rung(cast, at)
        told = [voice.happens(key, "key", step="alert", digit="1")]
        assert voice.post(client, account, told, **how).status_code == status
        concern.refresh_from_db()
        assert concern.acknowledged_at is None
        assert not DeliveryReceipt.objects.exists()

    def test_a_gateway_of_another_school_presses_no_key_here(
        self, cast, account, voice, client, at, make_account
    ):
        concern, _message, key = rung(cast, at)
        other = make_account("voice", voice)
        type(other).objects.filter(pk=other.pk).update(school=cast.other_school)
        voice.post(client, other, [voice.happens(key, "key", step="alert", digit="1")])
        concern.refresh_from_db()
        assert concern.acknowledged_at is None


class TestPlacing:
    @pytest.mark.parametrize(
        ("say", "state", "cause", "booked"),
        [
            (Say(code="busy", status=429), State.RETRY, "provider_busy", 0),
            (Say(code="bad_number", status=422), State.FAILED, "no_such_number", 0),
            (Say(code="no", status=422), State.FAILED, "provider_refused", 0),
            (Say(code="token", status=401), State.RETRY, "key_refused", 0),
            (Say(code="empty", status=402), State.RETRY, "no_balance", 0),
            (Say(code="oops", status=500), State.RETRY, "provider_error", 1),
            (Say(body="<html>", takes=False), State.RETRY, "unexpected_answer", 1),
        ],
    )
    def test_what_a_gateway_may_answer(self, cast, account, voice, at, say, state, cause, booked):
        worry(cast, at)
        voice.says = [say]
        dispatch.drain()
        assert state_of(ring_to(cast)) == (state, cause)
        assert VoiceCall.objects.count() == booked

    def test_a_lost_answer_is_looked_up_and_rings_nobody_twice(self, cast, account, voice, at):
        worry(cast, at)
        voice.says = [Say(hangs_up=True, takes=True)]
        dispatch.drain()
        message = ring_to(cast)
        assert (message.state, message.lease_owner) == (State.CLAIMED, None)
        OutboxMessage.objects.filter(pk=message.pk).update(lease_until=at - timedelta(minutes=1))
        dispatch.rescue()
        assert state_of(message) == (State.ACCEPTED, "")
        assert voice.sent()[str(message.idempotency_key)] == 1
        assert VoiceCall.objects.count() == 1

    def test_a_lost_request_is_looked_up_and_rings_once(self, cast, account, voice, at):
        worry(cast, at)
        voice.says = [Say(hangs_up=True, takes=False)]
        dispatch.drain()
        message = ring_to(cast)
        OutboxMessage.objects.filter(pk=message.pk).update(lease_until=at - timedelta(minutes=1))
        dispatch.rescue()
        OutboxMessage.objects.filter(pk=message.pk).update(due_at=at)
        dispatch.drain()
        assert state_of(message) == (State.ACCEPTED, "")
        assert voice.sent()[str(message.idempotency_key)] == 1
        assert VoiceCall.objects.count() == 1

    def test_one_number_is_not_rung_twice_in_a_minute(self, cast, account, voice, at):
        worry(cast, at)
        worry(cast, at, key="2")
        dispatch.drain()
        rows = OutboxMessage.objects.filter(user=cast.users["teacher"], payload__has_key="ring")
        assert sorted(rows.values_list("state", "cause")) == [
            (State.ACCEPTED, ""),
            (State.RETRY, "call_soon"),
        ]
        assert len(voice.calls) == 1
        VoiceCall.objects.update(placed_at=at - timedelta(minutes=2))
        rows.update(due_at=at)
        dispatch.drain()
        assert len(voice.calls) == 2

    def test_an_alert_is_never_too_dear(self, cast, make_account, voice, at):
        make_account("voice", voice, fen=30, limit_yuan=1)
        for number in range(5):
            worry(cast, at, key=str(number))
            dispatch.drain()
            VoiceCall.objects.update(placed_at=at - timedelta(minutes=2))
        assert len(voice.calls) == 5


class TestTheDemoPhone:
    @pytest.fixture
    def ringing(self, cast, at) -> VoiceCall:
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        cast.school.refresh_from_db()
        student = Student.objects.select_related("school").get(pk=cast.students["mengyao"].pk)
        cast.students["mengyao"] = student
        worry(cast, at)
        dispatch.drain()
        return VoiceCall.objects.get(channel=demo_call.KIND)

    def test_it_rings_is_picked_up_and_takes_a_key(self, cast, ringing, at):
        message = ring_to(cast)
        assert message.state == State.ACCEPTED
        calls.press(call=ringing, digit="1", at=at)  # before anybody has picked up
        assert not ringing.events.exists()
        calls.pick_up(call=ringing, at=at)
        calls.pick_up(call=ringing, at=at)
        calls.press(call=ringing, digit="7", at=at)
        calls.press(call=ringing, digit="1", at=at)
        calls.press(call=ringing, digit="1", at=at)
        kinds = list(ringing.events.values_list("kind", "digit"))
        assert kinds == [("answered", ""), ("key", "7"), ("key", "1"), ("ended", "")]
        assert Concern.objects.get().acknowledged_by == cast.users["teacher"]
        assert state_of(message) == (State.DELIVERED, "")

    def test_nobody_picks_up(self, cast, ringing, at):
        assert calls.end_unanswered(at + timedelta(minutes=9)) == 0
        assert calls.end_unanswered(at + timedelta(minutes=11)) == 1
        assert calls.end_unanswered(at + timedelta(minutes=12)) == 0
        assert state_of(ring_to(cast)) == (State.FAILED, "call_no_answer")

    def test_silence_ends_too(self, cast, ringing, at):
        calls.pick_up(call=ringing, at=at)
        assert calls.end_unanswered(at + timedelta(minutes=4)) == 0
        assert calls.end_unanswered(at + timedelta(minutes=6)) == 1
        assert state_of(ring_to(cast)) == (State.FAILED, "call_no_key")

    def test_its_page_rings_speaks_and_has_twelve_keys(self, cast, ringing, client):
        client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
        page = f"{reverse('delivery:demo_phone')}?of=u{cast.users['teacher'].pk}"
        assert "电话响了" in client.get(page).content.decode()
        act = reverse("delivery:demo_call", args=[ringing.pk])
        shown = client.post(act, {"act": "pick_up"}, follow=True).content.decode()
        assert "有一个孩子现在需要一位大人" in shown
        assert shown.count('name="key"') == 12
        voice = client.get(reverse("delivery:demo_call_voice", args=[ringing.pk, "alert"]))
        assert (voice.status_code, voice["Content-Type"]) == (200, "audio/ogg")
        assert (
            client.get(
                reverse("delivery:demo_call_voice", args=[ringing.pk, "nonsense"])
            ).status_code
            == 404
        )
        shown = client.post(act, {"key": "1"}, follow=True).content.decode()
        assert "接了电话，按了 1" in shown

    def test_only_where_the_phone_is_shown(self, cast, ringing, client):
        School.objects.filter(pk=cast.school.pk).update(is_demo=False)
        client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
        assert client.post(reverse("delivery:demo_call", args=[ringing.pk])).status_code == 404


SCRIPT = rules.Script(
    "zh-hans",
    (
        rules.Step("agree", "请按约定的键", {"4": "question", "0": "agree"}),
        rules.Step("question", "聊过吗", {"1": "talked", "2": "not_yet", "0": "question"}),
        rules.Step("talked", "谢谢"),
        rules.Step("not_yet", "谢谢"),
    ),
)


@given(st.lists(st.sampled_from(rules.KEYS), max_size=12))
def test_only_the_agreed_key_opens_the_question(digits):
    events = [rules.Event(1, rules.ANSWERED)]
    for digit in digits:
        step = rules.progress(SCRIPT, events).step
        events.append(rules.Event(len(events) + 1, rules.KEY, step.name, digit))
    reached = rules.progress(SCRIPT, events).step.name
    assert (reached != "agree") == ("4" in digits)
    after = digits[digits.index("4") + 1 :] if "4" in digits else []
    first = next((digit for digit in after if digit in "12"), "")
    assert reached == {"1": "talked", "2": "not_yet"}.get(
        first, "question" if "4" in digits else "agree"
    )


def test_a_script_survives_json():
    assert rules.of_json(json.loads(json.dumps(rules.as_json(SCRIPT)))) == SCRIPT
