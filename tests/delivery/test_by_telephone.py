"""The weekly question by telephone: when it rings, what is spoken, what each key does, and what silence."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from delivery import dispatch, rules
from delivery.actions import queue_message
from delivery.models import OutboxMessage, VoiceCall
from guardians.hours import Hours, is_quiet
from guardians.models import Adult, Contact, ContactPoint
from messaging import actions
from messaging.models import CheckIn, Reply
from safeguarding.actions import run_intake
from safeguarding.models import Concern

State = OutboxMessage.State


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice)


@pytest.fixture
def point(cast) -> ContactPoint:
    point = ContactPoint.objects.get(adult=cast.adults["mother"])
    point.by_call = True
    point.save()
    return point


def asked(cast, at) -> OutboxMessage:
    """The mother's question, on its way."""
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    message = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=message.pk).delete()
    dispatch.drain()
    message.refresh_from_db()
    return message


def key_of(message) -> str:
    return str(message.idempotency_key)


def press(client, account, voice, message, *keys):
    """Press (step, digit) one after the other, and hang up."""
    told = [voice.happens(key_of(message), "answered")]
    for step, digit in keys:
        told.append(voice.happens(key_of(message), "key", step=step, digit=digit))
    told.append(voice.happens(key_of(message), "ended", result="hung_up", seconds=31))
    assert voice.post(client, account, told).status_code == 200
    message.refresh_from_db()


def said(voice, message) -> dict[str, str]:
    steps = voice.calls[key_of(message)]["script"]["steps"]
    return {name: step["say"] for name, step in steps.items()}


def block(cast, at) -> None:
    mother = Adult.objects.filter(pk=cast.adults["mother"].pk)
    by = cast.users["counsellor"]
    mother.update(blocked_at=at, blocked_by=by, blocked_reason="法院裁定")


def test_it_rings_and_one_key_is_an_answer(cast, account, voice, client, point, at):
    message = asked(cast, at)
    assert (message.state, message.channel) == (State.ACCEPTED, "voice")
    press(client, account, voice, message, ("agree", "5"), ("question", "1"))
    assert message.state == State.DELIVERED
    check_in = CheckIn.objects.get(pk=message.about_id)
    assert check_in.state == CheckIn.State.ANSWERED
    assert Contact.objects.filter(reported_by="parent").count() == check_in.lines.count()
    point.refresh_from_db()
    assert point.last_replied_at is not None


@pytest.mark.parametrize(("digit", "state"), [("2", "not_yet"), ("3", "answered")])
def test_not_yet_and_help(cast, account, voice, client, point, at, digit, state):
    message = asked(cast, at)
    press(client, account, voice, message, ("agree", "5"), ("question", digit))
    assert CheckIn.objects.get(pk=message.about_id).state == state
    run_intake(at)
    assert Concern.objects.exists() == (digit == "3")


def test_without_an_agreed_key_no_child_is_named(cast, account, voice, point, at):
    words = " ".join(said(voice, asked(cast, at)).values())
    for child in cast.students.values():
        assert child.given_name not in words


def test_the_name_stands_behind_the_agreed_key_alone(cast, account, voice, point, at):
    point.agreed_key = "7"
    point.save()
    message = asked(cast, at)
    script = voice.calls[key_of(message)]["script"]
    spoken = said(voice, message)
    assert "梦瑶" in spoken["question"]
    assert not any("梦瑶" in words for name, words in spoken.items() if name != "question")
    assert script["first"] == "agree"
    leads = {key for key, to in script["steps"]["agree"]["keys"].items() if to == "question"}
    assert leads == {"7"}


def test_no_key_that_opens_is_one_that_answers(cast, account, voice, point, at):
    """A parent who presses twice in a hurry, before the question is over, has said nothing."""
    steps = voice.calls[key_of(asked(cast, at))]["script"]["steps"]
    opens = {key for key, to in steps["agree"]["keys"].items() if to == "question"}
    assert not opens & set(steps["question"]["keys"])
    assert not set(ContactPoint.AGREED_KEYS) & set(steps["question"]["keys"])


