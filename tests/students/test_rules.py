"""Which days can be meant, and whose word stands when two people write: tables without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from students.rules import DayProblem, Verdict, birth_problem, day_problem, merged

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("born_on", "problem"),
    [
        (date(2017, 5, 4), None),
        (date(2004, 11, 25), None),
        (date(2004, 11, 24), DayProblem.NO_PUPIL),
        (date(2024, 11, 25), None),
        (date(2024, 11, 26), DayProblem.NO_PUPIL),
        (date(1900, 1, 1), DayProblem.NO_PUPIL),
        (date(2026, 11, 26), DayProblem.TO_COME),
        (date(2100, 1, 1), DayProblem.TO_COME),
    ],
)
def test_on_which_days_a_pupil_may_be_born(born_on, problem):
    assert birth_problem(born_on, TODAY) is problem


@pytest.mark.parametrize(
    ("day", "born_on", "ahead", "problem"),
    [
        (TODAY, None, 0, None),
        (date(2026, 11, 26), None, 0, DayProblem.TO_COME),
        (date(2026, 11, 26), None, 92, None),
        (date(2027, 2, 25), None, 92, None),
        (date(2027, 2, 26), None, 92, DayProblem.TOO_FAR_AHEAD),
        (date(2100, 1, 1), None, 92, DayProblem.TOO_FAR_AHEAD),
        (date(1900, 1, 1), None, 0, DayProblem.LONG_AGO),
        (date(2017, 5, 3), date(2017, 5, 4), 0, DayProblem.BEFORE_BIRTH),
        (date(2017, 5, 4), date(2017, 5, 4), 0, None),
    ],
)
def test_which_days_can_be_meant(day, born_on, ahead, problem):
    assert day_problem(day, TODAY, born_on=born_on, ahead_days=ahead) is problem


@given(some.dates())
def test_a_leap_day_has_years_before_it_too(day):
    assert day_problem(day, date(2028, 2, 29)) in {None, *DayProblem}


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "verdict"),
    [
        ("步行", "步行", "校车", Verdict.MINE),  # only I changed it
        ("步行", "校车", "步行", Verdict.THEIRS),  # only they changed it
        ("步行", "校车", "校车", Verdict.MINE),  # both wrote the same
        ("步行", "校车", "骑车", Verdict.ASK),
        ("", "校车", "骑车", Verdict.ASK),
        (None, True, False, Verdict.ASK),
        ("步行", "步行", "步行", Verdict.MINE),
    ],
)
def test_whose_word_stands(base, theirs, mine, verdict):
    assert merged(base=base, theirs=theirs, mine=mine) is verdict


@given(base=some.integers(0, 3), theirs=some.integers(0, 3), mine=some.integers(0, 3))
def test_nothing_that_somebody_changed_is_lost_unseen(base, theirs, mine):
    verdict = merged(base=base, theirs=theirs, mine=mine)
    kept = theirs if verdict is Verdict.THEIRS else mine
    if verdict is not Verdict.ASK:
        assert theirs in (base, kept)
        assert mine in (base, kept)
