from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from students.models import Student
from visits import presenters, rules

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("on", "problem"),
    [
        (TODAY, ""),
        (date(2026, 11, 24), ""),
        (date(2026, 11, 26), "ahead"),
        (date(2100, 1, 1), "ahead"),
        (date(2025, 11, 25), ""),
        (date(2025, 11, 24), "long_ago"),
        (date(1900, 1, 1), "long_ago"),
    ],
)
def test_on_which_day_something_can_have_happened(on, problem):
    assert rules.is_past_day(on, TODAY) == problem


@pytest.mark.parametrize(
    ("on", "problem"),
    [
        (TODAY, ""),
        (date(2026, 11, 24), "over"),
        (date(1900, 1, 1), "over"),
        (date(2027, 11, 25), ""),
        (date(2027, 11, 26), "far_off"),
        (date(2100, 1, 1), "far_off"),
    ],
)
def test_for_which_day_something_can_be_planned(on, problem):
    assert rules.is_coming_day(on, TODAY) == problem


@pytest.mark.parametrize(
    ("enrolled_on", "due_on"),
    [
        (date(2024, 9, 1), date(2026, 11, 30)),  # ninety days from the term's first day
        # for a child who joined later, it counts from then
        (date(2026, 10, 15), date(2027, 1, 13)),
        (date(2026, 12, 20), date(2027, 1, 16)),  # but not beyond the end of term
    ],
)
def test_a_home_visit_is_due_within_three_months(enrolled_on, due_on):
    term = (date(2026, 9, 1), date(2027, 1, 16))
    assert rules.home_visit_due_on(*term, enrolled_on) == due_on


@given(DAYS)
def test_a_day_lies_in_its_month_and_the_next_day_after_it_does_not(on):
    first, last = rules.month_of(on)
    assert first <= on <= last
    assert first.day == 1
    assert (last + timedelta(days=1)).day == 1


@pytest.mark.parametrize(("homes", "afternoons"), [(1, 1), (4, 1), (5, 2), (9, 3)])
def test_how_many_afternoons_a_village_takes(homes, afternoons):
    assert rules.afternoons_for(homes) == afternoons


@pytest.mark.parametrize(
    ("address", "village", "house", "where"),
    [
        ("古浪县上川村三组12号", "上川村", "三组12号", "古浪县上川村三组12号"),
        ("古浪县上川村", "上川村", "", "古浪县上川村"),
        ("三组 12 号", "上川村", "三组 12 号", "三组 12 号 上川村"),
        ("", "上川村", "", "上川村"),
        ("三组 12 号", "", "三组 12 号", "三组 12 号"),
    ],
)
def test_where_a_home_is_in_its_village(address, village, house, where):
    student = Student(address=address, village=village)
    assert (presenters.house_words(student), presenters.where_words(student)) == (house, where)


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (date(2026, 11, 30), "还有 9 家没家访，11月30日前去完"),
        (TODAY, "今天到期，还有 9 家没家访"),
        (date(2026, 11, 20), "还有 9 家没家访，11月20日前该去完的"),
    ],
)
def test_a_day_that_has_passed_is_not_announced(due_on, words):
    with translation.override("zh-hans"):
        assert presenters.still_words(9, due_on, TODAY) == words
