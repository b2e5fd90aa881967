"""What an officer of the county reads of the schools' set-up: each step by fact, never of a child."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from core import clock
from delivery.models import ChannelAccount, Invitation
from doors.county.waiting import QUIET_DAYS, desk
from doors.set_up import set_up_of
from messaging.actions import start_sending
from schools.actions import add_class
from schools.founding.policies import offers_of_county
from schools.models import Post, School, SchoolYear
from schools.roles import Role
from tests.factories import founding
from tests.factories.cast import Cast, make_adult, make_post, make_student, make_user

pytestmark = pytest.mark.django_db


def read_desk(cast: Cast):
    at = clock.now()
    ids = list(School.objects.filter(county=cast.county).values_list("pk", flat=True))
    offers = list(offers_of_county(cast.county, at))
    return desk(set_up_of(ids, timezone.localdate(at), at), offers, at)


@pytest.fixture(autouse=True)
def _in_chinese():
    with translation.override("zh-hans"):
        yield


def waits_of(cast: Cast, school: School) -> list[str]:
    found = read_desk(cast)
    groups = (found.for_county, found.setting_up, found.wanting, found.complete)
    return next(
        [wait.words for wait in one.waits]
        for group in groups
        for one in group
        if one.school == school
    )


@pytest.fixture
def officer(cast) -> Client:
    founding.two_officers(cast)
    client = Client()
    client.force_login(cast.users["county"])
    return client


def staffed(school: School, key: str, role: str, **more) -> Post:
    return make_post(make_user(key, "某人", phone="+8613909357001"), role, school=school, **more)


def test_each_step_goes_when_it_is_done(cast, officer, settings):
    """From a founded school to one that lacks nothing, one step after the other."""
    school = founding.new_school(cast)
    assert waits_of(cast, school) == ["没有管理员。"]
    staffed(school, "new-admin", Role.SCHOOL_ADMIN)
    left = [
        "没有学校电话。",
        "没有班级。",
        "没有校长。",
        "只有管理员一个人有岗位。",
        "没有人值班。",
        "没有心理老师。",
        "没有能发消息的发送渠道。",
        "没有花名册。",
        "学校还没有开始给家庭发消息。",
    ]

    def done(*words: str) -> None:
        for one in words:
            left.remove(one)
        assert waits_of(cast, school) == left

    done()
    School.objects.filter(pk=school.pk).update(phone="0935-5112299")
    done("没有学校电话。")
    year = SchoolYear.objects.get(school=school)
    made = add_class(school=school, year=year, grade=3, number=1)
    done("没有班级。")
    staffed(school, "new-principal", Role.PRINCIPAL)
    done("没有校长。", "只有管理员一个人有岗位。")
    Post.objects.filter(school=school, role=Role.PRINCIPAL).update(is_duty=True)
    done("没有人值班。")
    staffed(school, "new-counsellor", Role.COUNSELLOR)
    done("没有心理老师。")
    ChannelAccount.objects.create(school=school, kind="email", is_enabled=True)
    left.insert(0, "还没有试发成功。")
    done("没有能发消息的发送渠道。")
    child = make_student(made, "孙小雨")
    left.insert(1, "还没有邀请家庭。")
    done("没有花名册。")
    adult = make_adult(school, "孙妈妈", "+8613893518801")
    Invitation.objects.create(
        school=school,
        adult=adult,
        digest="x",
        made_by=cast.users["admin"],
        made_at=clock.now(),
        expires_at=clock.now() + timedelta(days=14),
    )
    done("还没有邀请家庭。")
    start_sending(school=school, by=cast.users["admin"], at=clock.now())
    School.objects.filter(pk=school.pk).update(is_demo=True)  # whose phone needs no test
    done("还没有试发成功。", "学校还没有开始给家庭发消息。")
    assert left == []
    assert [one.school for one in read_desk(cast).complete] == [school]
    page = officer.get(reverse("county:set_up")).content.decode()
    assert child.name not in page
    assert adult.name not in page


def test_what_the_county_can_do_for_all_schools_has_its_link(cast, officer):
    """A school without a channel can be given the county's account: its step leads to that page."""
    staffed(founding.new_school(cast), "new-admin", Role.SCHOOL_ADMIN)
    page = officer.get(reverse("county:set_up")).content.decode()
    step = re.search(r"<li>(?:(?!</li>).)*没有能发消息的发送渠道。.*?</li>", page, re.DOTALL)
    assert step
    link = re.search(r'href="([^"]+)"', step[0])
    assert link
    assert officer.get(link[1]).status_code == 200


