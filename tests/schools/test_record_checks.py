"""No post in a village begins before the police or the procuratorate were asked, and each year again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from core import clock
from schools.appointing import actions
from schools.models import Post
from schools.policies import today_in
from schools.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"])
    return client


@pytest.fixture
def today(cast) -> date:
    return today_in(cast.school, clock.now())


def said(today: date, **more: object) -> dict[str, object]:
    return {
        "name": "周村儿", "username": "13900000019", "role": Role.VILLAGE_WORKER, "village": "一组",
        "starts_on": today, **more,
    }  # fmt: skip


def posts() -> list[Post]:
    return list(Post.objects.filter(user__username="13900000019"))


@pytest.mark.parametrize(
    ("days_ago", "begins"), [(None, False), (366, False), (-1, False), (365, True), (0, True)]
)
def test_it_begins_with_a_look_up_of_the_year_before(admin, today, days_ago, begins):
    looked_up = "" if days_ago is None else today - timedelta(days=days_ago)
    answer = admin.post(reverse("schools:add_post"), said(today, record_checked_on=looked_up))
    assert [post.record_checked_on for post in posts()] == ([looked_up] if begins else [])
    if not begins:
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"record_checked_on"}
        assert answer.context["form"]["name"].value() == "周村儿"


def test_a_day_to_come_does_not_make_an_old_look_up_count(admin, today):
    sent = said(today, record_checked_on=today - timedelta(days=300))
    sent["starts_on"] = today + timedelta(days=100)
    assert admin.post(reverse("schools:add_post"), sent).status_code == 422
    assert not posts()


def test_other_posts_need_none(admin, cast, today):
    sent = said(today) | {"role": Role.CLASS_TEACHER, "school_class": cast.next_class.pk}
    assert admin.post(reverse("schools:add_post"), sent).status_code == 302
    assert len(posts()) == 1


def test_no_way_beside_the_form(cast, today):
    with pytest.raises(actions.NotLookedUp):
        actions.give_post(
            user=cast.users["teacher"], role=Role.VILLAGE_WORKER, starts_on=today, by=None,
            school=cast.school, village="一组",
        )  # fmt: skip


@pytest.fixture
def post(cast) -> Post:
    return Post.objects.get(user=cast.users["village"])


@pytest.mark.parametrize(("days_ago", "is_due"), [(None, True), (336, True), (335, False)])
def test_the_staff_page_says_when_it_is_due_again(admin, post, today, days_ago, is_due):
    post.record_checked_on = days_ago and today - timedelta(days=days_ago)
    post.save()
    page = admin.get(reverse("schools:staff")).content.decode()
    assert ("该再次查询记录了" in page) == is_due


def test_an_older_day_never_takes_the_place_of_a_newer_one(admin, post, today):
    newer, older = today - timedelta(days=5), today - timedelta(days=400)
    url = reverse("schools:reach", args=[post.pk])
    for sent, stands in ((newer, newer), (older, newer), ("", newer), (today, today)):
        assert admin.post(url, {"record_checked_on": sent}).status_code == 302
        post.refresh_from_db()
        assert post.record_checked_on == stands


def test_a_teachers_post_has_no_such_field(admin, cast):
    post = Post.objects.get(user=cast.users["teacher"])
    assert (
        "record_checked_on"
        not in admin.get(reverse("schools:reach", args=[post.pk])).content.decode()
    )
