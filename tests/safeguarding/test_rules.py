from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from safeguarding import rules
from safeguarding.rules import PostFacts

ZONE = ZoneInfo("Asia/Shanghai")
HOLIDAYS = {date(2026, 10, day) for day in range(1, 9)}


class Hours:
    """8:20 to 17:20, Monday to Friday, without the holidays in October."""

    opens, closes = time(8, 20), time(17, 20)

    def is_school_day(self, on: date) -> bool:
        return on.weekday() < 5 and on not in HOLIDAYS


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("source", "facts", "clock"),
    [
        ("family", {}, rules.ROUND_THE_CLOCK),
        ("pupil", {"wanted_when": "now"}, rules.ROUND_THE_CLOCK),
        ("pupil", {"wanted_when": "soon"}, rules.SCHOOL_HOURS),
        ("pupil", {"wanted_when": "today"}, rules.SCHOOL_HOURS),
        ("hurt", {}, rules.ROUND_THE_CLOCK),
        ("peer", {"wanted_when": "now"}, rules.ROUND_THE_CLOCK),
        ("peer", {"wanted_when": "today"}, rules.SCHOOL_HOURS),
        ("for_peer", {"wanted_when": "today"}, rules.SCHOOL_HOURS),
        ("staff", {}, rules.SCHOOL_HOURS),
        ("staff", {"is_urgent": True}, rules.ROUND_THE_CLOCK),
    ],
)
def test_which_clock_runs(source, facts, clock):
    assert rules.clock_for(source, **facts) == clock


@pytest.mark.parametrize(
    ("whom", "hurt_by", "asked_for"),
    [
        ("", "", ""),
        ("", "child", ""),
        ("", "adult", rules.COUNSELLOR),  # it may be the class teacher
        (rules.NOT_TEACHER, "", rules.COUNSELLOR),
        (rules.NOT_TEACHER, "child", rules.COUNSELLOR),
        (rules.CLASS_TEACHER, "adult", rules.CLASS_TEACHER),  # whom the child trusts
        (rules.PRINCIPAL, "adult", rules.PRINCIPAL),
    ],
)
def test_whom_what_a_child_tells_is_put_to(whom, hurt_by, asked_for):
    assert rules.asked_for_by_child(whom, hurt_by=hurt_by) == asked_for


@pytest.mark.parametrize(
    ("clock", "at", "due"),
    [
        # Day, night, weekend and holiday are the same to a call for help.
        (rules.ROUND_THE_CLOCK, "2026-11-24 10:00", "2026-11-24 10:15"),
        (rules.ROUND_THE_CLOCK, "2026-11-24 02:50", "2026-11-24 03:05"),
        (rules.ROUND_THE_CLOCK, "2026-11-28 23:50", "2026-11-29 00:05"),
        (rules.ROUND_THE_CLOCK, "2026-10-03 12:00", "2026-10-03 12:15"),
        (rules.SCHOOL_HOURS, "2026-11-24 10:00", "2026-11-24 11:00"),
        (rules.SCHOOL_HOURS, "2026-11-24 06:00", "2026-11-24 09:20"),  # before school
        (rules.SCHOOL_HOURS, "2026-11-24 17:00", "2026-11-25 09:00"),  # 20 minutes today, 40 then
        (rules.SCHOOL_HOURS, "2026-11-24 21:00", "2026-11-25 09:20"),
        (rules.SCHOOL_HOURS, "2026-11-27 16:50", "2026-11-30 08:50"),  # over the weekend
        (rules.SCHOOL_HOURS, "2026-11-28 12:00", "2026-11-30 09:20"),  # on Saturday
        # A week of holidays: after three days it is due in any case.
        (rules.SCHOOL_HOURS, "2026-09-30 18:00", "2026-10-03 18:00"),
    ],
)
def test_until_when_somebody_must_have_taken_it(clock, at, due):
    assert rules.answer_due_at(clock, moment(at), Hours(), ZONE) == moment(due)


def test_due_is_never_before_the_question_and_never_later_than_three_days():
    start = moment("2026-09-25 00:07")
    for hours in range(24 * 20):
        at = start + timedelta(hours=hours)
        due = rules.answer_due_at(rules.SCHOOL_HOURS, at, Hours(), ZONE)
        assert at < due <= at + timedelta(days=rules.LONGEST_WAIT_DAYS)


TEACHER = PostFacts(1, rules.CLASS_TEACHER)
COUNSELLOR = PostFacts(2, rules.COUNSELLOR)
PRINCIPAL = PostFacts(3, rules.PRINCIPAL)
SECOND_COUNSELLOR = PostFacts(4, rules.COUNSELLOR)
ALL = [TEACHER, COUNSELLOR, PRINCIPAL]
OWN_ON_DUTY = PostFacts(1, rules.CLASS_TEACHER, is_rostered=True)
OTHER_ON_DUTY = PostFacts(5, rules.CLASS_TEACHER, is_rostered=True, is_near=False)
FLAGGED = PostFacts(6, rules.COUNSELLOR, is_duty=True)
NARROW = {"asked_for": rules.COUNSELLOR}
REPORT = NARROW | {"is_report": True}


