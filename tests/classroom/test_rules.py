from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom import rules
from classroom.leave import rules as leave
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


@pytest.mark.parametrize(("minutes", "may"), [(0, True), (24 * 60 - 1, True), (24 * 60, False)])
def test_a_note_may_be_corrected_for_a_day(minutes, may):
    assert rules.may_be_corrected(AT, AT + timedelta(minutes=minutes)) is may


@pytest.mark.parametrize(
    ("strengths", "tell_family", "is_good"),
    [(["kind"], False, True), ([], True, True), ([], False, False)],
)
def test_a_strength_or_a_word_to_the_family_is_good_news(strengths, tell_family, is_good):
    assert rules.is_good_news(strengths, tell_family) is is_good


@pytest.mark.parametrize(
    ("themes", "may"),
    [([], True), (["learning"], True), (["home"], False), (["learning", "offending"], False)],
)
def test_no_family_reads_of_two_themes(themes, may):
    assert rules.may_be_told(themes) is may


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (-4, -4, "back"),
        (-3, 0, ""),
        (60, 60, ""),
        (61, 61, "ahead"),
        (0, 30, ""),
        (0, 31, "long"),
    ],
)
def test_days_for_which_leave_can_be_asked(first, last, why):
    on = AT.date()
    days = (on + timedelta(days=first), on + timedelta(days=last))
    assert leave.refused_span(*days, on) == why


@pytest.mark.parametrize(
    ("stored", "is_taken", "is_filled"),
    [
        (None, False, True),
        (None, True, False),  # the child was seen at school
        (Mark("absent"), True, True),
        (Mark("leave"), True, True),
        (LATE, True, False),
    ],
)
def test_agreed_leave_never_overrides_a_child_that_was_seen(stored, is_taken, is_filled):
    assert leave.is_filled(stored, is_taken) is is_filled


@pytest.mark.parametrize(
    ("now", "is_school_day", "is_there"),
    [
        (time(7, 59), True, False),
        (time(8), True, True),
        (time(16, 59), True, True),
        (time(17), True, False),
        (time(12), False, False),
    ],
)
def test_from_its_first_to_its_last_hour_a_child_is_fetched_at_school(now, is_school_day, is_there):
    assert leave.is_at_school(now, is_school_day, time(8), time(17)) is is_there
