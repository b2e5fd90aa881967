"""A channel that calls, under processes that are killed: nobody is rung twice, nobody is forgotten."""

import random
import signal
import time

import pytest

from delivery.channels import secrets
from delivery.models import ChannelAccount, VoiceCall
from guardians.models import ContactPoint
from tests.faults import worker
from tests.faults.conftest import check, drain_all, is_drained, wait_for
from tests.providers.server import Say
from tests.providers.voice import HOOK, TOKEN, Voice

DEATHS = 5
COUNT = 40
FEN = 12


@pytest.fixture
def telephone(school):
    """The school calls, and every family's way is the telephone."""
    with Voice() as provider:
        account = ChannelAccount.objects.create(
            school=school, kind="voice", config=provider.config(timeout_seconds=0.8, fen=FEN)
        )
        secret = {"token": TOKEN, "hook": HOOK}
        account.secret = secrets.seal(value=secret, row=secrets.row_of(account))
        account.save()
        yield provider
        assert provider.refused == []


@pytest.fixture
def asked(ask, telephone):
    ask(COUNT)
    ContactPoint.objects.update(by_call=True)


@pytest.mark.parametrize("moment", worker.MOMENTS)
def test_deaths_at_one_moment(asked, telephone, gateway, room, moment):
    if moment == "mid_request":
        telephone.default = Say(delay=worker.GATEWAY_TAKES_SECONDS)
    assert {room.die(moment) for _ in range(DEATHS)} == {-signal.SIGKILL}
    telephone.default = Say()
    time.sleep(worker.LEASE_SECONDS + 0.2)
    drain_all()
    assert check(telephone, COUNT) == {"accepted": COUNT}
    assert_booked_once()
    assert gateway.sent() == {}, "written instead of rung"


def test_one_answer_of_ten_is_lost(asked, telephone, room):
    dice = random.Random(7)
    telephone.says = [
        Say(hangs_up=dice.random() < 0.1, takes=dice.random() < 0.7) for _ in range(COUNT)
    ]
    for say in telephone.says:  # what is not taken is lost with its answer, or refused as busy
        if not say.takes and not say.hangs_up:
            say.status, say.code = 503, "busy"
    room.go()
    room.go()
    wait_for(is_drained, 120)
    assert check(telephone, COUNT) == {"accepted": COUNT}
    assert_booked_once()


def assert_booked_once() -> None:
    assert VoiceCall.objects.count() == COUNT
    assert set(VoiceCall.objects.values_list("fen", flat=True)) == {FEN}
