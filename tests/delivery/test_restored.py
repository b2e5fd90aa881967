"""What a restore makes of each message that may have gone since the backup."""

from datetime import timedelta

import pytest
from django.db import connection

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.dispatch import restored
from delivery.models import Attempt, ChannelAccount, OutboxMessage, Restore, SendingSwitch
from messaging import actions, tasks
from messaging.models import CheckInPlan
from schools.models import School
from tests.sinks import Answer

pytestmark = pytest.mark.integration
State = OutboxMessage.State


@pytest.fixture
def load(at):
    """What the transaction of a load ends with; the backup is of nine hours ago."""

    def act() -> Restore:
        with connection.cursor() as cursor:
            cursor.execute(restored.freezing(taken_at=at - timedelta(hours=9), loaded_at=at))
        return Restore.objects.get()

    return act


@pytest.fixture
def question(cast, sms, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    row = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=at - timedelta(hours=1))
    return row


def alert(cast, at):
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="alert", user=cast.users["counsellor"],
        due_at=at - timedelta(hours=1), expires_at=at + timedelta(days=3), payload={"path": "/"},
    )  # fmt: skip
    return OutboxMessage.objects.get(dedupe_key="alert")


def state_of(row) -> str:
    row.refresh_from_db()
    return row.state


def test_until_it_is_settled_no_worker_takes_it(cast, question, gateway, at, load):
    later = OutboxMessage.objects.exclude(pk=question.pk).first()
    if later is None:
        later = alert(cast, at)
    OutboxMessage.objects.filter(pk=later.pk).update(due_at=at + timedelta(hours=2))
    load()
    for _ in range(2):
        dispatch.rescue()
        dispatch.drain()
    assert gateway.taken == []
    assert state_of(question) == State.CLAIMED
    assert state_of(later) == State.DUE  # it was to go after the restore
    assert SendingSwitch.objects.get().stopped_at == at


def test_what_its_provider_knows_was_sent(question, gateway, at, load, sms):
    gateway.handle("POST", "/sms", f"key={question.idempotency_key}&phone=1&text=".encode())
    restore = load()
    assert restored.settle_frozen(restore, at)[State.ACCEPTED] >= 1
    assert state_of(question) == State.ACCEPTED
    assert Attempt.objects.get(message=question).detail == "look-up after a restore"


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (9, 1), (24, 1), (25, 2), (80, 4)])
def test_a_provider_that_searches_by_day_is_asked_for_each_since_the_backup(at, hours, days):
    taken_at, last = at - timedelta(hours=hours), at - timedelta(minutes=10)
    looking_up = restored._LookingUp(Restore(taken_at=taken_at, loaded_at=at), at)
    each = [taken_at + timedelta(days=number) for number in range(days)]
    assert list(looking_up._days()) == [*each, last]


def test_what_its_provider_surely_does_not_know_goes_later(question, at, load):
    restored.settle_frozen(load(), at)
    assert (state_of(question), question.cause, question.lease_until) == (State.DUE, "", None)


def test_what_nobody_can_say_waits_for_a_person(question, gateway, sms, at, load):
    sms.config = gateway.config(look_up_url="")
    sms.save()
    restored.settle_frozen(load(), at)
    assert (state_of(question), question.cause) == (State.UNKNOWN, "restored")
    dispatch.rescue()
    dispatch.drain()
    assert gateway.taken == []


def test_a_second_account_that_may_have_sent_it_is_asked_too(cast, question, gateway, at, load):
    silent = gateway.config(look_up_url="http://127.0.0.1:9/look-up?key={key}")
    ChannelAccount.objects.create(school=cast.school, kind="sms", config=silent, priority=9)
    restored.settle_frozen(load(), at)
    assert state_of(question) == State.UNKNOWN


def test_an_alert_of_which_nobody_knows_goes(cast, sms, gateway, at, load):
    row = alert(cast, at)
    sms.config = gateway.config(look_up_url="")
    sms.save()
    gateway.default = Answer()
    restored.settle_frozen(load(), at)
    assert state_of(row) == State.DUE
    dispatch.drain()
    assert len(gateway.taken) == 1


