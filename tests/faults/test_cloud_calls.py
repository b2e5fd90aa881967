"""Providers in the cloud that ring, under processes that are killed: nobody is rung twice or forgotten.

They cannot be asked by our key, so what a killed process had begun is "not known": a person looks, and the
written alert goes on as ever.
"""

import random
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest

from core import clock
from delivery.channels import secrets
from delivery.models import ChannelAccount, OutboxMessage, VoiceCall
from safeguarding import actions as safeguarding
from safeguarding.rules import CLASS_TEACHER
from schools.roles import Role
from tests.factories.cast import make_class, make_post, make_student, make_user
from tests.faults import worker
from tests.faults.conftest import FINAL, drain_all, is_drained, states, wait_for
from tests.providers.alibaba_calls import AlibabaCalls
from tests.providers.server import Say
from tests.providers.tencent_calls import TencentCalls

DEATHS = 5
COUNT = 30
BUSY = {"alibaba_call": "Throttling.User", "tencent_call": "RequestLimitExceeded"}


@pytest.fixture(params=["alibaba_call", "tencent_call"])
def account(request, school):
    """The school calls over this provider; `account.provider` is its server."""
    server = AlibabaCalls if request.param == "alibaba_call" else TencentCalls
    with server() as provider:
        row = ChannelAccount.objects.create(
            school=school, kind=request.param, config=provider.config()
        )
        row.secret = secrets.seal(value=provider.secret, row=secrets.row_of(row))
        row.save()
        row.provider = provider
        yield row
        assert provider.refused == []


@pytest.fixture
def asked(school, account):
    """An alert rings so many people, each at a number of their own."""
    own = make_class(school, 3, 2)
    teacher = make_user("teacher", "张丽华")
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    at = clock.now()
    concern = safeguarding.want_to_talk(
        student=make_student(own, "徐梦瑶"),
        asked_for=CLASS_TEACHER,
        wanted_when="now",
        words="",
        at=at,
        key="cloud",
    )
    OutboxMessage.objects.all().delete()
    for number in range(COUNT):
        user = make_user(f"counsellor{number}", "陈敏", phone=f"+86138935{number:05d}")
        make_post(user, Role.COUNSELLOR, school=school)
        OutboxMessage.objects.create(
            school=school,
            dedupe_key=f"ring:{number}",
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            about_id=concern.pk,
            payload={"ring": True},
            due_at=at,
            expires_at=at + timedelta(hours=2),
        )


def check(account) -> Counter:
    """Lost 0, twice 0, by the provider's own log."""
    tickets = account.provider.sent()
    assert set(tickets.values()) <= {1}, "rung twice"
    assert set(Counter(one.phone for one in account.provider.taken).values()) <= {1}, "rung twice"
    found = states()
    assert sum(found.values()) == COUNT
    assert set(found) <= FINAL
    rows = dict(OutboxMessage.objects.values_list("idempotency_key", "state"))
    said = {key for key, state in rows.items() if state in ("accepted", "delivered")}
    unknown = {key for key, state in rows.items() if state == "unknown"}
    phones = {one.phone.removeprefix("+86") for one in account.provider.taken}
    calls = VoiceCall.objects.values_list("idempotency_key", "address")
    rung = {key for key, address in calls if address.removeprefix("+86") in phones}
    assert said <= rung, "lost: said to be placed, and was not"
    assert rung <= said | unknown, "placed, and said not to be"
    assert VoiceCall.objects.count() == len(said | (unknown & {key for key, _ in calls}))
    return found


@pytest.mark.parametrize("moment", worker.MOMENTS)
def test_deaths_at_one_moment(asked, account, gateway, room, moment):
    if moment == "mid_request":
        account.provider.default = Say(delay=worker.GATEWAY_TAKES_SECONDS)
    assert {room.die(moment) for _ in range(DEATHS)} == {-signal.SIGKILL}
    account.provider.default = Say()
    time.sleep(worker.LEASE_SECONDS + 0.2)
    drain_all()
    found = check(account)
    assert found["accepted"] + found["unknown"] == COUNT
    assert found["unknown"] <= DEATHS * worker.BATCH
    assert gateway.sent() == {}, "written instead of rung"


def test_one_answer_of_ten_is_lost(asked, account, room):
    dice = random.Random(7)
    says = [Say(hangs_up=dice.random() < 0.1, takes=dice.random() < 0.7) for _ in range(COUNT)]
    for say in says:  # what is not taken is lost with its answer, or refused as busy
        if not say.takes and not say.hangs_up:
            say.code = BUSY[account.kind]
    account.provider.says = says
    room.go()
    room.go()
    wait_for(is_drained, 120)
    found = check(account)
    assert found["accepted"] + found["unknown"] == COUNT
    assert 0 < found["unknown"] < COUNT / 2
