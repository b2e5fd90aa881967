"""1, 2: processes killed at each moment of a message's way, ten times each; and one asked to stop."""

import os
import signal
import time

import pytest

from delivery.models import ChannelAccount, OutboxMessage
from tests.faults import worker
from tests.faults.conftest import check, drain_all, states, wait_for
from tests.sinks import Answer

DEATHS = 10
COUNT = 72


@pytest.mark.parametrize("moment", worker.MOMENTS)
@pytest.mark.parametrize("looks_up", [True, False], ids=["look-up", "no look-up"])
def test_ten_deaths_at_one_moment(ask, gateway, room, moment, looks_up):
    if not looks_up:
        ChannelAccount.objects.update(config=gateway.config(look_up_url="", timeout_seconds=0.8))
    ask(COUNT)
    if moment == "mid_request":
        gateway.default = Answer(delay=worker.GATEWAY_TAKES_SECONDS)
    assert {room.die(moment) for _ in range(DEATHS)} == {-signal.SIGKILL}
    gateway.default = Answer()
    time.sleep(worker.LEASE_SECONDS + 0.2)
    drain_all()
    found = check(gateway, COUNT)
    was_begun = moment not in ("before_claim_commit", "after_claim")
    if looks_up or not was_begun:
        assert found == {"accepted": COUNT}
    else:
        assert found["accepted"] + found["unknown"] == COUNT
        assert 0 < found["unknown"] <= DEATHS * worker.BATCH


def test_workers_killed_again_and_again_while_others_send(ask, gateway, room):
    ask(240)
    gateway.default = Answer(delay=0.03)
    for _ in range(6):
        pid, before = room.go(), gateway.requests
        room.go()
        wait_for(lambda before=before: gateway.requests >= min(before + 15, 240), 20)
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: set(states()) == {"accepted"}, 30)
    assert check(gateway, 240) == {"accepted": 240}


def test_asked_to_stop_in_mid_batch_gives_back_what_was_not_sent_at_once(ask, gateway, room):
    ask(80)
    gateway.default = Answer(delay=0.2)
    pid = room.go()
    wait_for(lambda: gateway.requests >= 5, 20)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not OutboxMessage.objects.filter(state="claimed").exists(), 2)
    assert set(states()) == {"accepted", "due"}
    gateway.default = Answer()
    drain_all()
    assert check(gateway, 80) == {"accepted": 80}
