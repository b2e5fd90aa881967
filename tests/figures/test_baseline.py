"""The first weeks of classes and of schools beside their last: shares, intervals by whole units, and silence
where there are too few.
"""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.weeks import last_sunday
from figures.baseline import county, rules, school
from figures.baseline.rules import Unit, compare, periods
from figures.models import ClassWeek
from schools.models import County
from students.barriers import set_barrier
from students.models import Student
from tests.factories.cast import make_class, make_school, make_student
from tests.factories.factors import sign_in
from tests.factories.published import SUNDAY, make_week

WEEKS = [date(2026, 9, 6) + timedelta(weeks=number) for number in range(12)]


def test_first_and_last_weeks_do_not_overlap():
    assert periods(WEEKS[:7]) is None
    assert periods(WEEKS[:8]) == (WEEKS[:4], WEEKS[4:8])
    assert periods(WEEKS[::-1]) == (WEEKS[:4], WEEKS[-4:])


def test_under_eight_units_there_is_no_interval():
    unit = Unit((5, 10), (8, 10))
    assert compare([unit] * 7).interval is None
    assert compare([unit] * 8).interval == pytest.approx((0.3, 0.3))
    assert compare([Unit((0, 0), (8, 10))]) is None


def test_units_that_differ_make_a_wide_interval_and_alike_ones_a_narrow_one():
    alike = compare([Unit((50, 100), (60, 100)), Unit((50, 100), (62, 100))] * 5)
    differ = compare([Unit((50, 100), (90, 100)), Unit((50, 100), (32, 100))] * 5)
    assert alike.difference == pytest.approx(differ.difference) == pytest.approx(0.11)
    assert alike.interval[1] - alike.interval[0] < 0.02
    assert differ.interval[0] < 0 < differ.interval[1]
    assert (differ.higher, differ.lower) == (5, 5)


PAIRS = st.integers(1, 60).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@given(st.lists(st.builds(Unit, PAIRS, PAIRS), min_size=8, max_size=14))
def test_the_same_units_give_the_same_interval_around_possible_differences(units):
    found = compare(units)
    assert found == compare(units)
    low, high = found.interval
    assert -1 <= low <= high <= 1
    assert min(one.change for one in units) - 1e-9 <= max(one.change for one in units)


# -- a school


@pytest.fixture
def classes(cast):
    """Eight classes with twelve kept weeks: 40 of 100 at first, 70 of 100 now; one class has begun late."""
    last = last_sunday(timezone.localdate(clock.now()))
    days = [last - timedelta(weeks=back) for back in reversed(range(12))]
    found = [make_class(cast.school, 4, number + 1) for number in range(8)]
    for one in found:
        for number, day in enumerate(days):
            keep(one, day, 40 if number < 4 else 70)
    late = make_class(cast.school, 5, 1)
    for day in days[-3:]:
        keep(late, day, 10)
    return found


def keep(school_class, day, connected) -> None:
    for key, numerator, denominator, missing in (
        ("pupils", 120, 120, 0),
        ("connected", connected, 100, 10),
        ("confirmed", connected // 2, connected, 0),
    ):
        ClassWeek.objects.create(
            school=school_class.school,
            school_class=school_class,
            ends_on=day,
            key=key,
            numerator=numerator,
            denominator=denominator,
            missing=missing,
            counted_at=clock.now(),
            frozen_at=clock.now(),
        )


def page_of(user, name="dashboards:since") -> str:
    client = Client()
    sign_in(client, user)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_a_school_is_compared_class_by_class(cast, classes):
    found = school.since_start(cast.school, last_sunday(timezone.localdate(clock.now())))
    assert (found.classes, found.young) == (8, 1)
    change = next(one for one in found.changes if one.key == "connected")
    assert change.compared.before == (8 * 4 * 40, 8 * 400)
    assert change.compared.difference == pytest.approx(0.3)
    assert change.missing == 9  # 10 of 110
    page = page_of(cast.users["principal"])
    assert "+30个百分点" in page
    assert "（+30到+30）" in page
    assert "还有1个班不满8周" in page
    assert "不说为什么" in page


@pytest.mark.django_db
def test_of_fewer_classes_there_are_counts_only_and_it_says_so(cast, classes):
    ClassWeek.objects.filter(school_class=classes[0]).delete()
    page = page_of(cast.users["principal"])
    assert "7个班：不到8个" in page
    assert "2800里的1960" in page
    assert "7个里，7个升高，0个降低" in page
    assert "个百分点</b>" not in page
    assert "（+" not in page


@pytest.mark.django_db
def test_a_class_that_is_over_is_compared_no_more(cast, classes):
    last = last_sunday(timezone.localdate(clock.now()))
    ClassWeek.objects.filter(school_class=classes[0], ends_on=last).delete()
    found = school.since_start(cast.school, last)
    assert (found.classes, found.young) == (7, 1)


@pytest.mark.django_db
def test_classes_of_earlier_years_are_not_read_and_do_not_date_the_beginning(cast, classes):
    last = last_sunday(timezone.localdate(clock.now()))
    old = make_class(cast.school, 6, 1)
    for back in range(60, 100):
        keep(old, last - timedelta(weeks=back), 40)
    found = school.since_start(cast.school, last)
    assert (found.classes, found.young) == (8, 1)
    assert found.began == last - timedelta(weeks=11)
    assert not any(pk == old.pk for pk, _day in school._weeks(cast.school, last, ()).pupils)


@pytest.mark.django_db
def test_a_closed_file_of_another_school_leaves_the_kept_weeks(cast, classes):
    elsewhere = Student.objects.exclude(enrolments__school=cast.school).first()
    last = last_sunday(timezone.localdate(clock.now()))
    found = school.since_start(cast.school, last, [elsewhere.pk])
    assert found == school.since_start(cast.school, last)
    assert found.classes == 8


@pytest.mark.django_db
def test_a_closed_file_is_not_counted_and_kept_rows_do_not_tell_of_it(cast, classes):
    """Of the kept rows nothing is true but their weeks: the children's own rows say another thing."""
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["principal"],
        reason="嫌疑",
        by=cast.users["admin"],
        at=clock.now(),
    )
    last = last_sunday(timezone.localdate(clock.now()))
    child = cast.students["mengyao"].pk
    found = school.since_start(cast.school, last, [child])
    change = next(one for one in found.changes if one.key == "connected")
    assert change.compared.now == (0, 4 * 2)
    assert found.classes == 2  # those with children, of the rows
    assert "1960" not in page_of(cast.users["principal"])


