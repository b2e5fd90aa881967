"""An adult's day: when they may be called and written to, by shift, zone and their own word."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardians import hours as day
from guardians.hours import Hours
from schools.hours import within

DAY, NIGHT = Hours(), Hours(shift="night")


def local(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (DAY, "2026-11-25T08:00", "2026-11-25T08:00"),
        (DAY, "2026-11-25T07:59", "2026-11-25T08:00"),
        (DAY, "2026-11-25T21:29", "2026-11-25T21:29"),
        (DAY, "2026-11-25T21:30", "2026-11-26T08:00"),
        (DAY, "2026-11-25T00:10", "2026-11-25T08:00"),
        (NIGHT, "2026-11-25T09:00", "2026-11-25T17:00"),
        (NIGHT, "2026-11-25T17:00", "2026-11-25T17:00"),
        (NIGHT, "2026-11-25T20:00", "2026-11-26T17:00"),
        (Hours(shift="rotating"), "2026-11-25T12:00", "2026-11-25T17:00"),
        (
            Hours(quiet_from=time(12), quiet_until=time(14)),
            "2026-11-25T13:00",
            "2026-11-25T14:00",
        ),
        (Hours(quiet_from=time(0), quiet_until=time(0)), "2026-11-25T03:00", "2026-11-25T03:00"),
        (Hours("No/Where"), "2026-11-25T03:00", "2026-11-25T08:00"),
    ],
)
def test_next_allowed(hours, moment, expected):
    assert day.next_allowed(hours, local(moment)) == local(expected)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (DAY, "2026-11-25T10:00", "2026-11-25T18:30"),
        (DAY, "2026-11-25T19:45", "2026-11-25T19:45"),
        (DAY, "2026-11-25T21:00", "2026-11-26T18:30"),
        (NIGHT, "2026-11-25T10:00", "2026-11-25T17:00"),
        (Hours(quiet_from=time(17), quiet_until=time(22)), "2026-11-25T10:00", "2026-11-25T22:00"),
    ],
)
def test_next_evening(hours, moment, expected):
    assert day.next_evening(hours, local(moment)) == local(expected)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-11-25T10:00", True),  # first day of day shifts: asleep after the last night
        ("2026-11-26T10:00", False),
        ("2026-12-01T21:00", False),
        ("2026-12-02T10:00", True),  # first day of nights
        ("2026-12-02T18:00", False),
        ("2026-12-08T21:00", True),
        ("2026-12-09T10:00", True),  # asleep after the last night
        ("2026-12-10T10:00", False),
    ],
)
def test_shifts_in_turn(moment, quiet):
    hours = Hours(shift="rotating", shift_since=date(2026, 11, 25), turn_days=7)
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert day.is_quiet(hours, at) is quiet


def test_hours_are_those_of_the_adult_not_of_the_school():
    almaty = Hours("Asia/Almaty")
    eight_in_china = local("2026-11-25T08:30")
    assert day.next_allowed(almaty, eight_in_china) == local("2026-11-25T08:00", "Asia/Almaty")
    late = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    assert day.local_day(almaty, late) == date(2026, 11, 25)
    assert day.local_day(DAY, late) == date(2026, 11, 26)


def test_quiet_hours_that_end_in_a_clock_change():
    """In Berlin 2:30 does not exist on 29 March 2026, and comes twice on 25 October."""
    hours = Hours("Europe/Berlin", quiet_from=time(22), quiet_until=time(2, 30))
    gap = day.next_allowed(hours, datetime(2026, 3, 29, 0, 0, tzinfo=UTC))
    assert gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    fold = day.next_allowed(hours, datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    assert fold == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


zones = st.sampled_from(
    ["Asia/Shanghai", "Asia/Almaty", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]
)
times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=None))
hours_strategy = st.builds(
    Hours,
    time_zone=zones,
    shift=st.sampled_from(["", "day", "night", "rotating"]),
    quiet_from=st.none() | times,
    quiet_until=st.none() | times,
)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(hours=hours_strategy, at=instants)
def test_the_allowed_instant_is_never_past_nor_further_than_a_day_and_a_clock_change(hours, at):
    allowed = day.next_allowed(hours, at)
    assert at <= allowed <= at + timedelta(hours=25)
    assert allowed == at or not day.is_quiet(hours, allowed) or _in_gap(hours, allowed)


def _in_gap(hours: Hours, moment: datetime) -> bool:
    before = (moment - timedelta(hours=2)).astimezone(hours.zone).utcoffset()
    return before != (moment + timedelta(hours=2)).astimezone(hours.zone).utcoffset()


@given(hours=hours_strategy, at=instants)
def test_an_evening_is_ahead_and_within_two_days(hours, at):
    assert at <= day.next_evening(hours, at) <= at + timedelta(hours=50)


EVENING = "2026-11-24T18:30"
LATE_SHIFT = Hours(quiet_from=time(16), quiet_until=time(22))


@pytest.mark.parametrize(
    ("hours", "planned", "met", "goes"),
    [
        (DAY, EVENING, "2026-11-24T18:59", "2026-11-24T18:59"),
        (DAY, EVENING, "2026-11-24T20:30", "2026-11-24T20:30"),  # still their evening
        (DAY, "2026-11-24T20:50", "2026-11-24T21:10", "2026-11-24T21:10"),
        (DAY, "2026-11-24T20:30", "2026-11-24T21:10", "2026-11-25T18:30"),
        (DAY, EVENING, "2026-11-24T23:00", "2026-11-25T18:30"),
        (DAY, EVENING, "2026-11-25T12:00", "2026-11-25T18:30"),
        (NIGHT, "2026-11-24T19:45", "2026-11-25T12:00", "2026-11-25T17:00"),
        (Hours("Asia/Urumqi"), "2026-11-24T20:30", "2026-11-25T14:00", "2026-11-25T20:30"),
        # Quiet all evening: asked after it, today as well.
        (LATE_SHIFT, "2026-11-24T22:00", "2026-11-25T12:00", "2026-11-25T22:00"),
        (LATE_SHIFT, "2026-11-24T22:00", "2026-11-25T19:00", "2026-11-25T22:00"),
        (LATE_SHIFT, "2026-11-24T22:00", "2026-11-24T22:45", "2026-11-24T22:45"),
        # The first question ever was not planned for an evening.
        (DAY, "2026-11-24T09:00", "2026-11-24T12:00", "2026-11-24T12:00"),
        (DAY, "2026-11-24T09:00", "2026-11-24T23:00", "2026-11-25T08:00"),
    ],
)
def test_a_question_that_was_held_up_goes_in_a_good_hour_and_not_at_noon(hours, planned, met, goes):
    assert day.next_good_hour(hours, local(planned), local(met)) == local(goes)


TURNS = Hours(shift="rotating", shift_since=date(2026, 11, 25))
NAMED = Hours(shift="night", quiet_from=time(15), quiet_until=time(18))


@pytest.mark.parametrize(
    ("hours", "moment", "asleep", "at_work", "awake_from"),
    [
        (Hours(), "2026-11-26T21:59", False, False, None),
        (Hours(), "2026-11-26T22:00", True, False, time(6, 30)),
        (Hours(), "2026-11-26T10:00", False, False, None),
        (Hours(shift="day"), "2026-11-26T10:00", False, True, None),
        (Hours(shift="day"), "2026-11-26T12:30", False, False, None),
        (NIGHT, "2026-11-26T12:00", True, False, time(16)),
        (NIGHT, "2026-11-26T16:00", False, False, None),
        (NIGHT, "2026-11-26T23:59", False, True, None),
        (NIGHT, "2026-11-26T07:59", False, True, None),
        # Of rotating shifts without a first day the sleep is a guess: nobody calls, no page says it.
        (Hours(shift="rotating"), "2026-11-26T09:00", True, False, None),
        (Hours(shift="rotating"), "2026-11-26T16:00", False, False, None),
        (TURNS, "2026-11-26T09:00", False, True, None),
        (TURNS, "2026-12-03T09:00", True, False, time(16)),
        (NAMED, "2026-11-26T16:00", True, False, time(18)),
        (NAMED, "2026-11-26T12:00", False, False, None),
        (Hours(quiet_from=time(9), quiet_until=time(9)), "2026-11-26T23:00", False, False, None),
        (Hours(shift="unheard of"), "2026-11-26T16:00", False, False, None),
    ],
)
def test_who_sleeps_and_who_works(hours, moment, asleep, at_work, awake_from):
    at = local(moment)
    assert day.is_asleep(hours, at) is asleep
    assert day.is_at_work(hours, at) is at_work
    assert day.awake_from(hours, at) == awake_from


@pytest.mark.parametrize(
    "routine", [day.DAY_SHIFT, day.NIGHT_SHIFT, day.SHIFT_UNKNOWN, day.SOME_SHIFT]
)
def test_a_routine_agrees_with_itself(routine):
    """No message rings in their sleep, and the evening in which they are asked is not quiet."""
    minutes = [time(n // 60, n % 60) for n in range(24 * 60)]
    asleep, quiet, evening = (
        {one for one in minutes if within(one, *span)}
        for span in (routine.asleep, routine.quiet, routine.evening)
    )
    assert asleep <= quiet
    assert not evening & quiet


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (DAY, "2026-11-24T18:30"),
        (NIGHT, "2026-11-24T17:00"),
        (TURNS, "2026-11-24T17:00"),  # the last night
        (Hours("Europe/Rome"), "2026-11-25T01:30"),
        # Quiet that evening until the next day: the day before still, so that "tomorrow" is true.
        (Hours(quiet_from=time(18), quiet_until=time(7)), "2026-11-24T17:00"),
        (Hours(quiet_from=time(18), quiet_until=time(17, 30)), "2026-11-24T17:30"),
        (Hours(quiet_from=time(16), quiet_until=time(22)), "2026-11-24T22:00"),
    ],
)
def test_the_evening_before(hours, expected):
    assert day.evening_before(hours, local("2026-11-25T17:10")) == local(expected)
