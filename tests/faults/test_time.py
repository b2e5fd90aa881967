"""6, 7: beat away for two hours, a clock that jumps, clocks that change in a parent's zone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from core import clock
from delivery import dispatch
from delivery.dispatch.claims import claim
from delivery.models import OutboxMessage
from guardians.hours import Hours, is_quiet, local_day
from guardians.models import Adult
from messaging import actions
from messaging.models import CheckIn, CheckInPlan
from tests.delivery.test_faults import make_families
from tests.faults.conftest import check, drain_all, states


@pytest.fixture
def shift():
    """Moves the database's clock, for every process at once."""

    def act(offset: timedelta) -> None:
        name = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            seconds = f"{offset.total_seconds()} seconds"
            cursor.execute(f'ALTER DATABASE "{name}" SET jiaqiao.clock_offset = %s', [seconds])
        connection.close()

    yield act
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET jiaqiao.clock_offset')
    connection.close()


def test_two_hours_without_beat_are_caught_up_once_and_what_is_too_late_is_shown(
    school, ask, gateway, shift
):
    ask(40)
    late = OutboxMessage.objects.order_by("pk")[:15].values("pk")
    OutboxMessage.objects.filter(pk__in=late).update(expires_at=clock.now() + timedelta(minutes=90))
    shift(timedelta(hours=2))
    actions.ask_due_check_ins(at=clock.now())
    dispatch.expire_late(clock.now())
    drain_all()
    dispatch.drain()
    assert check(gateway, 40) == {"accepted": 25, "expired": 15}
    assert set(OutboxMessage.objects.filter(state="expired").values_list("cause", flat=True)) == {
        "too_late"
    }


@pytest.mark.parametrize("hours", [1, -1])
def test_the_clock_jumps_while_messages_are_claimed(school, ask, gateway, shift, hours):
    """An hour back makes a dead worker's lease an hour longer: late, but neither lost nor sent twice."""
    ask(30)
    claim(uuid4(), 12, 2.5)
    shift(timedelta(hours=hours))
    for _ in range(3):
        dispatch.rescue()
        dispatch.drain()
    shift(timedelta(hours=1, minutes=1))
    drain_all()
    assert check(gateway, 30) == {"accepted": 30}


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("America/New_York", datetime(2026, 11, 1, 6, 0, tzinfo=UTC)),  # an hour comes twice
        ("America/New_York", datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),  # an hour is left out
        ("Europe/Lisbon", datetime(2026, 10, 25, 1, 0, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2027, 1, 10, 12, 0, tzinfo=UTC)),  # a day ahead of nearly all
        ("Asia/Shanghai", datetime(2027, 1, 10, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_question_a_day_where_clocks_change_is_one_for_each_local_date(
    school, gateway, zone, change
):
    """Every 20 minutes from two days before to two days after, each run twice."""
    make_families(school, 4)
    Adult.objects.update(time_zone=zone, quiet_from=None, quiet_until=None)
    at = change - timedelta(days=2)
    actions.ensure_plans(at=at)
    hours = Hours(zone)
    CheckInPlan.objects.update(every_days=1, next_due_on=local_day(hours, at))
    while at < change + timedelta(days=2):
        actions.ask_due_check_ins(at=at)
        actions.ask_due_check_ins(at=at)
        # A question that still climbs holds up the next one: here each ends at once.
        CheckIn.objects.update(state=CheckIn.State.CLOSED, next_step_at=None)
        at += timedelta(minutes=20)
    asked = Counter(CheckIn.objects.values_list("adult_id", "due_on"))
    first = local_day(hours, change - timedelta(days=2))
    last = local_day(hours, change + timedelta(days=2, minutes=-20))
    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    assert set(asked.values()) == {1}
    assert {day for _, day in asked} == days
    assert OutboxMessage.objects.count() == len(asked)
    for row in OutboxMessage.objects.all():
        assert not is_quiet(hours, row.due_at)
    assert states() == {"due": len(asked)}
