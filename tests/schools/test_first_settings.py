"""What a new school meets on its settings pages in the first hour."""

from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import clock
from schools import actions, queries
from schools.models import CalendarDay, County, Post, SchoolClass, SchoolYear
from schools.roles import Role
from schools.years.actions import open_school_year
from tests.factories.cast import make_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_school(client, cast):
    """A school of today without a class, with its administrator signed in."""
    school = make_school(County.objects.create(name="康乐县"), "麻尼寺沟中心小学", "9")
    on = timezone.localdate(clock.now())
    open_school_year(school=school, first_year=on.year - (on.month < 9))
    Post.objects.filter(user=cast.users["admin"]).update(school=school)
    client.force_login(cast.users["admin"])
    return school


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"])
    return client


PERSON = {"name": "马老师", "username": "13909302002", "starts_on": "2026-11-01"}


def test_the_first_class_teacher_brings_their_class(new_school, client):
    url = reverse("schools:add_post")
    page = client.get(url)
    assert page.context["form"]["role"].value() is None  # nobody is a class teacher by default
    teacher = PERSON | {"role": Role.CLASS_TEACHER}
    refused = client.post(url, teacher)
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"grade", "number"}
    assert client.post(url, teacher | {"grade": 3, "number": 1}).status_code == 302
    assert Post.objects.get(user__username="13909302002").school_class.name == "三年级1班"


def test_a_refused_teacher_leaves_no_class(new_school, client, cast):
    said = PERSON | {"username": "teacher", "role": Role.CLASS_TEACHER, "grade": 3, "number": 1}
    assert client.post(reverse("schools:add_post"), said).status_code == 422
    assert not SchoolClass.objects.filter(school=new_school).exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [("139 0930 200", "10 位"), ("139 3093 01001", "12 位"), ("打不通", "号码")],
)
def test_a_wrong_number_of_staff_is_refused_everywhere(admin, cast, client, number, words):
    said = PERSON | {"role": Role.PRINCIPAL, "phone": number}
    page = admin.post(reverse("schools:add_post"), said)
    assert page.status_code == 422
    assert words in page.context["form"].errors["phone"][0]
    settings = {"name": "X", "phone": number, "check_in_every_days": 7, "hotlines": "110 报警"}
    assert "phone" in admin.post(reverse("schools:settings"), settings).context["form"].errors


def invited(admin, cast) -> Post:
    said = PERSON | {"role": Role.CLASS_TEACHER, "school_class": cast.next_class.pk}
    said |= {"phone": "139 0930 2003"}
    assert admin.post(reverse("schools:add_post"), said).status_code == 302
    return Post.objects.select_related("user").get(user__username="13909302002")


def test_a_wrong_number_is_refused_with_the_first_password(admin, cast, client):
    post = invited(admin, cast)
    assert post.user.phone == "+8613909302003"
    slip = admin.post(reverse("schools:invitation", args=[post.pk])).context["url"]
    path = slip.partition("8000")[2]
    client.logout()
    address = client.get(path, follow=True).request["PATH_INFO"]
    said = {"password1": "a long enough one", "password2": "a long enough one", "email": ""}
    page = client.post(path, said | {"phone": "139 3093 01001"})
    assert page.status_code == 422, address
    assert "12 位" in page.context["form"].errors["phone"][0]


def test_a_mistyped_number_is_mended_until_its_owner_has_signed_in(admin, cast):
    post = invited(admin, cast)
    url = reverse("schools:reach", args=[post.pk])
    assert "139 0930 2003" in admin.get(url).content.decode()
    assert admin.post(url, {"phone": "139 0930 200"}).status_code == 422
    assert admin.post(url, {"phone": "139 0930 2004"}).status_code == 302
    post.user.refresh_from_db()
    assert post.user.phone == "+8613909302004"
    post.user.set_password("a long enough one")
    post.user.save()
    admin.post(url, {"phone": "139 0930 2005"})
    assert User.objects.get(pk=post.user_id).phone == "+8613909302004"
    assert "139 0930" not in admin.get(url).content.decode()


def test_a_day_outside_the_school_year_is_refused_at_its_field(new_school, client):
    before = CalendarDay.objects.count()
    said = {"on": "2001-01-01", "kind": "holiday", "name": "元旦"}
    page = client.post(reverse("schools:add_day"), said)
    assert page.status_code == 422
    assert "这个学年是" in page.context["day_form"].errors["on"][0]
    assert CalendarDay.objects.count() == before


def test_new_years_day_alone_is_not_the_holidays_of_a_year(cast):
    school = make_school(County.objects.create(name="康乐县"), "麻尼寺沟中心小学", "9")
    year = open_school_year(school=school, first_year=2040)
    for on, missing in (
        (date(2041, 1, 1), [2040, 2041]),
        (date(2041, 5, 1), [2040]),
        (date(2040, 10, 1), []),
    ):
        actions.set_calendar_day(school=school, on=on, kind="holiday", name="")
        assert queries.years_without_holidays(school, year) == missing


def test_the_next_year_is_offered_not_the_one_that_runs(new_school, client):
    running = SchoolYear.objects.get(school=new_school).starts_on.year
    page = client.get(reverse("schools:calendar"))
    assert page.context["year_form"]["first_year"].value() == running + 1


def test_before_the_morning_change_today_is_the_calendars_day(cast):
    from schools.duty import presenters

    at = timezone.make_aware(datetime(2026, 11, 29, 6, 50))
    days = presenters.days_on_page(cast.school, date(2026, 11, 23), at, {})
    assert [day.on for day in days if day.is_today] == [date(2026, 11, 29)]
    # Last night runs until the morning's change: somebody may still be written down for it.
    assert not next(day for day in days if day.on == date(2026, 11, 28)).is_over


def test_the_rule_of_a_password_is_said_before_and_after_in_the_readers_words(admin, cast, client):
    post = invited(admin, cast)
    slip = admin.post(reverse("schools:invitation", args=[post.pk])).context["url"]
    path = slip.partition("8000")[2]
    client.logout()
    assert "至少 10 个字符" in client.get(path, follow=True).content.decode()
    page = client.post(path, {"password1": "short", "password2": "short"})
    assert page.context["form"].errors["password1"] == ["太短了：密码至少要 10 个字符。"]


@pytest.mark.parametrize(
    ("username", "phone", "reached"),
    [
        ("13909302002", "", "+8613909302002"),
        ("139 0930 2002", "", "+8613909302002"),
        ("13909302002", "139 0930 2003", "+8613909302003"),
        ("T2026", "", ""),
        ("20261101", "", ""),
    ],
)
def test_who_signs_in_with_a_number_types_it_once(admin, cast, username, phone, reached):
    said = PERSON | {"role": Role.CLASS_TEACHER, "school_class": cast.next_class.pk} | {
        "username": username, "phone": phone,
    }  # fmt: skip
    assert admin.post(reverse("schools:add_post"), said).status_code == 302
    assert Post.objects.latest("pk").user.phone == reached
