from datetime import date

import pytest

from schools import actions, queries
from schools.calendar import is_school_day, public_days
from schools.models import CalendarDay, County
from schools.presenters import day_spans
from schools.years.actions import open_school_year
from tests.factories.cast import make_school

AUTUMN = (date(2026, 9, 1), date(2027, 1, 16))


@pytest.mark.parametrize(
    ("on", "words", "terms", "expected"),
    [
        (date(2026, 11, 25), {}, [AUTUMN], True),  # a Wednesday
        (date(2026, 11, 28), {}, [AUTUMN], False),  # a Saturday
        (date(2026, 11, 28), {date(2026, 11, 28): True}, [AUTUMN], True),  # made up
        (date(2026, 10, 1), {date(2026, 10, 1): False}, [AUTUMN], False),  # National Day
        (date(2027, 1, 20), {}, [AUTUMN], False),  # a Wednesday after the term
        (date(2027, 1, 20), {}, [], True),  # nobody has filled in the terms
    ],
)
def test_school_day(on, words, terms, expected):
    assert is_school_day(on, words, terms) is expected


def test_public_days_know_national_day_and_name_the_years_they_lack():
    known, missing = public_days(date(2026, 9, 1), date(2035, 8, 31))
    assert known[date(2026, 10, 1)] == (False, "国庆节")
    assert known[date(2026, 10, 10)][0] is True  # a Saturday that is worked
    assert 2035 in missing
    assert not any(on.year == 2035 for on in known)


@pytest.mark.django_db
def test_the_schools_word_survives_seeding_again():
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1")
    year = open_school_year(school=school, first_year=2026)
    actions.set_calendar_day(
        school=school, on=date(2026, 10, 1), kind=CalendarDay.Kind.SCHOOL_DAY, name="补课"
    )
    actions.seed_calendar(school=school, starts_on=year.starts_on, ends_on=year.ends_on)
    calendar = queries.calendar_of(school)
    assert calendar.is_school_day(date(2026, 10, 1))
    assert not calendar.is_school_day(date(2026, 10, 2))


@pytest.mark.django_db
def test_a_year_opens_once_and_says_which_holidays_are_missing():
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1")
    first = open_school_year(school=school, first_year=2040)
    assert open_school_year(school=school, first_year=2040) == first
    assert first.terms.count() == 2
    assert queries.years_without_holidays(school, first) == [2040, 2041]


def test_days_in_a_row_of_one_kind_and_name_are_one_span():
    rows = [(1, "holiday", "国庆节"), (2, "holiday", "国庆节"), (3, "holiday", "校庆")]
    rows += [(4, "school_day", "校庆"), (6, "school_day", "校庆")]
    days = [CalendarDay(on=date(2026, 10, on), kind=kind, name=name) for on, kind, name in rows]
    spans = [[day.on.day for day, _words in span.days] for span in day_spans(days)]
    assert spans == [[1, 2], [3], [4], [6]]