def test_a_voicemail_or_silence_answers_nothing(cast, account, voice, client, point, at):
    message = asked(cast, at)
    press(client, account, voice, message)
    assert (message.state, message.cause) == (State.FAILED, "call_no_key")
    assert not Reply.objects.exists()
    assert not Contact.objects.exists()
    check_in = CheckIn.objects.get(pk=message.about_id)
    assert check_in.state == CheckIn.State.WAITING
    # Nobody is waited for: the ladder goes on.
    assert check_in.next_step_at <= at + timedelta(minutes=5)


def test_a_call_cut_after_the_key_of_agreement_answers_nothing(
    cast, account, voice, client, point, at
):
    message = asked(cast, at)
    press(client, account, voice, message, ("agree", "5"))
    assert message.state == State.DELIVERED
    assert not Reply.objects.exists()


def test_of_three_keys_the_first_answers_and_help_is_never_dropped(
    cast, account, voice, client, point, at
):
    message = asked(cast, at)
    keys = [("agree", "5"), ("question", "2"), ("question", "1"), ("question", "3")]
    press(client, account, voice, message, *keys)
    given = list(Reply.objects.order_by("pk").values_list("answer", flat=True).distinct())
    assert sorted(set(given)) == ["need_help", "not_yet"]
    assert not Contact.objects.exists()


@pytest.mark.parametrize("keys", [[("agree", "1")], [("said_1", "1")], [("question", "8")]])
def test_a_key_in_another_step_answers_nothing(cast, account, voice, client, point, at, keys):
    message = asked(cast, at)
    press(client, account, voice, message, *keys)
    assert not Reply.objects.exists()


def test_a_number_that_changed_hands_is_rung_no_more(cast, account, voice, client, point, at):
    message = asked(cast, at)
    press(client, account, voice, message, ("agree", "9"), ("question", "1"))
    point.refresh_from_db()
    assert point.disputed_at is not None
    assert not Reply.objects.exists()


def test_who_has_another_number_by_now_answers_nothing(cast, account, voice, client, point, at):
    message = asked(cast, at)
    ContactPoint.objects.filter(pk=point.pk).update(address="+8613893519999")
    press(client, account, voice, message, ("agree", "5"), ("question", "1"))
    assert not Reply.objects.exists()


def test_a_stranger_at_the_old_number_says_nothing_about_the_new_one(
    cast, account, voice, client, point, at
):
    message = asked(cast, at)
    ContactPoint.objects.filter(pk=point.pk).update(address="+8613893519999")
    press(client, account, voice, message, ("agree", "9"))
    point.refresh_from_db()
    assert point.disputed_at is None


def test_who_is_blocked_between_booking_and_ringing_is_not_rung(cast, account, voice, point, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    block(cast, at)
    dispatch.drain()
    message = OutboxMessage.objects.get(adult=cast.adults["mother"])
    assert (message.state, message.cause) == (State.SUPPRESSED, "blocked")
    assert not voice.calls


def test_who_is_blocked_while_it_rings_answers_nothing(cast, account, voice, client, point, at):
    message = asked(cast, at)
    block(cast, at)
    press(client, account, voice, message, ("agree", "5"), ("question", "1"))
    assert not Reply.objects.exists()
    assert not Contact.objects.exists()


def test_without_a_channel_that_calls_it_is_written(cast, sms, gateway, point, at):
    message = asked(cast, at)
    assert (message.state, message.channel) == (State.ACCEPTED, "sms")


def test_what_is_no_question_is_written_to_the_same_number(cast, account, sms, point, at):
    queue_message(
        kind="notice",
        school=cast.school,
        dedupe_key="notice:x",
        due_at=at,
        expires_at=at + timedelta(hours=1),
        adult=cast.adults["mother"],
        payload={"words": "x", "path": "/f/"},
    )
    dispatch.drain()
    assert OutboxMessage.objects.get().channel == "sms"


def test_above_the_limit_nobody_is_rung(cast, make_account, voice, point, at):
    make_account("voice", voice, fen=120, limit_yuan=1)
    message = asked(cast, at)
    assert (message.state, message.cause) == (State.FAILED, "cost_limit")
    assert not voice.calls
    assert not VoiceCall.objects.exists()
    # The school's own trouble is no step of the family's ladder.
    check_in = CheckIn.objects.get(pk=message.about_id)
    assert check_in.next_step_at > at + timedelta(hours=1)


def test_staff_set_it_where_ways_are_edited(cast, client, point):
    client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    page = reverse("guardians:family_way", args=[child.pk, mother.pk, point.pk])
    assert 'name="by_call"' in client.get(page).content.decode()
    given = {"kind": "phone", "address": point.address, "by_call": "on", "agreed_key": "6"}
    client.post(page, given)
    point.refresh_from_db()
    assert (point.by_call, point.agreed_key) == (True, "6")
    client.post(page, {"kind": "phone", "address": point.address, "agreed_key": "6"})
    point.refresh_from_db()
    assert (point.by_call, point.agreed_key) == (False, "")
    answer = client.post(page, {"kind": "email", "address": "a@example.org", "by_call": "on"})
    assert answer.status_code in (200, 422)
    assert "只有电话号码才能打" in answer.content.decode()
    for wrong in ("1", "9", "77"):
        answer = client.post(page, given | {"agreed_key": wrong})
        assert "agreed_key" in answer.content.decode()
    point.refresh_from_db()
    assert point.by_call is False


MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)
)


