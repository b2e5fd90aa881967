"""Which times are offered, whom they suit, and which child is next."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import rules
from calls.joining import rules as joining
from calls.rules import Fit, FreeTime, OpenTime, SchoolDays, Span, Waiting
from delivery.rules import SendFacts, Verdict, recheck
from guardians.hours import Hours, evening_before
from guardians.zones import NAMES as TIME_ZONES

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = date(2026, 11, 25)
AT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # 8:00 at the school
LESSONS = [(time(8, 20), time(11, 50)), (time(14, 0), time(15, 30)), (time(15, 40), time(17, 20))]
HOLIDAYS = {date(2026, 11, 27)}
MADE_UP = {date(2026, 11, 28)}


def school(lessons=LESSONS) -> SchoolDays:
    return SchoolDays(
        zone=SHANGHAI,
        is_school_day=lambda on: on in MADE_UP or (on.weekday() < 5 and on not in HOLIDAYS),
        is_holiday=lambda on: on in HOLIDAYS,
        lessons=lessons,
    )


def open_time(weekday=2, starts=time(16, 30), ends=time(17, 30), minutes=20, **fields) -> OpenTime:
    return OpenTime(1, weekday, starts, ends, minutes, **fields)


def at_school(hour: int, minute: int = 0, on: date = WEDNESDAY) -> datetime:
    return datetime.combine(on, time(hour, minute), SHANGHAI).astimezone(UTC)


def clocks(slots) -> list[str]:
    return [f"{slot.starts_at.astimezone(SHANGHAI):%H:%M}" for slot in slots]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (open_time(during_lessons=True), ["16:30", "16:50", "17:10"]),
        (open_time(), []),
        (open_time(starts=time(17, 10), ends=time(18, 10)), ["17:30", "17:50"]),
        (open_time(starts=time(12, 0), ends=time(13, 0), minutes=25), ["12:00", "12:25"]),
        (open_time(starts=time(17, 20), ends=time(17, 39)), []),
        (open_time(weekday=3), []),
    ],
)
def test_a_period_is_cut_into_calls_outside_lessons(period, expected):
    found = rules.slots_of_day(WEDNESDAY, school(), [period])
    assert clocks(found) == expected


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        (date(2026, 11, 25), True),
        (date(2026, 11, 27), False),  # a holiday on a Friday
        (date(2026, 11, 28), True),  # a Saturday with school to make up for a holiday
        (date(2026, 11, 29), True),  # an ordinary Sunday, if the school offers it
    ],
)
def test_days_follow_the_school_calendar(on, is_open):
    period = open_time(weekday=on.weekday(), starts=time(18, 0), ends=time(18, 20))
    assert bool(rules.slots_of_day(on, school(), [period])) is is_open


def test_no_lesson_stands_in_the_way_of_a_weekend_but_of_one_made_up():
    period = open_time(weekday=6, starts=time(10, 0), ends=time(10, 20))
    assert rules.slots_of_day(date(2026, 11, 29), school(), [period])
    made_up = open_time(weekday=5, starts=time(10, 0), ends=time(10, 20))
    assert not rules.slots_of_day(date(2026, 11, 28), school(), [made_up])


def test_what_begins_at_once_is_not_offered():
    period = open_time(starts=time(12, 0), ends=time(13, 0))
    found = rules.offered(at=at_school(11, 31), school=school(), open_times=[period], days=1)
    assert clocks(found) == ["12:20", "12:40"]


@pytest.mark.parametrize(
    ("adult", "hour", "fit"),
    [
        (Hours(), 16, Fit.GOOD),
        (Hours(), 23, Fit.ASLEEP),
        (Hours(shift="day"), 16, Fit.AT_WORK),
        (Hours(shift="day"), 12, Fit.GOOD),
        (Hours(shift="night"), 12, Fit.ASLEEP),
        (Hours(shift="night"), 17, Fit.GOOD),
        (Hours(shift="night"), 20, Fit.AT_WORK),
        (Hours(shift="rotating"), 16, Fit.GOOD),
        (Hours(quiet_from=time(15), quiet_until=time(18)), 16, Fit.ASLEEP),
        (Hours(quiet_from=time(9), quiet_until=time(9)), 23, Fit.GOOD),
        (Hours("Europe/Rome"), 12, Fit.ASLEEP),  # 5:00 there
        (Hours("Europe/Rome"), 17, Fit.GOOD),  # 10:00 there
        (Hours("Nowhere/City"), 16, Fit.GOOD),
        (Hours(shift="unheard of"), 16, Fit.GOOD),
    ],
)
def test_how_an_hour_suits_an_adult(adult, hour, fit):
    slot = FreeTime(1, at_school(hour), at_school(hour, 20))
    assert rules.fit_of(adult, slot) is fit


def test_clocks_that_jump_move_the_adult_and_not_the_school():
    """Rome changes its clocks on 25 October 2026: 12:00 at the school is 6:00 there before, and 5:00
    after.
    """
    rome = Hours("Europe/Rome", quiet_from=time(22), quiet_until=time(5, 30))
    for on, fit in ((date(2026, 10, 24), Fit.GOOD), (date(2026, 10, 26), Fit.ASLEEP)):
        slot = FreeTime(1, at_school(12, 0, on), at_school(12, 20, on))
        assert rules.fit_of(rome, slot) is fit


def test_a_taken_time_and_a_busy_child_are_left_out():
    length = timedelta(minutes=20)
    slots = [FreeTime(1, at_school(16, m), at_school(16, m) + length) for m in (0, 20, 40)]
    free = rules.free_for(
        slots,
        adult=Hours(),
        taken=[(1, Span(at_school(16, 10), at_school(16, 20))), (2, slots[1].span)],
        busy=[Span(at_school(16, 45), at_school(16, 50))],
    )
    assert clocks(free) == ["16:20"]


def test_of_two_places_at_one_time_one_is_shown():
    slots = [FreeTime(place, at_school(16), at_school(16, 20)) for place in (1, 2)]
    assert len(rules.free_for(slots, adult=Hours(), taken=[])) == 1
    taken = [(1, slots[0].span)]
    assert [one.place_id for one in rules.free_for(slots, adult=Hours(), taken=taken)] == [2]


def waiting(student: int, days: int | None, **adult) -> Waiting:
    return Waiting(student, student + 100, days, Hours(**adult))


def test_the_longest_without_a_talk_chooses_first():
    slots = [FreeTime(1, at_school(h), at_school(h, 20)) for h in (12, 16)]
    rows = [waiting(1, 3), waiting(2, None), waiting(3, 12)]
    found = rules.match(rows, slots, [])
    assert [row.student_id for row, _ in found] == [2, 3, 1]
    assert [clocks(times[:1]) for _, times in found] == [["12:00"], ["16:00"], []]


def test_time_outside_the_shift_comes_first():
    slots = [FreeTime(1, at_school(h), at_school(h, 20)) for h in (10, 12)]
    [(_, times)] = rules.match([waiting(1, 3, shift="day")], slots, [])
    assert clocks(times) == ["12:00", "10:00"]


hours = st.integers(0, 23)


@given(
    st.lists(st.tuples(st.integers(1, 2), hours, st.sampled_from([0, 20, 40])), max_size=12),
    st.lists(st.tuples(st.integers(1, 30), st.one_of(st.none(), st.integers(0, 60))), max_size=8),
    st.sampled_from(["", "day", "night", "rotating"]),
)
def test_no_time_is_proposed_first_to_two_children_and_nobody_is_woken(offered, children, shift):
    slots = [
        FreeTime(place, at_school(h, m), at_school(h, m) + timedelta(minutes=20))
        for place, h, m in offered
    ]
    rows = [Waiting(n, n, days, Hours(shift=shift)) for n, (_, days) in enumerate(children)]
    firsts = [(t[0].place_id, t[0].span) for _, t in rules.match(rows, slots, []) if t]
    for n, (place, span) in enumerate(firsts):
        assert not any(place == p and span.overlaps(other) for p, other in firsts[:n])
    for _, times in rules.match(rows, slots, []):
        assert all(one.fit is not Fit.ASLEEP for one in times)


SHIFTS = [
    Hours(),
    Hours(shift="day"),
    Hours(shift="night"),
    Hours(shift="rotating"),
    *(
        Hours(shift="rotating", shift_since=WEDNESDAY - timedelta(days=n), turn_days=3)
        for n in range(6)
    ),
]


def assert_reminded_in_time(adult: Hours, slot: FreeTime) -> None:
    """Assert that dispatch, which calls `recheck`, does not hold a due reminder back until after the call."""
    reminders = [
        evening_before(adult, slot.starts_at),
        rules.hour_before(adult, slot.starts_at),
    ]
    planned = [one for one in reminders if one]
    assert planned
    for due_at in planned:
        assert due_at < slot.starts_at
        facts = SendFacts(kind="call", expires_at=slot.starts_at, hours=adult)
        assert recheck(facts, due_at).verdict == Verdict.SEND


def offered_to(adult: Hours, on: date) -> list[FreeTime]:
    start = datetime.combine(on, time(0), SHANGHAI).astimezone(UTC)
    step = timedelta(minutes=20)
    day = [FreeTime(1, start + step * n, start + step * (n + 1)) for n in range(72)]
    return rules.free_for(day, adult=adult, taken=[])


@pytest.mark.parametrize("zone", TIME_ZONES)
@pytest.mark.parametrize("shift", SHIFTS, ids=str)
def test_every_time_that_is_offered_is_reminded_of_before_it(shift, zone):
    adult = replace(shift, time_zone=zone)
    found = offered_to(adult, WEDNESDAY)
    assert found
    for slot in found:
        assert_reminded_in_time(adult, slot)


wall_clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0))


@given(
    zone=st.sampled_from([*TIME_ZONES, "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin"]),
    shift=st.sampled_from(["", "day", "night", "rotating"]),
    since=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    turn_days=st.integers(1, 31),
    quiet=st.none() | st.tuples(wall_clocks, wall_clocks),
    on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_no_reminder_is_held_back_past_its_call(zone, shift, since, turn_days, quiet, on):
    adult = Hours(zone, shift, *(quiet or (None, None)), since, turn_days)
    for slot in offered_to(adult, on):
        assert_reminded_in_time(adult, slot)


@pytest.mark.parametrize(
    ("hour", "is_offered"), [(6, False), (9, False), (15, False), (16, True), (19, True)]
)
def test_rotating_shifts_without_a_first_day_are_rung_in_nobodys_sleep(hour, is_offered):
    slot = FreeTime(1, at_school(hour), at_school(hour, 20))
    assert bool(rules.free_for([slot], adult=Hours(shift="rotating"), taken=[])) is is_offered


def test_an_hour_ahead_unless_quiet():
    assert rules.hour_before(Hours(), at_school(17, 10)) == at_school(16, 10)
    late = Hours(quiet_from=time(22), quiet_until=time(16, 30))
    assert rules.hour_before(late, at_school(17, 10)) == at_school(16, 30)
    # Held back until 17:00 it would arrive after the call, so there is none.
    assert rules.hour_before(Hours(shift="night"), at_school(16, 30)) is None


@pytest.mark.parametrize(
    ("states", "is_in_the_way"),
    [
        (["missed", "missed"], True),
        (["missed", "missed", "done"], True),
        (["missed"], False),
        (["missed", "done", "missed"], False),
        (["booked", "missed", "missed"], False),
        ([], False),
    ],
)
def test_twice_missed_and_nothing_booked_since(states, is_in_the_way):
    assert rules.is_in_the_way(states) is is_in_the_way


def test_the_drawn_day_covers_it_without_gaps():
    found = rules.drawn_day(
        lambda at: rules.adult_kind_at(Hours(shift="night"), at), WEDNESDAY, SHANGHAI
    )
    assert found[0].start == 0
    assert found[-1].end == (rules.DRAWN_UNTIL.hour - rules.DRAWN_FROM.hour) * 60
    assert all(one.end == other.start for one, other in pairwise(found))
    assert [one.kind for one in found] == ["work", "free", "asleep", "free", "work"]


@pytest.mark.parametrize(("seconds", "is_one"), [(0, False), (59, False), (60, True)])
def test_a_call_of_a_minute_is_a_talk(seconds, is_one):
    assert rules.is_a_talk(seconds) is is_one


@pytest.mark.parametrize(
    ("on", "at", "kind"),
    [
        (25, time(8, 19), "home"),
        (25, time(8, 20), "lessons"),
        (25, time(12, 30), "lessons"),  # between two lessons
        (25, time(16, 29), "lessons"),
        (25, time(16, 30), "free"),
        (25, time(16, 50), "lessons"),  # the offered time is over
        (25, time(17, 19), "lessons"),
        (25, time(17, 20), "home"),
        (27, time(10), "home"),  # a holiday
        (28, time(10), "lessons"),  # a Saturday that is made up
        (29, time(10), "home"),
    ],
)
def test_where_a_child_is_at_a_moment(on, at, kind):
    begins = datetime(2026, 11, 25, 16, 30, tzinfo=SHANGHAI)
    slots = [FreeTime(1, begins, begins + timedelta(minutes=20))]
    moment = datetime.combine(date(2026, 11, on), at, SHANGHAI)
    assert rules.child_kind_at(school(), moment, slots) == kind
    without_lessons = rules.child_kind_at(school([]), moment, slots)
    assert without_lessons == ("free" if kind == "free" else "home")


@pytest.mark.parametrize(
    ("ends_in", "is_followed", "minutes"),
    [(20, False, 20), (20, True, 18), (4, False, 4), (4, True, 3), (1, False, 3), (-1, True, 3)],
)
def test_how_long_two_may_talk(ends_in, is_followed, minutes):
    ends_at = AT + timedelta(minutes=ends_in)
    assert joining.minutes_left(ends_at, AT, is_followed=is_followed) == minutes


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (89, 1), (91, 2), (600, 10)])
def test_minutes_of_a_talk_are_at_least_one(seconds, minutes):
    assert joining.minutes_talked(seconds) == minutes