@pytest.mark.parametrize(
    ("posts", "facts", "rungs"),
    [
        (ALL, {}, [(1,), (2,), (3,)]),
        ([COUNSELLOR, PRINCIPAL], {}, [(2,), (3,)]),
        ([PRINCIPAL], {}, [(3,)]),
        ([TEACHER], {}, [(1,)]),
        ([], {}, []),
        ([*ALL, SECOND_COUNSELLOR], {}, [(1,), (2, 4), (3,)]),
        # The post on duty stands before the principal, at the top.
        ([COUNSELLOR, PRINCIPAL, PostFacts(6, rules.COUNSELLOR, True)], {}, [(2, 6), (6, 3)]),
        # Somebody blocked in the child's family is never named.
        (ALL, {"unfit": [1]}, [(2,), (3,)]),
        (ALL, {"unfit": [1, 2, 3]}, []),
        # The person who raised the worry is not sent it, unless nobody else is there.
        (ALL, {"by": 1}, [(2,), (3,)]),
        (ALL, {"by": 2}, [(1,), (3,)]),
        ([TEACHER], {"by": 1}, [(1,)]),
        # A child who passes the teacher over is not sent back to the teacher.
        (ALL, {"asked_for": rules.CLASS_TEACHER}, [(1,), (2,), (3,)]),
        (ALL, {"asked_for": rules.COUNSELLOR}, [(2,), (3,)]),
        (ALL, {"asked_for": rules.PRINCIPAL}, [(3,)]),
        ([TEACHER, PRINCIPAL], {"asked_for": rules.COUNSELLOR}, [(3,)]),
        # Nor by a turn on duty; then the flag and the principal stand in.
        ([OWN_ON_DUTY, COUNSELLOR, PRINCIPAL], NARROW, [(2,), (3,)]),
        ([OWN_ON_DUTY, PRINCIPAL], NARROW, [(3,)]),
        ([OWN_ON_DUTY, PRINCIPAL], {"asked_for": rules.PRINCIPAL}, [(3,)]),
        ([OWN_ON_DUTY, FLAGGED, PRINCIPAL], NARROW, [(6,), (6, 3)]),
        ([OWN_ON_DUTY, OTHER_ON_DUTY, PRINCIPAL], NARROW, [(5, 3)]),
        ([OWN_ON_DUTY], NARROW, [(1,)]),
        # Their turn hangs on the person: through a second class they are not called, either.
        ([OWN_ON_DUTY, replace(OTHER_ON_DUTY, user_id=1), PRINCIPAL], NARROW, [(3,)]),
        # What is put to everybody is told to whoever's turn it is.
        ([OWN_ON_DUTY, FLAGGED, PRINCIPAL], {}, [(1,), (6,), (1, 3)]),
        ([OTHER_ON_DUTY, FLAGGED, PRINCIPAL], NARROW, [(6,), (5, 3)]),
        # A report goes to no class teacher at all, unless nobody else is left.
        ([OTHER_ON_DUTY, FLAGGED, PRINCIPAL], REPORT, [(6,), (6, 3)]),
        ([OTHER_ON_DUTY, OWN_ON_DUTY, PRINCIPAL], REPORT, [(3,)]),
        ([OTHER_ON_DUTY, OWN_ON_DUTY], REPORT, [(5,)]),
        ([OWN_ON_DUTY], REPORT, [(1,)]),
        ([OTHER_ON_DUTY, PRINCIPAL], REPORT | {"by": 3}, [(5,)]),
        # Who wrote it is never the one who is called.
        ([TEACHER, PRINCIPAL], REPORT | {"by": 3}, [(1,)]),
        ([PRINCIPAL], REPORT | {"by": 3}, []),
    ],
)
def test_the_ladder(posts, facts, rungs):
    assert rules.ladder_of(posts, **facts) == rungs


def test_beyond_the_top_it_stays_at_the_top():
    rungs = rules.ladder_of(ALL)
    assert [rules.people_on(rungs, rung) for rung in range(5)] == [(1,), (2,), (3,), (3,), (3,)]
    assert rules.people_on([], 0) == ()


def test_the_next_climb_goes_past_whoever_was_handed_it():
    rungs = rules.ladder_of(ALL)
    assert rules.rung_of(rungs, 2, otherwise=0) == 1
    assert rules.rung_of(rungs, 99, otherwise=2) == 2
