from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom import rules
from classroom.rules import PRESENT, Mark, merge_marks

AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
ABSENT, LATE = Mark("absent", "ill"), Mark("late")


def test_only_what_this_page_changed_is_written():
    merged = merge_marks(was={}, now={1: ABSENT, 2: PRESENT, 3: PRESENT}, stored={3: LATE})
    assert merged.changes == {1: ABSENT}
    assert merged.by_others == {3: LATE}
    assert merged.clashes == {}


def test_both_changed_one_child_and_neither_is_lost():
    merged = merge_marks(was={}, now={1: ABSENT}, stored={1: LATE})
    assert merged.changes == {}
    assert merged.clashes == {1: (LATE, ABSENT)}


marks = st.sampled_from([PRESENT, ABSENT, LATE, Mark("absent")])
registers = st.dictionaries(st.integers(1, 6), marks)


@given(was=registers, now=registers, stored=registers)
def test_nothing_of_somebody_else_is_ever_overwritten_unseen(was, now, stored):
    merged = merge_marks(was, now, stored)
    for child in merged.changes:
        assert stored.get(child, PRESENT) == was.get(child, PRESENT)
    assert not set(merged.changes) & (set(merged.by_others) | set(merged.clashes))


@pytest.mark.parametrize(
    ("said_at", "expected"),
    [
        (None, AT),
        (AT - timedelta(days=3), AT - timedelta(days=3)),
        (AT + timedelta(minutes=5), AT),  # a clock that is slightly fast
        (AT + timedelta(days=1), AT),  # a clock that is wrong
        (AT - timedelta(days=400), AT),
    ],
)
def test_a_phones_clock_is_believed_where_it_can_be_true(said_at, expected):
    assert rules.written_moment(said_at, AT) == expected


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (date(2026, 11, 25), ""),
        (date(2026, 11, 26), "future"),
        (date(2100, 1, 1), "future"),
        (date(1900, 1, 1), "old"),
        (date(2025, 11, 25), ""),
        (date(2025, 11, 24), "old"),
    ],
)
def test_days_that_cannot_be(on, why):
    assert rules.refused_day(on, date(2026, 11, 25)) == why


@pytest.mark.parametrize(
    ("absent", "taken", "is_much"),
    [(0, 20, False), (1, 20, False), (2, 20, True), (4, 20, True), (1, 4, False), (0, 0, False)],
)
def test_a_tenth_missed_is_much_where_enough_days_were_taken(absent, taken, is_much):
    assert rules.is_much_missed(absent, taken) is is_much


@pytest.mark.parametrize(
    ("days", "is_owed"), [(None, True), (13, False), (14, True), (40, True), (0, False)]
)
def test_good_news_is_owed_after_a_fortnight(days, is_owed):
    last_at = None if days is None else AT - timedelta(days=days)
    assert rules.is_owed(last_at, AT, rules.GOOD_NEWS_DAYS) is is_owed
