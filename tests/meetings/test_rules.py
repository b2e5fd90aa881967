"""Until when a link opens, when the door is open, and which slots are left: to the minute."""

from datetime import UTC, datetime, timedelta

import pytest

from meetings import rules

STARTS = datetime(2026, 11, 25, 6, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
SECOND = timedelta(seconds=1)


def test_its_link_opens_for_thirty_days():
    last = ENDS + timedelta(days=30)
    assert rules.link_opens(ENDS, STARTS)
    assert rules.link_opens(ENDS, last - SECOND)
    assert not rules.link_opens(ENDS, last)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (STARTS - timedelta(minutes=30) - SECOND, False),
        (STARTS - timedelta(minutes=30), True),
        (STARTS, True),
        (ENDS + timedelta(minutes=30) - SECOND, True),
        (ENDS + timedelta(minutes=30), False),
    ],
)
def test_the_door_opens_half_an_hour_before_and_closes_half_an_hour_after(at, is_open):
    assert rules.door_is_open(STARTS, ENDS, at) is is_open


def test_slots_are_whole_free_and_ahead():
    third, quarter = timedelta(minutes=40), timedelta(minutes=15)
    assert rules.slots(STARTS, ENDS, 40) == [STARTS, STARTS + third, STARTS + 2 * third]
    assert rules.slots(STARTS, ENDS - SECOND, 40) == [STARTS, STARTS + third]
    assert rules.slots(STARTS, STARTS + quarter, 40) == []
    free = rules.free_slots(STARTS, ENDS, 40, [STARTS + third], STARTS - SECOND)
    assert free == [STARTS, STARTS + 2 * third]
    # One that begins this very moment is no longer offered.
    ahead = [STARTS + third, STARTS + 2 * third]
    assert rules.free_slots(STARTS, ENDS, 40, [], STARTS) == ahead
