"""A child's "now" that nobody takes: told through a gateway and by mail while Redis goes and comes back."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from core import clock
from delivery.models import ChannelAccount, OutboxMessage
from safeguarding import actions
from safeguarding.models import Concern, ConcernEntry
from safeguarding.rules import CLASS_TEACHER, ROUND_THE_CLOCK_MINUTES
from schools.roles import Role
from tests.clocks import move_clock, reset_clock
from tests.factories.cast import make_class, make_post, make_student, make_user
from tests.faults.conftest import FINAL, states
from tests.faults.processes import running, wait_for
from tests.sinks import SmtpSink

TEACHER, COUNSELLOR = "+8613893510001", "+8613893510002"
PRINCIPAL = "principal@school.example"
TICKS = 12  # seconds: intake is asked for every few, and sending every five


@pytest.fixture
def minutes_later():
    """minutes_later(16): so far from now, for every process."""
    yield lambda minutes: move_clock(timedelta(minutes=minutes))
    reset_clock()


@pytest.fixture
def child(school):
    own = make_class(school, 3, 2)
    teacher = make_user("teacher", "张丽华", phone=TEACHER)
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    make_post(make_user("counsellor", "陈敏", phone=COUNSELLOR), Role.COUNSELLOR, school=school)
    make_post(make_user("principal", "马建国", email=PRINCIPAL), Role.PRINCIPAL, school=school)
    return make_student(own, "徐梦瑶")


def test_climbs_to_a_named_adult_through_real_channels_over_a_restart_of_redis(
    school, child, gateway, own_redis, minutes_later, tmp_path
):
    step = ROUND_THE_CLOCK_MINUTES + 1

    def told() -> Counter:
        """Who was told, by what the gateway and the mail server took."""
        mails = [address for mail in post.mails for address in mail.rcpt_tos]
        return Counter([one.phone for one in gateway.taken] + mails)

    with SmtpSink() as post:
        ChannelAccount.objects.create(school=school, kind="email", config=post.config())
        with running(own_redis, tmp_path / "log"):
            concern = actions.want_to_talk(
                student=child, asked_for=CLASS_TEACHER, wanted_when="now", words="",
                at=clock.now(), key="escalation",
            )  # fmt: skip
            wait_for(lambda: told()[TEACHER], 60)
            own_redis.kill()
            minutes_later(step)
            time.sleep(TICKS)
            assert told() == {TEACHER: 1}  # nobody wakes a worker
            own_redis.start()
            wait_for(lambda: told()[COUNSELLOR], 90)
            minutes_later(2 * step)
            wait_for(lambda: told()[PRINCIPAL], 60)
            concern = actions.acknowledge(
                concern=concern, by=Concern.objects.get().named_adult, at=clock.now()
            )
            minutes_later(4 * step)
            time.sleep(TICKS)  # who was taken hold of climbs no further
    assert told() == {TEACHER: 1, COUNSELLOR: 1, PRINCIPAL: 1}
    assert concern.acknowledged_by.username == "principal"
    kinds = Counter(ConcernEntry.objects.values_list("kind", flat=True))
    assert kinds == {"opened": 1, "told": 3, "climbed": 2, "acknowledged": 1}
    assert set(states()) <= FINAL
    assert OutboxMessage.objects.filter(kind="concern", state="accepted").count() == 3
