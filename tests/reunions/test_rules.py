"""Seasons from the terms and the lunar calendar, and the days of the departure watch. No database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunions import rules
from reunions.info import province_of
from reunions.rules import SeasonKind


@pytest.mark.parametrize(
    ("year", "eve"),
    [
        # The day before each published date of the Spring Festival.
        (2024, date(2024, 2, 9)),
        (2025, date(2025, 1, 28)),
        (2026, date(2026, 2, 16)),
        (2027, date(2027, 2, 5)),
        (2030, date(2030, 2, 2)),
    ],
)
def test_new_years_eve(year, eve):
    assert rules.new_years_eve(year) == eve


AUTUMN = (date(2026, 9, 1), date(2027, 1, 22))
SPRING = (date(2027, 2, 22), date(2027, 7, 9))
NEXT = (date(2027, 9, 1), date(2028, 1, 14))


def kinds(spans):
    return [(span.kind, span.starts_on, span.ends_on) for span in spans]


def test_the_gap_with_the_new_year_is_winter_and_the_other_summer():
    spans = rules.seasons_of([SPRING, AUTUMN, NEXT])
    assert (SeasonKind.WINTER, date(2027, 1, 23), date(2027, 2, 21)) in kinds(spans)
    assert (SeasonKind.SUMMER, date(2027, 7, 10), date(2027, 8, 31)) in kinds(spans)
    winter = next(span for span in spans if span.kind == SeasonKind.WINTER)
    assert winter.feast_on == date(2027, 2, 5)


def test_the_last_term_on_record_is_followed_by_a_holiday_all_the_same():
    assert kinds(rules.seasons_of([AUTUMN]))[-1] == (
        SeasonKind.WINTER,
        date(2027, 1, 23),
        date(2027, 2, 25),
    )
    assert kinds(rules.seasons_of([SPRING]))[-1][0] == SeasonKind.SUMMER


def test_a_long_weekend_between_two_terms_is_none():
    terms = [(date(2027, 3, 1), date(2027, 4, 30)), (date(2027, 5, 6), date(2027, 7, 9))]
    assert [span.kind for span in rules.seasons_of(terms)] == [SeasonKind.SUMMER]


def test_no_term_no_holiday():
    assert rules.seasons_of([]) == []


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_watch_stands_three_days_before_and_three_and_fourteen_after(leaves_on):
    days = rules.watch_days(leaves_on)
    assert [on - leaves_on for on in days.values()] == [
        timedelta(days=-3),
        timedelta(days=3),
        timedelta(days=14),
    ]


def test_nights_never_run_below_zero():
    assert rules.nights_until(date(2027, 1, 30), date(2027, 1, 28)) == 2
    assert rules.nights_until(date(2027, 1, 30), date(2027, 2, 1)) == 0


@pytest.mark.parametrize(
    ("on", "feast"),
    [
        (date(2027, 1, 30), "little_new_year"),
        (date(2027, 2, 5), "eve"),
        (date(2027, 2, 6), "new_year"),
        (date(2027, 2, 20), "lanterns"),
        (date(2026, 2, 16), "eve"),
        (date(2027, 2, 7), ""),
    ],
)
def test_days_that_have_a_name(on, feast):
    """According to the Purple Mountain Observatory, the lunar year 2027 begins on 6 February."""
    assert rules.feast_of(on) == feast


@pytest.mark.parametrize(
    ("place", "code"),
    [("昆山", "32"), ("广东东莞", "44"), ("在新疆库尔勒摘棉花", "65"), ("外地", ""), ("", "")],
)
def test_the_province_of_a_written_place(place, code):
    assert province_of(place) == code
