"""A school that has not begun, has no channel or is stopped: its trouble is no step of a family's ladder."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from core import clock
from delivery import dispatch, rules
from delivery.dispatch.claims import claim
from delivery.models import ChannelAccount, OutboxMessage, SendingSwitch
from messaging import actions, tasks
from messaging.models import CheckIn, FollowUp, LadderStep
from schools.models import School
from tests.factories.sending import question_of
from tests.sinks import Answer

State = OutboxMessage.State


@pytest.fixture
def at(db):
    return timezone.localtime(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def asked(cast, sms, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return CheckIn.objects.get(adult=cast.adults["mother"])


def without_channel(school):
    ChannelAccount.objects.filter(school=school).update(is_enabled=False)


def with_channel(school):
    ChannelAccount.objects.filter(school=school).update(is_enabled=True)


def never_began(school):
    School.objects.filter(pk=school.pk).update(sending_started_at=None)


def stopped(school):
    School.objects.filter(pk=school.pk).update(sending_stopped_at=clock.now())


def stopped_everywhere(school):
    SendingSwitch.objects.create(stopped_at=clock.now())


CANNOT_SEND = [without_channel, never_began, stopped, stopped_everywhere]


def messages_of(check_in):
    return OutboxMessage.objects.filter(kind="check_in", about_id=check_in.pk).order_by("pk")


@pytest.mark.parametrize("trouble", CANNOT_SEND)
def test_a_school_that_cannot_send_asks_nobody_and_leaves_no_task(cast, sms, trouble):
    trouble(cast.school)
    tasks.ask_due_check_ins()
    assert not CheckIn.objects.filter(school=cast.school).exists()
    assert not FollowUp.objects.filter(school=cast.school).exists()


def test_when_the_channel_comes_each_family_gets_one_question(cast, sms, gateway):
    without_channel(cast.school)
    for _ in range(3):
        tasks.ask_due_check_ins()
    with_channel(cast.school)
    for _ in range(2):
        tasks.ask_due_check_ins()
        dispatch.drain()
    mine = OutboxMessage.objects.filter(school=cast.school, kind="check_in")
    assert mine.count() == mine.values("adult").distinct().count() == 2
    assert not LadderStep.objects.exists()


@pytest.mark.parametrize("trouble", CANNOT_SEND)
def test_an_open_ladder_waits_while_the_school_cannot_send(cast, sms, asked, at, trouble):
    CheckIn.objects.update(next_step_at=clock.now() - timedelta(days=1))
    trouble(cast.school)
    tasks.ask_due_check_ins()
    assert not LadderStep.objects.filter(school=cast.school).exists()
    assert messages_of(asked).count() == 1


def test_a_channel_switched_off_in_between_makes_the_question_wait(cast, sms, asked, gateway):
    without_channel(cast.school)
    OutboxMessage.objects.filter(about_id=asked.pk).update(due_at=clock.now())
    dispatch.drain()
    row = messages_of(asked).get()
    assert (row.state, row.cause, row.attempt_count) == (State.DUE, "no_channel", 0)
    asked.refresh_from_db()
    assert asked.next_step_at > clock.now()
    with_channel(cast.school)
    OutboxMessage.objects.filter(about_id=asked.pk).update(due_at=clock.now())
    dispatch.drain()
    assert messages_of(asked).get().state != State.FAILED
    assert len(gateway.taken) <= 1


@pytest.mark.parametrize("cause", ["no_channel", "stopped", "not_started", "key_refused"])
def test_what_did_not_leave_is_asked_again_and_is_no_step(cast, sms, asked, at, cause):
    state = State.FAILED if cause == "key_refused" else State.EXPIRED
    messages_of(asked).update(state=state, cause=cause)
    later = at + timedelta(days=2, hours=7)
    CheckIn.objects.filter(pk=asked.pk).update(next_step_at=later)
    for _ in range(2):
        actions.climb_ladders(at=later)
    assert not LadderStep.objects.filter(check_in=asked).exists()
    first, again = messages_of(asked)
    assert (again.step, again.state) == (0, State.DUE)
    assert again.dedupe_key.startswith(first.dedupe_key)
    asked.refresh_from_db()
    assert (asked.rung, asked.state) == ("ask", CheckIn.State.WAITING)
    # It waits as long as after a first question; then it is asked again as ever.
    assert (asked.next_step_at - again.due_at).days >= 1
    again.state = State.DELIVERED
    again.save()
    actions.climb_ladders(at=asked.next_step_at)
    assert LadderStep.objects.get(check_in=asked).rung == "ask_again"


def test_a_question_that_is_about_to_go_is_not_asked_a_second_time(cast, sms, asked, at):
    row = messages_of(asked).get()
    CheckIn.objects.filter(pk=asked.pk).update(next_step_at=row.due_at)
    actions.climb_ladders(at=row.due_at + timedelta(hours=1))
    assert messages_of(asked).count() == 1
    assert not LadderStep.objects.filter(check_in=asked).exists()


def test_a_question_to_another_adult_that_did_not_leave_is_asked_again(cast, sms, asked, at):
    for day in range(1, 7):
        actions.climb_ladders(at=at + timedelta(days=day, hours=7))
        other = asked.others.first()
        if other:
            break
    messages_of(other).update(state=State.EXPIRED, cause="no_channel")
    messages_of(asked).update(state=State.DELIVERED)
    asked.refresh_from_db()
    actions.climb_ladders(at=asked.next_step_at)
    assert [row.step for row in messages_of(other)] == [0, 0]
    assert not FollowUp.objects.filter(check_in=asked).exists()


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [(never_began, "not_started"), (stopped, "stopped"), (stopped_everywhere, "stopped")],
)
def test_what_waited_too_long_says_for_what(cast, sms, asked, trouble, cause):
    trouble(cast.school)
    end = clock.now() + timedelta(days=3)
    dispatch.expire_late(end)
    row = messages_of(asked).get()
    assert (row.state, row.cause) == (State.EXPIRED, cause)


def test_a_refused_key_fails_once_and_burns_no_ladder(cast, sms, asked, gateway):
    gateway.answers.extend([Answer(401)] * 5)
    OutboxMessage.objects.filter(about_id=asked.pk).update(due_at=clock.now())
    dispatch.drain()
    dispatch.drain()
    row = messages_of(asked).get()
    assert (row.state, row.cause) == (State.FAILED, "key_refused")
    assert row.cause in rules.SCHOOLS_TROUBLE
    assert question_of(row).next_step_at > clock.now()


@pytest.mark.parametrize(
    ("kind", "goes"), [("link", True), ("code", True), ("check_in", False), ("notice", False)]
)
def test_before_the_start_only_what_was_asked_for_goes(cast, sms, at, kind, goes):
    never_began(cast.school)
    now = clock.now()
    facts = rules.SendFacts(
        kind=kind, expires_at=now + timedelta(days=1), hours=cast.adults["mother"].hours,
        has_started=False,
    )  # fmt: skip
    assert (rules.recheck(facts, now).cause != "not_started") is goes
    OutboxMessage.objects.create(
        school=cast.school, dedupe_key="x", kind=kind, adult=cast.adults["mother"],
        due_at=now - timedelta(minutes=1), expires_at=now + timedelta(days=1),
        payload={"words": "x", "path": "/"},
    )  # fmt: skip
    assert bool(claim(uuid4(), 10, 60)[0]) is goes
