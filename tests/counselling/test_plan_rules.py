"""How a measure stands: a table, and what must hold of any."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counselling.plans import rules
from counselling.plans.rules import MeasureFacts
from counselling.plans.rules import Standing as S

START = date(2026, 11, 2)


def day(n: int) -> date:
    """n days after the start."""
    return START + timedelta(days=n)


def facts(rhythm: str, last: int, *ticked: int) -> MeasureFacts:
    return MeasureFacts(rhythm, START, day(last), [day(n) for n in ticked])


@pytest.mark.parametrize(
    ("measure", "on", "state"),
    [
        (facts("once", 7), 0, S.WAITING),
        (facts("once", 7), 7, S.WAITING),
        (facts("once", 7), 8, S.LATE),
        (facts("once", 7, 9), 10, S.DONE),
        (facts("once", 7, 2), 90, S.DONE),
        (facts("weekly", 20), 3, S.WAITING),
        (facts("weekly", 20, 3), 4, S.DONE_NOW),
        (facts("weekly", 20, 3), 7, S.WAITING),
        (facts("weekly", 20), 7, S.LATE),
        (facts("weekly", 20, 8), 9, S.DONE_NOW),  # last week is past help
        (facts("weekly", 20, 3), 15, S.LATE),
        (facts("weekly", 20, 20), 20, S.DONE),
        (facts("weekly", 20), 21, S.OVER),
        (facts("weekly", 20), -1, S.AHEAD),
        (facts("fortnightly", 27, 0), 13, S.DONE_NOW),
        (facts("fortnightly", 27, 0), 14, S.WAITING),
        (facts("four_weekly", 55), 28, S.LATE),
    ],
)
def test_how_it_stands(measure, on, state):
    assert rules.standing(measure, day(on)) is state


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [(-1, 0, 6), (0, 0, 6), (6, 0, 6), (7, 7, 13), (16, 14, 16), (17, 14, 16)],
)
def test_each_day_falls_in_one_stretch(on, first, last):
    found = rules.stretch_on(facts("weekly", 16), day(on))
    assert (found.starts_on, found.ends_on) == (day(first), day(last))


@pytest.mark.parametrize(
    ("measure", "shared", "on", "asked"),
    [
        (facts("once", 20), 0, 2, True),  # just shown
        (facts("once", 20), 0, 3, False),
        (facts("once", 20), 0, 18, True),
        (facts("once", 20), 0, 40, True),  # late
        (facts("once", 20, 1), 0, 20, False),
        (facts("weekly", 27, 2), 0, 9, False),
        (facts("weekly", 27, 2), 0, 11, True),
        (facts("weekly", 27, 2, 8), 0, 12, False),
        (facts("weekly", 27), 0, 30, False),  # over
    ],
)
def test_when_its_person_hears_of_it(measure, shared, on, asked):
    assert rules.is_asked(measure, day(shared), day(on)) is asked


def test_kept_counts_what_has_begun():
    assert rules.kept(facts("weekly", 27, 2, 3, 15), day(16)) == (2, 3)
    assert rules.kept(facts("once", 7), day(16)) == (0, 1)


@given(
    st.sampled_from(["once", *rules.EVERY_DAYS]),
    st.integers(0, rules.LONGEST_DAYS),
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(-5, 420),
)
def test_stretches_lie_end_to_end_and_a_tick_never_makes_late(rhythm, last, ticked, on):
    measure = facts(rhythm, last)
    found = rules.stretches(measure)
    assert (found[0].starts_on, found[-1].ends_on) == (measure.starts_on, measure.due_on)
    assert all(
        one.ends_on + timedelta(days=1) == after.starts_on
        for one, after in itertools.pairwise(found)
    )
    more = facts(rhythm, last, *ticked)
    if rules.standing(measure, day(on)) is not S.LATE:
        assert rules.standing(more, day(on)) is not S.LATE
    kept, of = rules.kept(more, day(on))
    assert 0 <= kept <= of


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("周六晚上七点打电话", ()),
        ("带孩子去心理门诊", ("心理",)),
        ("Tell the COUNSELLOR", ("counsel",)),
        ("个案里说好的", ("个案",)),
    ],
)
def test_words_that_would_tell(words, found):
    assert rules.telling(words) == found