@pytest.mark.django_db
def test_in_the_first_weeks_it_is_too_early(cast):
    assert school.since_start(cast.school, SUNDAY).changes == []
    assert "现在比还太早" in page_of(cast.users["principal"])
    assert "现在比还太早" in page_of(cast.users["county"], "dashboards:county_since")


# -- a county


def publish(cast, count: int, now: int) -> None:
    for number in range(count):
        one = make_school(cast.county, f"第{number}小学", f"62063{number:04d}")
        for place, day in enumerate(WEEKS):
            share = (40 if place < 4 else now, 100)
            make_week(cast.county, one, day, counts={"away": 100, "connected": share})


@pytest.mark.django_db
def test_a_county_is_compared_school_by_school_from_what_is_published(
    cast, django_assert_num_queries
):
    publish(cast, 8, 80)
    with django_assert_num_queries(2):
        found = county.since_start(cast.county)
    change = found.changes[0]
    assert (found.schools, change.key, change.missing) == (8, "connected", 0)
    assert change.compared.difference == pytest.approx(0.4)
    page = page_of(cast.users["county"], "dashboards:county_since")
    assert "+40个百分点" in page


@pytest.mark.django_db
def test_of_few_schools_only_directions_are_told(cast):
    publish(cast, 3, 80)
    page = page_of(cast.users["county"], "dashboards:county_since")
    assert "3个里，3个升高，0个降低" in page
    assert "约" not in page


@pytest.mark.django_db
def test_a_new_school_and_gaps_are_named(cast):
    publish(cast, 8, 80)
    young = make_school(cast.county, "新小学", "620639999")
    for day in WEEKS[-3:]:
        make_week(cast.county, young, day, counts={"away": 100, "connected": (50, 100)})
    tiny = make_school(cast.county, "教学点", "620639998")
    for day in WEEKS:
        make_week(cast.county, tiny, day, counts={"away": 8, "connected": (5, 8)})
    found = county.since_start(cast.county)
    assert (found.schools, found.young) == (9, 1)
    assert found.changes[0].compared.units == 8
    assert found.changes[0].missing == 11  # one school of nine
    assert "还有1所学校不满8周" in page_of(cast.users["county"], "dashboards:county_since")


@pytest.mark.django_db
def test_the_last_edition_of_a_week_counts(cast):
    publish(cast, 1, 80)
    one = cast.county.schools.get(name="第0小学")
    make_week(
        cast.county, one, WEEKS[0], edition=2, why="补录",
        counts={"away": 100, "connected": (90, 100)},
    )  # fmt: skip
    before = county.since_start(cast.county).changes[0].compared.before
    assert before[0] / before[1] == pytest.approx((95 + 3 * 45) / 400)
    assert county.since_start(County.objects.create(name="外县")).schools == 0


@pytest.mark.django_db
def test_children_of_an_unkept_class_do_not_break_it(cast, classes):
    make_student(classes[0], "钱新")
    assert school.since_start(cast.school, WEEKS[0] - rules.BASELINE_WEEKS * timedelta(weeks=9))