@given(
    at=MOMENTS,
    planned_at=st.one_of(st.none(), MOMENTS),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/New_York"]),
    shift=st.sampled_from(["", *Adult.Shift.values]),
    blocked=st.booleans(),
    barred=st.booleans(),
    opted_out=st.booleans(),
)
def test_never_outside_an_adult_s_hours_and_never_to_who_is_barred(
    at, planned_at, zone, shift, blocked, barred, opted_out
):
    hours = Hours(zone, shift=shift)
    question = rules.SendFacts(
        kind="check_in",
        expires_at=at + timedelta(hours=26),
        hours=hours,
        planned_at=planned_at,
        is_blocked=blocked,
        has_opted_out=opted_out,
    )
    alert = rules.SendFacts(
        kind="concern",
        expires_at=at + timedelta(hours=24),
        hours=hours,
        is_to_family=False,
        is_barred=barred,
    )
    if rules.recheck(question, at).verdict == rules.Verdict.SEND:
        assert not is_quiet(hours, at)
        assert not blocked
        assert not opted_out
    assert (rules.recheck(alert, at).verdict == rules.Verdict.SEND) == (not barred)


@given(
    quiet=st.one_of(st.none(), st.tuples(st.times(), st.times())),
    shift=st.sampled_from(["", *Adult.Shift.values]),
    is_blocked=st.booleans(),
    written=st.integers(0, rules.ROUTINE_A_DAY + 1),
    spent=st.integers(0, 300),
)
@settings(max_examples=60)
def test_nobody_is_rung_outside_their_hours_barred_above_caps_or_costs(
    cast, make_account, voice, point, at, quiet, shift, is_blocked, written, spent
):
    """Whatever has changed since the question was queued. It costs 1 yuan, of 2 for the month."""
    voice.calls.clear()
    mother = cast.adults["mother"]
    with transaction.atomic():
        account = make_account("voice", voice, fen=100, limit_yuan=2)
        actions.ensure_plans(at=at)
        actions.ask_due_check_ins(at=at)
        OutboxMessage.objects.exclude(adult=mother).delete()
        adult = Adult.objects.get(pk=mother.pk)
        adult.quiet_from, adult.quiet_until = quiet or (None, None)
        adult.shift = shift
        adult.save()
        if is_blocked:
            block(cast, at)
        for number in range(written):
            OutboxMessage.objects.create(
                school=cast.school,
                dedupe_key=f"written:{number}",
                kind="notice",
                adult=mother,
                state=State.ACCEPTED,
                due_at=at,
                sending_at=at - timedelta(hours=1),
                expires_at=at + timedelta(hours=1),
            )
        VoiceCall.objects.create(
            school=cast.school,
            account=account,
            channel="voice",
            idempotency_key=uuid4(),
            kind="check_in",
            address="+8613800000000",
            fen=spent,
            placed_at=clock.now(),  # of this month, whatever the day
        )
        dispatch.drain()
        may = not is_quiet(adult.hours, at) and not is_blocked and written < rules.ROUTINE_A_DAY
        assert len(voice.calls) == (may and spent + 100 <= 200)
        transaction.set_rollback(True)
