"""8 to 11 against the gateway itself, under real workers: every account's own log is the judge."""

import random
import time

import pytest

from delivery.models import ChannelAccount, OutboxMessage, ProviderHealth
from tests.delivery.rests import end_rests
from tests.faults.conftest import check, drain_all, is_drained, make_account, states, wait_for
from tests.sinks import Answer, HttpSink


@pytest.fixture
def lossy(gateway):
    """Of a hundred replies five never come, though the message was taken."""
    dice = random.Random(4)
    gateway.answers = [Answer(hangs_up=dice.random() < 0.05) for _ in range(400)]
    assert 5 < sum(one.hangs_up for one in gateway.answers) < 40


@pytest.mark.parametrize("looks_up", [True, False], ids=["look-up", "no look-up"])
def test_one_reply_of_twenty_is_lost(ask, gateway, room, lossy, looks_up):
    if not looks_up:
        ChannelAccount.objects.update(config=gateway.config(look_up_url="", timeout_seconds=0.8))
    ask(300)
    room.go()
    room.go()
    wait_for(is_drained, 60)
    found = check(gateway, 300)
    assert found["accepted"] + found["unknown"] == 300
    assert (found["unknown"] > 0) is not looks_up


def test_no_call_before_the_named_moment(ask, gateway, room):
    ask(40)
    gateway.answers = [Answer(429, "", takes=False, headers={"Retry-After": "4"})]
    room.go()
    room.go()
    wait_for(lambda: gateway.requests >= 1, 20)
    began = time.monotonic()
    time.sleep(0.5)  # what was on its way when the provider answered
    before = gateway.requests
    time.sleep(2.5)
    assert gateway.requests == before
    wait_for(is_drained, 60)
    assert time.monotonic() - began >= 4
    assert check(gateway, 40) == {"accepted": 40}


def test_a_provider_that_fails_rests_and_the_second_takes_over(school, ask, gateway, room):
    gateway.default = Answer(503, "x", takes=False)
    with HttpSink() as second:
        make_account(school, second)
        ask(60)
        room.go()
        room.go()
        wait_for(is_drained, 90)
        assert states() == {"accepted": 60}
        assert set(second.sent().values()) == {1}
        assert len(second.sent()) == 60
        assert gateway.requests < 60, "the breaker never opened"
    assert ProviderHealth.objects.get(account__priority=1, account=school.channels.first()).trips


@pytest.mark.parametrize(
    "answer",
    [Answer(200, "<html>gateway</html>", takes=False), Answer(500, "", takes=True)],
    ids=["garbage", "error after taking"],
)
def test_nonsense_for_a_while_then_well_again(ask, gateway, answer):
    ask(20)
    gateway.answers = [answer] * 12
    for _ in range(4):
        drain_once()
    drain_all()
    assert check(gateway, 20) == {"accepted": 20}


def drain_once() -> None:
    from delivery import dispatch

    dispatch.drain()
    end_rests()
    OutboxMessage.objects.filter(state="retry").update(due_at="2026-01-01T00:00Z")


def test_a_gateway_slower_than_the_lease(ask, gateway, room):
    """Each request outlasts its time-out; leases end meanwhile, and both workers rescue."""
    ask(24)
    gateway.default = Answer(delay=3.5)
    room.go()
    room.go()
    wait_for(lambda: gateway.requests >= 8, 40)  # not many more: then the breaker lets it rest
    time.sleep(3)
    gateway.default = Answer()
    end_rests()
    wait_for(is_drained, 120)
    assert check(gateway, 24) == {"accepted": 24}
