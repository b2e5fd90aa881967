"""When staff are left in peace: the rule, whose hours count, and what dispatch makes of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import actions as messaging
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage
from delivery.rules import Verdict, recheck
from schools.actions import keep_quiet_hours, use_default_quiet_hours
from schools.hours import QuietHours, back_at, is_quiet, within
from schools.queries import quiet_hours_of, wants_pings

NIGHT = QuietHours(time(21), time(7))
CHINA = 8  # hours east


def china(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=CHINA)


@pytest.mark.parametrize(
    ("at", "back"),
    [
        (china(20, 59), china(20, 59)),
        (china(21), china(7, day=25)),
        (china(23, 30), china(7, day=25)),
        (china(3), china(7)),
        (china(6, 59), china(7)),
        (china(7), china(7)),
    ],
)
def test_when_a_teacher_looks_again(at, back):
    assert back_at(NIGHT, at) == back


@given(
    st.times(), st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu"]),
)  # fmt: skip
def test_nobody_looks_again_within_quiet_hours(starts, ends, naive, zone):
    quiet, at = QuietHours(starts, ends, zone), naive.replace(tzinfo=UTC)
    back = back_at(quiet, at)
    assert back >= at - timedelta(hours=1)  # an hour that comes twice
    assert starts == ends or not is_quiet(quiet, back) or back - at < timedelta(hours=2)


def keep(cast, user, starts: int, ends: int) -> None:
    keep_quiet_hours(
        school=cast.school,
        user=user,
        quiet_from=time(starts),
        quiet_until=time(ends),
        wants_pings=user is None,
        by=cast.users["admin"],
    )


def told(cast, at: datetime):
    """What dispatch does with a message for the teacher that is due at `at`."""
    teacher = cast.users["teacher"]
    messaging.queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=cast.school,
        user=teacher,
        dedupe_key=f"test:{at}",
        due_at=at,
        expires_at=at + timedelta(days=2),
        payload={"words": "Somebody asks you to look.", "path": "/"},
    )
    [row] = read_facts([OutboxMessage.objects.get(dedupe_key=f"test:{at}").pk], at)
    return recheck(replace(row.facts, has_way=True), at)


def test_own_hours_come_before_the_schools_and_these_before_everybodys(cast):
    teacher, school = cast.users["teacher"], cast.school
    assert quiet_hours_of(teacher, school) == QuietHours()
    keep(cast, None, 20, 6)
    assert quiet_hours_of(teacher, school) == QuietHours(time(20), time(6))
    keep(cast, teacher, 22, 8)
    keep(cast, cast.users["counsellor"], 1, 2)
    assert quiet_hours_of(teacher, school) == QuietHours(time(22), time(8))
    assert not wants_pings(teacher, school)
    assert quiet_hours_of(None, school) == QuietHours(time(20), time(6))
    use_default_quiet_hours(school=school, user=teacher)
    assert quiet_hours_of(teacher, school) == QuietHours(time(20), time(6))


def test_dispatch_asks_the_same_hours_at_the_time_of_sending(cast):
    teacher = cast.users["teacher"]
    decision = told(cast, china(21, 10))
    assert (decision.verdict, decision.due_at) == (Verdict.WAIT, china(7, day=25))
    keep(cast, None, 20, 6)
    decision = told(cast, china(20, 30))
    assert (decision.verdict, decision.due_at) == (Verdict.WAIT, china(6, day=25))
    keep(cast, teacher, 12, 14)
    assert told(cast, china(20, 40)).verdict == Verdict.SEND
    decision = told(cast, china(12, 40))
    assert (decision.verdict, decision.due_at) == (Verdict.WAIT, china(14))


def test_dispatch_asks_them_by_the_clock_of_the_school(cast):
    cast.school.time_zone = "Asia/Urumqi"
    cast.school.save(update_fields=["time_zone"])
    assert told(cast, china(21, 30)).verdict == Verdict.SEND  # 19:30 there
    decision = told(cast, china(23, 30))
    assert (decision.verdict, decision.due_at) == (Verdict.WAIT, china(9, day=25))


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        (9, 17, (9, 12, 16), (8, 17, 23)),
        (21, 7, (21, 23, 0, 6), (7, 12, 20)),
        (9, 9, (), (0, 8, 9, 10, 23)),
    ],
)
def test_a_span_holds_its_first_minute_and_not_its_last(start, end, inside, outside):
    for hour in (*inside, *outside):
        assert within(time(hour), time(start), time(end)) is (hour in inside)