def test_a_link_of_before_ends(question, at, load):
    OutboxMessage.objects.filter(pk=question.pk).update(kind="link", expires_at=at)
    OutboxMessage.objects.filter(pk=question.pk).update(about_id=None)
    restored.settle_frozen(load(), at)
    assert (state_of(question), question.cause) == (State.EXPIRED, "too_late")


@pytest.mark.parametrize("stopped", ["nobody", "the school", "all"])
def test_what_the_rooms_catch_up_with_waits_for_a_person(cast, sms, gateway, at, load, stopped):
    actions.ensure_plans(at=at)
    assert CheckInPlan.objects.exists()
    before = at - timedelta(days=40)
    if stopped == "the school":
        School.objects.filter(pk=cast.school.pk).update(sending_stopped_at=before)
    elif stopped == "all":
        SendingSwitch.objects.create(stopped_at=before, reason="演练")
    restore = load()
    with restored.catching_up(restore, at) as work:
        work.clock_at(at)
        tasks.ask_due_check_ins()
        count = work.set_aside(at)
    asked = OutboxMessage.objects.filter(kind="check_in")
    assert asked.count() == count > 0
    assert set(asked.values_list("state", "cause")) == {("unknown", "restored")}
    # A second round, or the workers, find nothing left.
    tasks.ask_due_check_ins()
    dispatch.drain()
    assert asked.count() == count
    assert gateway.taken == []
    stopped_at = School.objects.get(pk=cast.school.pk).sending_stopped_at
    assert stopped_at == (before if stopped == "the school" else restore.loaded_at)
    switch = SendingSwitch.objects.get()
    assert switch.stopped_at == (before if stopped == "all" else None)
    restore.refresh_from_db()
    assert restore.finished_at == at


def test_the_clock_says_what_is_caught_up_with_and_is_right_afterwards(load, at):
    restore, then = load(), at - timedelta(days=2)
    with restored.catching_up(restore, at) as work:
        work.clock_at(then)
        assert abs(clock.now() - then) < timedelta(minutes=1)
    assert abs(clock.now() - at) < timedelta(minutes=30)


def test_of_what_staff_are_told_again_only_alerts_go(cast, sms, gateway, at, load):
    """News for staff may have been sent as well; an alert is worse lost than sent twice."""
    gateway.default = Answer()
    restore = load()
    with restored.catching_up(restore, at) as work:
        alert(cast, at)
        for kind in ("notice", "thread", "account"):
            delivery_actions.queue_message(
                kind=kind, school=cast.school, dedupe_key=kind, user=cast.users["counsellor"],
                due_at=at - timedelta(hours=1), expires_at=at + timedelta(days=3),
                payload={"words": "A file has come.", "path": "/"},
            )  # fmt: skip
        assert work.set_aside(at) == 3
    told = OutboxMessage.objects.exclude(kind="concern")
    assert set(told.values_list("state", "cause")) == {("unknown", "restored")}
    dispatch.drain()
    assert len(gateway.taken) == 1
    assert state_of(OutboxMessage.objects.get(kind="concern")) == State.ACCEPTED


def test_what_was_planned_for_after_the_restore_stays_planned(cast, sms, at, load):
    actions.ensure_plans(at=at)
    restore = load()
    with restored.catching_up(restore, at) as work:
        work.clock_at(at)
        tasks.ask_due_check_ins()
        assert work.set_aside(at, but_due_after=at - timedelta(days=1)) == 0
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"due"}


def _break_off(restore: Restore, at) -> None:
    with restored.catching_up(restore, at) as work:
        work.clock_at(at)
        tasks.ask_due_check_ins()
        raise ZeroDivisionError


def test_what_breaks_while_catching_up_leaves_all_of_it_stopped(cast, sms, at, load):
    actions.ensure_plans(at=at)
    restore = load()
    with pytest.raises(ZeroDivisionError):
        _break_off(restore, at)
    assert not OutboxMessage.objects.exists()
    assert SendingSwitch.objects.get().stopped_at == at
    assert restored.unfinished().get() == restore