def test_a_school_that_nobody_signs_in_to_is_called(cast, officer):
    school, at = cast.school, clock.now()
    staff = User.objects.filter(posts__school=school)
    staff.update(last_login=at - timedelta(days=QUIET_DAYS + 3))
    assert "17 天没有人登录。" in waits_of(cast, school)
    User.objects.filter(pk=cast.users["teacher"].pk).update(last_login=at - timedelta(days=2))
    assert not any("登录" in words for words in waits_of(cast, school))
    # Who has left says nothing of the school.
    Post.objects.filter(user=cast.users["teacher"]).update(
        ends_on=timezone.localdate() - timedelta(1)
    )
    assert "17 天没有人登录。" in waits_of(cast, school)


def test_an_administrator_who_is_named_is_told_with_what_is_wanting(cast, officer):
    offer = founding.ask(cast)
    page = officer.get(reverse("county:set_up")).content.decode()
    assert "提名了 韩雪，等另一位负责人或校长同意" in page
    founding.agree(cast, offer)
    page = officer.get(reverse("county:set_up")).content.decode()
    assert "等 韩雪 接受" in page
    second = Client()
    second.force_login(cast.users["county2"])
    founding.ask_officer(cast)
    assert "等您答复" in second.get(reverse("county:set_up")).content.decode()
    assert "等您答复" not in officer.get(reverse("county:set_up")).content.decode()
    # The page that an officer comes to first says so beside the entry.
    cache.clear()
    counts = [
        next(item["count"] for item in page.context["rail"] if item["url"] == "/county/")
        for page in (client.get(reverse("dashboards:county")) for client in (second, officer))
    ]
    assert counts == [1, 0]


def test_a_single_officer_is_told_that_nobody_can_agree(cast):
    client = Client()
    client.force_login(cast.users["county"])
    assert "没有第二位负责人" in client.get(reverse("county:set_up")).content.decode()
    founding.two_officers(cast)
    assert "没有第二位负责人" not in client.get(reverse("county:set_up")).content.decode()


def test_how_many_children_there_are_makes_no_difference(cast, officer):
    """The page of a school with one child on its roster is, to the letter, that of one with fifty."""
    page = officer.get(reverse("county:set_up"))
    before = page.content.decode()
    for number in range(49):
        make_student(cast.far_class, f"孙{number}")
    cache.clear()
    after = officer.get(reverse("county:set_up")).content.decode()
    assert _without_tokens(after) == _without_tokens(before)


def _without_tokens(page: str) -> str:
    return re.sub(r"[A-Za-z0-9]{64}", "", page)


def test_ten_schools_cost_what_one_costs(cast, officer):
    def cost() -> int:
        officer.get(reverse("county:set_up"))
        with CaptureQueriesContext(connection) as asked:
            assert officer.get(reverse("county:set_up")).status_code == 200
        return len(asked)

    founding.ask(cast, school=founding.new_school(cast))
    few = cost()
    for number in range(9):
        school = founding.new_school(cast, f"新{number}小学", f"7700{number}")
        if number % 2:
            staffed(school, f"admin-{number}", Role.SCHOOL_ADMIN)
        else:
            named = founding.Named(f"韩{number}", f"han-{number}", "", f"han{number}@s.example")
            founding.actions.name_administrator(
                school=school, named=named, by=cast.users["county"], at=clock.now()
            )
    cache.clear()
    assert cost() == few
