"""Schools that begin one after the other: each beside its own weeks, and beside those that still waited."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dashboards.baseline.rollout import section
from figures.baseline import rollout
from figures.baseline.rules import Stepped, side_by_side
from figures.rules import band, share
from schools.models import County, Wave, WaveSchool
from schools.roles import Role
from tests.factories.cast import make_post, make_school
from tests.factories.factors import sign_in
from tests.factories.founding import make_wave
from tests.factories.published import make_week

START = date(2026, 9, 7)  # a Monday
DAYS = [START + timedelta(days=6 + 7 * number) for number in range(6)]


def unit(before: int, weeks: list[int], begun_from: int) -> Stepped:
    """Of 100 children a week; `begun_from`: the number of the first week in which it had begun."""
    return Stepped(
        baseline=(before * 4, 400),
        weeks={day: (found, 100) for day, found in zip(DAYS, weeks, strict=False)},
        begun=frozenset(DAYS[begun_from:]),
    )


def test_what_holds_for_all_alike_falls_out():
    """Everybody rises by ten in the harvest; those that have begun by another twenty."""
    first = [unit(40, [70] * 6, 0)] * 5
    later = [unit(60, [70] * 6, 6)] * 5
    found = side_by_side(first + later)
    assert found.difference == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.2, 0.2))
    assert (found.units, len(found.weeks)) == (10, 6)
    assert (found.begun, found.waiting) == ((5, 5), (5, 5))


def test_a_school_is_on_the_one_side_and_then_on_the_other():
    units = [unit(40, [60] * 6, 0)] * 4 + [unit(40, [40, 40, 40, 60, 60, 60], 3)] * 4
    found = side_by_side(units + [unit(40, [40] * 6, 6)] * 2)
    assert found.difference == pytest.approx(0.2)
    assert found.begun == (8, 8)
    assert found.waiting == (6, 0)


def test_of_fewer_than_eight_schools_there_are_counts_only():
    found = side_by_side([unit(40, [60] * 6, 0)] * 4 + [unit(40, [40] * 6, 6)] * 3)
    assert found.difference is found.interval is None
    assert (found.begun, found.waiting) == ((4, 4), (3, 0))


def test_a_week_with_one_school_on_a_side_compares_nothing():
    assert side_by_side([unit(40, [60] * 6, 0)] + [unit(40, [40] * 6, 6)] * 9) is None
    assert side_by_side([unit(40, [60] * 6, 0)] * 9) is None
    assert side_by_side([]) is None


SHARES = st.lists(st.integers(0, 100), min_size=6, max_size=6)
UNITS = st.lists(st.builds(unit, st.integers(0, 100), SHARES, st.integers(0, 6)), max_size=14)


@given(UNITS)
def test_the_same_schools_give_the_same_interval_around_possible_differences(units):
    found = side_by_side(units)
    assert found == side_by_side(units)
    if found and found.interval:
        low, high = found.interval
        assert -2 <= low <= high <= 2
    if found:
        assert found.begun[1] <= found.begun[0] <= found.units
        assert (found.difference is None) == (found.units < 8)


# -- from what a county has published


@pytest.fixture
def planned(cast):
    """`planned(5, 5)`: schools of a wave that began twelve weeks ago, and of one that begins today; eight
    weeks are published before the first, and each week since.
    """

    def made(early: int, late: int, rise: int = 30, away: int = 100):
        first, second = make_wave(cast.county, -12), make_wave(cast.county, 0)
        weeks = [first.starts_on + timedelta(days=6 + 7 * number) for number in range(-8, 12)]
        for number in range(early + late):
            wave = first if number < early else second
            school = make_school(cast.county, f"第{number}小学", f"62064{number:04d}")
            place(cast, school, wave)
            for day in weeks:
                talked = away * (40 + rise * (day > wave.starts_on)) // 100
                counts = {"away": away, "connected": (talked, away)}
                make_week(cast.county, school, day, counts=counts)
        return first, second

    return made


def place(cast, school, wave: Wave) -> None:
    WaveSchool.objects.create(
        school=school, wave=wave, placed_by=cast.users["county"], placed_at="2026-09-01T00:00Z"
    )


def page_of(cast) -> str:
    client = Client()
    sign_in(client, cast.users["county"])
    return client.get(reverse("dashboards:county_since")).content.decode()


@pytest.mark.django_db
def test_a_county_without_a_plan_has_no_such_part(cast):
    assert rollout.roll_out(cast.county) is None
    assert "分批开始的学校" not in page_of(cast)


@pytest.mark.django_db
def test_schools_that_had_begun_stand_beside_those_that_waited(cast, planned):
    planned(5, 5)
    found = rollout.roll_out(cast.county).changes[0]
    assert found.beside.difference == pytest.approx(0.3)
    assert (found.beside.units, len(found.beside.weeks)) == (10, 12)
    assert found.own.units == 5  # the others have no weeks since yet
    assert found.own.interval is None
    page = page_of(cast)
    assert "+30个百分点" in page
    assert "不是抽签定的" in page
    assert "约75%（5 所学校）" in page
    directions = [one.directions.get("connected") for one in rollout.roll_out(cast.county).schools]
    assert directions == ["higher"] * 5 + [None] * 5


@pytest.mark.django_db
def test_with_eight_schools_that_have_both_there_is_an_interval_of_their_own_difference(
    cast, planned
):
    planned(8, 2)
    own = rollout.roll_out(cast.county).changes[0].own
    assert own.interval == pytest.approx((0.3, 0.3))
    assert "约45% → 约75%" in page_of(cast)


@pytest.mark.django_db
def test_of_few_schools_there_are_counts_only_and_the_page_says_so(cast, planned):
    planned(3, 2)
    page = page_of(cast)
    assert "约" not in page
    assert "不到8所学校，区间靠不住" in page
    assert "已开始的3所里有3所" in page


@pytest.mark.django_db
def test_a_change_within_the_spans_is_called_unclear(cast, planned):
    planned(8, 2, rise=5)
    assert rollout.roll_out(cast.county).schools[0].directions["connected"] == "unclear"


@pytest.mark.django_db
def test_it_asks_three_statements_for_any_number_of_schools(
    cast, planned, django_assert_num_queries
):
    planned(6, 6)
    with django_assert_num_queries(3):
        rollout.roll_out(cast.county)


@pytest.mark.django_db
def test_only_the_plan_and_published_spans_are_read(cast, planned):
    planned(5, 5)
    with CaptureQueriesContext(connection) as asked:
        rollout.roll_out(cast.county)
    tables = {
        word for one in asked for word in one["sql"].split('"') if "_" in word and word.islower()
    }
    of_rows = {one for one in tables if one.split("_")[0] in ("schools", "figures")}
    assert of_rows == {
        "schools_school", "schools_wave", "schools_waveschool",
        "figures_publishedweek", "figures_publishedfigure",
    }  # fmt: skip
    assert not any(one.startswith(("students_", "guardians_", "safeguarding_")) for one in tables)


@pytest.mark.django_db
@pytest.mark.parametrize("away", [8, 19, 23, 100, 230])
def test_counts_that_are_published_alike_look_alike_here(cast, planned, away):
    """The attack: whatever is said must be the same for all counts behind the same spans, so that it adds
    nothing about any child to what the county has published.
    """
    least, most = planned_like(cast, "甲县", away, min), planned_like(cast, "乙县", away, max)
    if away > 19:
        assert least.changes[0].beside
    assert least == most
    assert str(section(least)) == str(section(most))


def planned_like(cast, name: str, away: int, choose) -> rollout.RollOut:
    """Ten schools whose counts are the least, or the greatest, behind the same spans."""
    county = County.objects.create(name=name)
    make_post(cast.users["county"], Role.COUNTY_OFFICER, county=county)
    first, second = make_wave(county, -12), make_wave(county, 0)
    whole = choose(one for one in range(away + 10) if band(one) == band(away))
    for number in range(10):
        wave = first if number < 5 else second
        school = make_school(county, f"第{number}小学", f"{name}{number}")
        place(cast, school, wave)
        for week in range(-8, 12):
            day = first.starts_on + timedelta(days=6 + 7 * week)
            usual = away * (40 + number + 30 * (day > wave.starts_on)) // 100
            alike = [one for one in range(whole + 1) if share(one, whole) == share(usual, away)]
            make_week(
                county, school, day, counts={"away": whole, "connected": (choose(alike), whole)}
            )
    found = rollout.roll_out(county)
    assert found
    return found
