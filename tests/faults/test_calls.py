"""A channel that calls, under processes that are killed: nobody is rung twice, nobody is forgotten."""

import random
import signal
import time
from uuid import uuid4

import pytest

from calls.joining import actions as joining
from calls.models import CallSlot
from core import clock
from delivery.channels import secrets
from delivery.models import ChannelAccount, OutboxMessage, VoiceCall
from guardians.models import Adult, ContactPoint, Guardianship
from tests.factories.calls import make_phone, make_slot
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


class TestJoiningTwo:
    """The same of calls with two legs, one for each parent and their child, all at one minute."""

    @pytest.fixture
    def joined(self, school, ask, telephone):
        ask(COUNT)
        OutboxMessage.objects.all().delete()
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0).time()
        Adult.objects.update(quiet_from=midnight, quiet_until=midnight)
        at = clock.now()
        held = Guardianship.objects.select_related("student", "adult").order_by("pk")
        for number, tie in enumerate(held[:COUNT]):
            phone = make_phone(school, f"电话{number}", rings_at=f"+8693551{number:05d}")
            make_slot(phone, tie.student, tie.adult, at, join_key="6", key=uuid4())
        assert joining.ring(at=at) == COUNT
        assert OutboxMessage.objects.count() == COUNT

    @pytest.mark.parametrize("moment", worker.MOMENTS)
    def test_deaths_at_one_moment(self, joined, telephone, gateway, room, moment):
        if moment == "mid_request":
            telephone.default = Say(delay=worker.GATEWAY_TAKES_SECONDS)
        assert {room.die(moment) for _ in range(DEATHS)} == {-signal.SIGKILL}
        telephone.default = Say()
        time.sleep(worker.LEASE_SECONDS + 0.2)
        drain_all()
        self.check_all(telephone)
        assert gateway.sent() == {}, "written instead of rung"

    def test_one_answer_of_ten_is_lost(self, joined, telephone, room):
        dice = random.Random(11)
        telephone.says = [
            Say(hangs_up=dice.random() < 0.1, takes=dice.random() < 0.7) for _ in range(COUNT)
        ]
        for say in telephone.says:
            if not say.takes and not say.hangs_up:
                say.status, say.code = 503, "busy"
        room.go()
        room.go()
        wait_for(is_drained, 120)
        self.check_all(telephone)

    def check_all(self, telephone) -> None:
        assert check(telephone, COUNT) == {"accepted": COUNT}
        assert all(len(one["legs"]) == 2 for one in telephone.calls.values())
        # Two legs for what is left of twenty minutes: the deaths take minutes on a busy machine.
        assert_booked_once({2 * minutes * FEN for minutes in range(15, 21)})
        assert CallSlot.objects.filter(state=CallSlot.State.BOOKED).count() == COUNT


def assert_booked_once(prices=frozenset({FEN})) -> None:
    assert VoiceCall.objects.count() == COUNT
    assert set(VoiceCall.objects.values_list("fen", flat=True)) <= prices
