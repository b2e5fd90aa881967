"""Who is on duty at a moment: midnight, overlap, gaps. Hours are local to the school, 7:00 and 19:00."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schools.duty import rules
from schools.duty.rules import Part

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = rules.Hours(time(7), time(19))
MON, TUE, WED = (date(2026, 11, day) for day in (23, 24, 25))


def at(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), ZONE)


@dataclass(frozen=True)
class Turn:
    who: str
    starts_at: datetime
    runs_until: datetime


def turn(who: str, on: date, part: str = Part.WHOLE, off_at: datetime | None = None) -> Turn:
    starts_at, ends_at = rules.span_of(on, part, HOURS, ZONE)
    return Turn(who, starts_at, min(ends_at, off_at) if off_at else ends_at)


ROSTER = [
    turn("chen", MON),
    turn("ma", TUE, Part.DAY),
    turn("zhang", TUE, Part.DAY),
    turn("li", TUE, Part.NIGHT, off_at=at(TUE, 22)),
    turn("sun", WED, Part.NIGHT),
]


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        (at(MON, 6, 59), []),
        (at(MON, 7), ["chen"]),
        (at(MON, 23, 59), ["chen"]),
        (at(TUE, 0), ["chen"]),  # the night belongs to the day on which it begins
        (at(TUE, 6, 59), ["chen"]),
        (at(TUE, 7), ["ma", "zhang"]),
        (at(TUE, 18, 59), ["ma", "zhang"]),
        (at(TUE, 19), ["li"]),
        (at(TUE, 22), []),  # taken off at ten
        (at(WED, 3), []),
        (at(WED, 12), []),
        (at(WED, 19), ["sun"]),
    ],
)
def test_who_is_on_duty(moment, who):
    assert [one.who for one in rules.standing(ROSTER, moment)] == who


def test_the_moment_counts_not_how_it_is_written():
    evening_in_london = at(TUE, 3).astimezone(ZoneInfo("UTC"))
    assert evening_in_london.date() == MON
    assert [one.who for one in rules.standing(ROSTER, evening_in_london)] == ["chen"]


@pytest.mark.parametrize(
    ("moment", "on"),
    [(at(TUE, 0), MON), (at(TUE, 6, 59), MON), (at(TUE, 7), TUE), (at(TUE, 23, 59), TUE)],
)
def test_the_day_changes_in_the_morning(moment, on):
    assert rules.duty_day(moment, HOURS, ZONE) == on


BOTH = {Part.DAY, Part.NIGHT}


@pytest.mark.parametrize(
    ("on", "kept", "moment", "gap"),
    [
        (MON, BOTH, at(MON, 0), ""),
        (TUE, BOTH, at(MON, 0), Part.NIGHT),  # li goes at ten, nobody comes
        (TUE, {Part.DAY}, at(MON, 0), ""),  # a school that writes no nights
        (WED, BOTH, at(MON, 0), Part.DAY),
        (WED + timedelta(days=1), BOTH, at(MON, 0), Part.WHOLE),
        (WED + timedelta(days=1), {Part.NIGHT}, at(MON, 0), Part.NIGHT),
        (WED + timedelta(days=1), set(), at(MON, 0), ""),
        (WED, BOTH, at(WED, 19), ""),  # the day without anybody is over
        (TUE, BOTH, at(WED, 7), ""),
    ],
)
def test_where_nobody_is(on, kept, moment, gap):
    assert rules.gap_of(on, ROSTER, kept, HOURS, ZONE, moment) == gap


def test_two_who_follow_each_other_leave_no_gap_and_a_minute_is_one():
    first = turn("li", TUE, Part.NIGHT, off_at=at(TUE, 22))
    starts_at, ends_at = rules.span_of(TUE, Part.NIGHT, HOURS, ZONE)
    assert rules.is_covered(starts_at, ends_at, [Turn("sun", at(TUE, 22), ends_at), first])
    assert not rules.is_covered(starts_at, ends_at, [first, Turn("sun", at(TUE, 22, 1), ends_at)])


@pytest.mark.parametrize(
    ("part", "known", "rest"),
    [
        (Part.DAY, [], Part.DAY),
        (Part.WHOLE, [], Part.WHOLE),
        (Part.DAY, [Part.DAY], ""),
        (Part.NIGHT, [Part.WHOLE], ""),
        (Part.NIGHT, [Part.DAY], Part.NIGHT),
        (Part.WHOLE, [Part.DAY], Part.NIGHT),
        (Part.WHOLE, [Part.NIGHT], Part.DAY),
        (Part.WHOLE, [Part.DAY, Part.NIGHT], ""),
    ],
)
def test_nobody_is_written_down_twice(part, known, rest):
    assert rules.still_to_write(part, known) == rest


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ([], set()),
        (["day"], {"day"}),
        (["night"], {"night"}),
        (["whole"], {"day", "night"}),
        (["day", "night"], {"day", "night"}),
    ],
)
def test_what_a_school_keeps(parts, kept):
    assert rules.kept(parts) == kept


@dataclass(frozen=True)
class Post:
    who: str
    is_rostered: bool = False
    is_duty: bool = False
    is_reachable: bool = True


@pytest.mark.parametrize(
    ("posts", "who"),
    [
        ([], []),
        ([Post("a")], []),
        ([Post("a", is_duty=True)], ["a"]),
        ([Post("a", is_duty=True), Post("b", is_rostered=True)], ["b"]),
        ([Post("a", is_rostered=True), Post("b", is_rostered=True)], ["a", "b"]),
        # No message reaches whoever's turn it is: those always told first hear of it, too.
        ([Post("a", is_duty=True), Post("b", True, is_reachable=False)], ["b", "a"]),
        ([Post("b", True, True, is_reachable=False)], ["b"]),
        (
            [Post("a", is_duty=True), Post("b", True, is_reachable=False), Post("c", True)],
            ["b", "c"],
        ),
    ],
)
def test_the_roster_goes_before_the_flag(posts, who):
    assert [one.who for one in rules.on_duty(posts)] == who


PARTS = st.sampled_from(list(Part))
HOUR = st.integers(0, 22).flatmap(lambda day: st.tuples(st.just(day), st.integers(day + 1, 23)))


@given(PARTS, HOUR, st.integers(0, 400))
def test_one_person_by_day_and_night_leaves_no_gap(part, hours, days):
    """Whatever the hours: the turns of two days meet, and no moment has two."""
    hours = rules.Hours(*(time(hour) for hour in hours))
    on = date(2026, 1, 1) + timedelta(days=days)
    starts_at, ends_at = rules.span_of(on, part, hours, ZONE)
    assert starts_at < ends_at
    assert rules.duty_day(starts_at, hours, ZONE) == on
    whole = rules.span_of(on, Part.WHOLE, hours, ZONE)
    following = rules.span_of(on + timedelta(days=1), Part.WHOLE, hours, ZONE)
    assert whole[1] == following[0]
    day, night = (rules.span_of(on, one, hours, ZONE) for one in (Part.DAY, Part.NIGHT))
    assert (day[0], day[1], night[1]) == (whole[0], night[0], whole[1])
