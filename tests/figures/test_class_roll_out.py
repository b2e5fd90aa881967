"""A school whose classes begin one after the other: each beside its own weeks and those that waited."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.weeks import last_sunday
from figures.baseline import classes as of_classes
from figures.baseline import school as of_school
from figures.models import ClassWeek
from schools.models import ClassStart, Grade, School, SchoolClass, SchoolYear
from students.barriers import set_barrier
from students.models import Enrolment
from tests.factories.cast import make_class
from tests.factories.factors import sign_in
from tests.factories.founding import make_class_day, make_wave, monday_in
from tests.figures.test_baseline import keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(cast):
    """`planned(5, 5)`: classes that began twelve weeks ago, and others that begin today; kept are eight weeks
    before the first and each since. Of those that had begun another 30 of 100 talked.
    """

    def made(early: int, late: int, rise: int = 30):
        found = [make_class(cast.school, 4 + at // 6, 1 + at % 6) for at in range(early + late)]
        make_class_day(-12, *found[:early])
        make_class_day(0, *found[early:])
        for number, one in enumerate(found):
            for week in range(-20, 0):
                has_begun = number < early and week >= -12
                keep(one, monday_in(week) + timedelta(days=6), 40 + rise * has_begun)
        return found

    return made


def roll_out(cast) -> of_classes.ClassRollOut | None:
    on = timezone.localdate(clock.now())
    weeks = of_school.since_start(cast.school, last_sunday(on)).weeks
    return of_classes.roll_out(cast.school, weeks, on)


def change(cast, key="connected"):
    return next(one for one in roll_out(cast).changes if one.key == key)


def page_of(cast, key="principal") -> str:
    client = Client()
    sign_in(client, cast.users[key])
    return client.get(reverse("dashboards:since")).content.decode()


def test_a_school_without_a_plan_has_no_such_part(cast, planned):
    planned(5, 5)
    ClassStart.objects.update(starts_on=None)
    assert roll_out(cast) is None
    assert "分批开始的班级" not in page_of(cast)


def test_classes_that_had_begun_stand_beside_those_that_waited(cast, planned):
    planned(5, 5)
    found = change(cast)
    assert found.beside.difference == pytest.approx(0.3)
    assert found.beside.interval == pytest.approx((0.3, 0.3))
    assert (found.beside.units, len(found.beside.weeks)) == (10, 12)
    assert (found.beside.begun, found.beside.waiting) == ((5, 5), (5, 0))
    assert found.own.units == 5  # the others have no weeks since yet
    assert found.own.interval is None
    page = page_of(cast)
    assert "+30个百分点" in page
    assert "不是抽签定的" in page
    assert "70%（5个班）" in page
    assert "400里的160 → 400里的280" in page  # of five classes, no share


def test_with_eight_classes_that_have_both_there_is_an_interval(cast, planned):
    planned(8, 2)
    assert change(cast).own.interval == pytest.approx((0.3, 0.3))


def test_of_few_classes_there_are_counts_only_and_the_page_says_so(cast, planned):
    planned(3, 2)
    assert change(cast).beside.interval is None
    page = page_of(cast)
    part = page[page.index("分批开始的班级") :]
    assert "70%" not in part
    assert "不到8个班，区间靠不住" in part
    assert "已开始的3个班里有3个" in part
    assert "400里的160 → 400里的280" in part


def test_what_all_share_falls_out(cast, planned):
    """The harvest: everybody rises by 20 in the last weeks, begun or not."""
    planned(5, 5, rise=0)
    ClassWeek.objects.filter(key="connected", ends_on__gt=monday_in(-12)).update(numerator=60)
    found = change(cast)
    assert found.beside.difference == pytest.approx(0)
    assert found.own.difference == pytest.approx(0.2)


def test_a_class_without_a_day_counts_from_its_schools(cast, planned):
    found = planned(5, 5)
    ClassStart.objects.filter(school_class=found[0]).delete()
    make_wave(cast.county, -6, "", cast.school)
    starts = {one.name: one.starts_on for one in roll_out(cast).classes}
    assert starts[found[0].name] == monday_in(-6)
    assert starts[found[1].name] == monday_in(-6)  # the later of both


def test_without_the_countys_plan_it_is_the_first_whole_week_of_writing(cast, planned):
    found = planned(5, 5)
    ClassStart.objects.filter(school_class=found[0]).delete()
    began = timezone.make_aware(datetime.combine(monday_in(-9), time(12))) + timedelta(days=2)
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=began)
    cast.school.refresh_from_db()
    starts = {one.name: one.starts_on for one in roll_out(cast).classes}
    assert starts[found[0].name] == monday_in(-8)  # the week of the start itself is no whole one


def test_a_class_that_is_too_young_stands_there_without_figures(cast, planned):
    planned(5, 5)
    young = make_class(cast.school, 8, 1)
    make_class_day(-2, young)
    for week in (-3, -2, -1):
        keep(young, monday_in(week) + timedelta(days=6), 10)
    found = next(one for one in roll_out(cast).classes if one.name == young.name)
    assert found.shares == {}
    assert change(cast).beside.units == 10


def test_a_week_without_children_in_the_figure_is_left_out(cast, planned):
    planned(5, 5)
    day = monday_in(-3) + timedelta(days=6)
    rows = ClassWeek.objects.filter(key="connected", ends_on=day)
    rows.update(numerator=0, denominator=0)
    assert len(change(cast).beside.weeks) == 11


def test_confirmed_talks_are_not_compared(cast, planned):
    """A parent confirms by answering the question: they rise wherever it is asked."""
    planned(5, 5)
    assert [one.key for one in roll_out(cast).changes] == ["connected"]


def test_before_the_school_writes_to_families_no_class_has_begun(cast, planned):
    planned(5, 5)
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
    cast.school.refresh_from_db()
    assert roll_out(cast) is None


def test_a_class_began_no_earlier_than_its_school_wrote_to_families(cast, planned):
    found = planned(5, 5)
    began = timezone.make_aware(datetime.combine(monday_in(-9), time(12)))
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=began)
    cast.school.refresh_from_db()
    starts = {one.name: one.starts_on for one in roll_out(cast).classes}
    assert starts[found[0].name] == monday_in(-9)
    assert starts[found[9].name] == monday_in(0)


def test_in_the_second_year_the_page_says_that_nothing_can_stand_beside(cast, planned):
    """Classes without a day of their own began with the year: no class has weeks from before them."""
    found = planned(5, 5)
    ClassStart.objects.filter(school_class__in=found[:5]).delete()
    began = timezone.now() - timedelta(weeks=60)
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=began)
    cast.school.refresh_from_db()
    year = SchoolYear.objects.get(school=cast.school)
    SchoolYear.objects.filter(pk=year.pk).update(starts_on=monday_in(-20))
    starts = {one.name: one.starts_on for one in roll_out(cast).classes}
    assert starts[found[0].name] == monday_in(-20)
    assert change(cast).beside is None
    page = page_of(cast)
    assert "没有哪个班有4周的记录" in page
    assert "还没有一周" not in page


def test_next_years_classes_alone_make_no_comparison(cast, planned):
    planned(5, 5)
    ClassStart.objects.update(starts_on=None)
    on = timezone.localdate()
    SchoolYear.objects.filter(school=cast.school).update(ends_on=on + timedelta(days=100))
    year = SchoolYear.objects.create(
        school=cast.school, starts_on=on + timedelta(days=150), ends_on=on + timedelta(days=400)
    )
    coming = SchoolClass.objects.create(
        school=cast.school,
        grade=Grade.objects.create(year=year, number=3),
        number=2,
        name="三年级2班",
        door_code="NEXT3203",
    )
    make_class_day(24, coming)
    assert roll_out(cast) is None


def test_a_closed_file_is_not_counted_here_either(cast, planned):
    planned(5, 5)
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["principal"],
        reason="嫌疑",
        by=cast.users["admin"],
        at=clock.now(),
    )
    assert Enrolment.objects.filter(student=cast.students["mengyao"]).exists()
    assert "+30个百分点" not in page_of(cast)


def test_it_asks_two_statements_for_any_number_of_classes(cast, planned, django_assert_num_queries):
    planned(6, 6)
    on = timezone.localdate(clock.now())
    weeks = of_school.since_start(cast.school, last_sunday(on)).weeks
    with django_assert_num_queries(2):
        of_classes.roll_out(cast.school, weeks, on)


def test_who_sets_the_days_finds_the_plan_and_a_counsellor_does_not(cast, planned):
    planned(5, 5)
    url = reverse("schools:class_days")
    assert url in page_of(cast)
    assert url not in page_of(cast, "counsellor")
