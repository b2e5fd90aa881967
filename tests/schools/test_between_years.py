"""The weeks between two school years: the classes of the year that is over are those of the day."""

import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from figures.school import dashboard
from guardians import details
from notices.policies import classes_writable_by
from rosters import queries as roster_queries
from rosters.oneroster.export import package_of
from schools.models import CalendarDay, Post, SchoolClass, SchoolYear
from schools.queries import classes_on, year_in_hand, year_on, year_to_plan
from schools.roles import Role
from students.models import Enrolment
from tests.factories.cast import make_class, make_user
from tests.rosters.conftest import bring_in

pytestmark = pytest.mark.django_db
JULY = timezone.make_aware(datetime(2027, 7, 20, 10))
AUGUST = timezone.make_aware(datetime(2027, 8, 10, 10))
FIRST = date(2027, 9, 1)


@pytest.fixture
def year(cast):
    """A year that ended with its last day of lessons; the next is not open yet."""
    year = SchoolYear.objects.get(school=cast.school)
    year.starts_on, year.ends_on = date(2026, 9, 1), date(2027, 7, 10)
    year.save()
    return year


def names(classes) -> set[str]:
    return {one.name for one in classes}


class TestTheClassesStayThoseOfTheYearThatIsOver:
    def test_where_the_days_are_asked(self, cast, year):
        on = JULY.date()
        assert year_on(cast.school, on) is None
        assert year_in_hand(cast.school, on) == year
        assert names(classes_on(cast.school, on)) == {"三年级1班", "三年级2班"}
        assert names(classes_writable_by(cast.users["teacher"], on)) == {"三年级2班"}
        assert names(classes_writable_by(cast.users["principal"], on)) == {"三年级1班", "三年级2班"}
        assert names(dashboard(cast.school, JULY, on).classes) == {"三年级1班", "三年级2班"}

    def test_an_export_has_them(self, cast, year):
        archive = zipfile.ZipFile(io.BytesIO(package_of(cast.school, JULY.date(), JULY)))
        assert "三年级2班" in archive.read("classes.csv").decode()

    def test_what_a_family_has_confirmed_stays_confirmed(self, cast, year):
        mother = cast.adults["mother"]
        details.confirm(adults=[mother], at=JULY, on=JULY.date())
        assert details.confirmed_adults([mother], JULY.date()) == {mother.pk}

    def test_when_the_next_one_begins_they_are_of_it(self, cast, year):
        new = SchoolYear.objects.create(
            school=cast.school, starts_on=FIRST, ends_on=date(2028, 7, 10)
        )
        SchoolClass.objects.create(
            school=cast.school,
            grade=new.grades.create(number=4),
            number=2,
            name="四年级2班",
            door_code="99990042",
        )
        assert names(classes_writable_by(cast.users["principal"], JULY.date())) == {
            "三年级1班",
            "三年级2班",
        }
        assert names(classes_writable_by(cast.users["principal"], FIRST)) == {"四年级2班"}
        assert year_to_plan(cast.school, JULY.date()) == new

    def test_on_pages_of_today(self, cast, year, client):
        today = timezone.localdate()
        year.starts_on, year.ends_on = today - timedelta(days=300), today - timedelta(days=3)
        year.save()
        client.force_login(cast.users["admin"], "django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("schools:classes"))
        assert page.context["year"] == year
        client.force_login(cast.users["principal"], "django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("reunions:board"))
        assert names(page.context["classes"]) == {"三年级1班", "三年级2班"}

    def test_a_holiday_of_the_year_that_is_open_on_the_page_can_be_entered(
        self, cast, year, client
    ):
        today = timezone.localdate()
        year.starts_on, year.ends_on = today - timedelta(days=300), today - timedelta(days=3)
        year.save()
        ahead = SchoolYear.objects.create(
            school=cast.school,
            starts_on=today + timedelta(days=30),
            ends_on=today + timedelta(days=300),
        )
        client.force_login(cast.users["admin"], "django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("schools:calendar")).context["year"] == ahead
        day = ahead.starts_on + timedelta(days=40)
        sent = {"on": day.isoformat(), "kind": "holiday", "label": "国庆节"}
        assert client.post(reverse("schools:add_day"), sent).status_code == 302
        assert CalendarDay.objects.filter(school=cast.school, on=day).exists()


class TestAClassIsAddedBetweenTwoYears:
    """The form says for which year; between two years the coming one is chosen."""

    @pytest.fixture
    def over(self, cast, year):
        today = timezone.localdate()
        year.starts_on, year.ends_on = today - timedelta(days=300), today - timedelta(days=3)
        year.save()
        return year

    @pytest.fixture
    def coming(self, cast, over):
        today = timezone.localdate()
        first, last = today + timedelta(days=30), today + timedelta(days=300)
        return SchoolYear.objects.create(school=cast.school, starts_on=first, ends_on=last)

    @pytest.fixture
    def admin(self, cast, client):
        client.force_login(cast.users["admin"])
        return client

    def test_it_is_of_the_coming_one_unless_somebody_says_otherwise(self, cast, coming, admin):
        url = reverse("schools:classes")
        form = admin.get(url).context["form"]
        assert form["year"].value() == coming.pk
        chosen = {"grade": 1, "number": 1, "year": coming.pk}
        assert admin.post(url, chosen).status_code == 302
        made = SchoolClass.objects.get(grade__year=coming)
        Post.objects.create(
            user=make_user("coming_teacher", "赵德明"),
            role=Role.CLASS_TEACHER,
            school=cast.school,
            school_class=made,
            starts_on=coming.starts_on,
        )
        rows = {row.pk: row for row in admin.get(url).context["classes"]}
        assert rows[made.pk].teachers == ["赵德明"]
        assert rows[cast.school_class.pk].year != coming

    def test_the_one_that_is_over_can_be_chosen(self, cast, over, coming, admin):
        chosen = {"grade": 1, "number": 1, "year": over.pk}
        assert admin.post(reverse("schools:classes"), chosen).status_code == 302
        assert SchoolClass.objects.get(grade__number=1).grade.year == over

    def test_without_a_next_one_the_page_says_that_the_year_is_over(self, cast, over, admin):
        page = admin.get(reverse("schools:classes"))
        assert page.context["form"]["year"].value() == over.pk
        assert page.context["is_over"]

    def test_a_year_of_before_or_of_another_school_is_refused(self, cast, over, admin):
        before = SchoolYear.objects.create(
            school=cast.school,
            starts_on=over.starts_on - timedelta(days=300),
            ends_on=over.starts_on - timedelta(days=30),
        )
        other = SchoolYear.objects.exclude(school=cast.school).first()
        for year in (before, other):
            sent = {"grade": 1, "number": 1, "year": year.pk}
            assert admin.post(reverse("schools:classes"), sent).status_code == 422

    def test_while_a_year_runs_it_is_the_one(self, cast, client, admin):
        SchoolYear.objects.create(
            school=cast.school, starts_on=date(2099, 9, 1), ends_on=date(2100, 7, 10)
        )
        form = admin.get(reverse("schools:classes")).context["form"]
        assert form["year"].value() == year_in_hand(cast.school, timezone.localdate()).pk

    def test_the_first_class_teacher_brings_a_class_of_it(self, cast, coming, admin):
        Enrolment.objects.all().delete()
        Post.objects.exclude(user=cast.users["admin"]).delete()
        SchoolClass.objects.filter(school=cast.school).delete()
        sent = {"name": "马老师", "username": "13909302002", "role": Role.CLASS_TEACHER}
        sent |= {"starts_on": timezone.localdate().isoformat(), "grade": 1, "number": 1}
        assert admin.post(reverse("schools:add_post"), sent).status_code == 302
        assert SchoolClass.objects.get(school=cast.school).grade.year == coming


class TestARosterBetweenTwoYears:
    ROWS = "姓名,出生日期,班级\n徐梦瑶,{born},{name}\n何小雨,2018-02-03,{name}\n王一诺,2018-02-04,{name}\n"

    def rows(self, cast, name: str) -> bytes:
        return self.ROWS.format(born=cast.students["mengyao"].born_on, name=name).encode()

    def test_in_july_it_is_for_the_year_that_is_over(self, cast, year):
        roster = bring_in(cast, self.rows(cast, "三年级2班"), at=JULY, name="补录.csv")
        assert roster.state == "done"
        assert SchoolYear.objects.filter(school=cast.school).count() == 1
        row = Enrolment.objects.get(student__name="何小雨")
        assert row.school_class == cast.school_class

    def test_in_august_for_the_next_and_until_then_nobody_moves(self, cast, year):
        roster = bring_in(
            cast,
            self.rows(cast, "四年级2班"),
            choices={"class,,四年级2班": "4.2"},
            at=AUGUST,
            name="新学年.csv",
        )
        assert roster.state == "done"
        child = Enrolment.objects.filter(student=cast.students["mengyao"]).order_by("starts_on")
        assert [(row.school_class.name, row.starts_on, row.ends_on) for row in child] == [
            ("三年级2班", date(2020, 9, 1), FIRST - timedelta(days=1)),
            ("四年级2班", FIRST, None),
        ]
        assert roster_queries.world_of(cast.school, AUGUST.date()).is_ahead


def test_a_school_that_begins_in_summer_has_its_children_at_once(cast):
    """Its first year is ahead: there are no classes to wait in."""
    school = cast.other_school
    SchoolYear.objects.filter(school=school).update(starts_on=FIRST, ends_on=date(2028, 8, 31))
    make_class(school, 1, 1)
    assert names(classes_on(school, AUGUST.date())) == {"一年级1班", "四年级1班"}
