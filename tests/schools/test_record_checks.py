"""No post in a village begins before the police or the procuratorate were asked, and each year again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import CredentialEvent, User
from core import clock, spoken_codes
from schools.appointing import actions
from schools.models import Post, PostOffer
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


@pytest.mark.parametrize(("days_ago", "begins"), [(400, False), (1, True), (0, True)])
def test_somebody_at_work_for_long_needs_a_look_up_that_counts_today(
    admin, today, days_ago, begins
):
    """A look-up that counted on a first day long ago is none for a post that is written down today."""
    sent = said(today, record_checked_on=today - timedelta(days=days_ago))
    sent["starts_on"] = today - timedelta(days=350)
    answer = admin.post(reverse("schools:add_post"), sent)
    assert (answer.status_code, bool(posts())) == ((302, True) if begins else (422, False))


def test_other_posts_need_none_and_keep_none(admin, cast, today):
    sent = said(today, record_checked_on=today) | {"role": Role.CLASS_TEACHER}
    sent["school_class"] = cast.next_class.pk
    assert admin.post(reverse("schools:add_post"), sent).status_code == 302
    assert [post.record_checked_on for post in posts()] == [None]


def test_no_way_beside_the_form(cast, today):
    with pytest.raises(actions.NotLookedUp):
        actions.give_post(
            user=cast.users["teacher"], role=Role.VILLAGE_WORKER, starts_on=today, today=today, by=None,
            school=cast.school, village="一组",
        )  # fmt: skip


@pytest.fixture
def post(cast) -> Post:
    return Post.objects.get(user=cast.users["village"])


@pytest.mark.parametrize(
    ("days_ago", "says"),
    [(None, "请查询违法犯罪记录"), (336, "该再次查询记录了"), (335, None)],
)
def test_the_staff_page_says_when_it_is_due(admin, post, today, days_ago, says):
    post.record_checked_on = days_ago and today - timedelta(days=days_ago)
    post.save()
    page = admin.get(reverse("schools:staff")).content.decode()
    for words in ("请查询违法犯罪记录", "该再次查询记录了"):
        assert (words in page) == (words == says)


def test_an_older_day_takes_the_place_of_a_newer_one_only_when_that_was_wrong(admin, post, today):
    wrong, right = today - timedelta(days=5), today - timedelta(days=50)
    url = reverse("schools:reach", args=[post.pk])
    assert "corrects_day" not in admin.get(url).content.decode()
    assert admin.post(url, {"record_checked_on": wrong}).status_code == 302
    for sent in (right, ""):
        answer = admin.post(url, {"record_checked_on": sent})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"record_checked_on"}
        assert 'name="corrects_day"' in answer.content.decode()
        post.refresh_from_db()
        assert post.record_checked_on == wrong
    assert admin.post(url, {"record_checked_on": right, "corrects_day": "on"}).status_code == 302
    post.refresh_from_db()
    assert post.record_checked_on == right
    kept = post.events.order_by("pgh_id").values_list("record_checked_on", flat=True)
    assert list(kept)[-2:] == [wrong, right]
    assert admin.post(url, {"record_checked_on": today}).status_code == 302
    post.refresh_from_db()
    assert post.record_checked_on == today


def test_a_day_that_was_never_right_can_be_taken_away(admin, post, today):
    post.record_checked_on = today
    post.save()
    url = reverse("schools:reach", args=[post.pk])
    sent = {"record_checked_on": "", "corrects_day": "on"}
    assert admin.post(url, sent).status_code == 302
    post.refresh_from_db()
    assert post.record_checked_on is None


@pytest.mark.parametrize("days_ago", [None, 500])
def test_no_post_that_is_to_come_loses_the_day_for_which_it_was_given(
    cast, admin, post, today, days_ago
):
    Post.objects.filter(pk=post.pk).update(
        starts_on=today + timedelta(days=3), record_checked_on=today
    )
    day = days_ago and (today - timedelta(days=days_ago)).isoformat()
    sent = {"record_checked_on": day or "", "corrects_day": "on"}
    answer = admin.post(reverse("schools:reach", args=[post.pk]), sent)
    assert answer.context["form"].errors["record_checked_on"]
    post.refresh_from_db()
    assert post.record_checked_on == today


@pytest.fixture
def more_posts(cast, post) -> dict[str, Post]:
    """Another village of the same school, one that is over, one of another school, and somebody else's."""
    told = {"role": Role.VILLAGE_WORKER, "starts_on": post.starts_on}
    other = User.objects.create_user("13900000018", name="吴村儿")
    over = post.starts_on + timedelta(days=1)
    return {
        "here": Post.objects.create(user=post.user, school=cast.school, village="二组", **told),
        "over": Post.objects.create(
            user=post.user, school=cast.school, village="三组", ends_on=over, **told
        ),
        "there": Post.objects.create(user=post.user, school=cast.other_school, **told),
        "other": Post.objects.create(user=other, school=cast.school, village="四组", **told),
    }


def days(more_posts: dict[str, Post]) -> dict[str, date | None]:
    for post in more_posts.values():
        post.refresh_from_db()
    return {name: post.record_checked_on for name, post in more_posts.items()}


def test_it_is_of_the_person_and_so_of_all_their_villages_here(admin, post, more_posts, today):
    url = reverse("schools:reach", args=[post.pk])
    assert admin.post(url, {"record_checked_on": today}).status_code == 302
    none = dict.fromkeys(more_posts)
    assert days(more_posts) == none | {"here": today}
    # The other post knows it, and refuses an older day as this one does.
    url = reverse("schools:reach", args=[more_posts["here"].pk])
    older = {"record_checked_on": today - timedelta(days=9)}
    assert admin.post(url, older).status_code == 422
    assert admin.post(url, older | {"corrects_day": "on"}).status_code == 302
    assert days(more_posts) == none | {"here": older["record_checked_on"]}
    post.refresh_from_db()
    assert post.record_checked_on == older["record_checked_on"]


def test_one_more_village_knows_it_and_tells_the_others(admin, post, more_posts, today):
    url, days_ago = reverse("schools:add_post"), [None, 20, 5, 30]
    own = {"name": post.user.name, "username": post.user.username, "village": "五组"}
    found = []
    for number in days_ago:
        looked_up = "" if number is None else today - timedelta(days=number)
        answer = admin.post(url, said(today, record_checked_on=looked_up) | own)
        found.append((answer.status_code, days(more_posts)["here"]))
    at20, at5 = (today - timedelta(days=number) for number in (20, 5))
    assert found == [(422, None), (302, at20), (302, at5), (302, at5)]
    assert admin.post(url, said(today) | own).status_code == 302  # it is on record
    given = Post.objects.filter(user=post.user, village="五组")
    assert set(given.values_list("record_checked_on", flat=True)) == {at5}
    assert given.count() == 4
    assert days(more_posts) == dict.fromkeys(more_posts) | {"here": at5}


@pytest.fixture
def offered(cast, today) -> PostOffer:
    """To somebody of another school, who accepts with the number."""
    return actions.appoint(
        school=cast.school,
        appointment=actions.Appointment(
            username=cast.users["far_teacher"].username, name=cast.users["far_teacher"].name,
            role=Role.VILLAGE_WORKER, starts_on=today, village="一组", record_checked_on=today,
        ),
        by=cast.users["admin"], on=today, at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("days_ago", [None, 366, 365])
def test_an_offer_with_no_look_up_that_counts_is_over(cast, client, offered, today, days_ago):
    """From before the rule, or accepted when the year is over: the school must ask again, and can."""
    looked_up = days_ago and today - timedelta(days=days_ago)
    PostOffer.objects.filter(pk=offered.pk).update(record_checked_on=looked_up)
    client.force_login(offered.user)
    number = spoken_codes.number_of(actions.NUMBER, offered.salt)
    url = reverse("staff:answer_offer", args=[offered.pk])
    page = client.post(url, {"number": number}, follow=True)
    offered.refresh_from_db()
    begins = days_ago == 365
    assert ("请学校查询后重新申请" in page.content.decode()) != begins
    assert offered.outcome == (PostOffer.Outcome.GIVEN if begins else PostOffer.Outcome.WITHDRAWN)
    given = Post.objects.filter(user=offered.user, role=Role.VILLAGE_WORKER)
    assert given.count() == (1 if begins else 0)
    if not begins:
        last = CredentialEvent.objects.filter(user=offered.user).latest("number")
        assert (last.kind, "not looked up" in last.detail) == ("post_withdrawn", True)


def test_the_second_person_hears_it_too(cast, client, today):
    """An administrator who becomes a village worker as well."""
    offer = actions.appoint(
        school=cast.school,
        appointment=actions.Appointment(
            username=cast.users["admin"].username, name=cast.users["admin"].name,
            role=Role.COUNSELLOR, starts_on=today,
        ),
        by=cast.users["admin"], on=today, at=clock.now(),
    )  # fmt: skip
    PostOffer.objects.filter(pk=offer.pk).update(role=Role.VILLAGE_WORKER)
    client.force_login(cast.users["principal"])
    page = client.post(reverse("schools:agree_offer", args=[offer.pk]), follow=True)
    assert "请学校查询后重新申请" in page.content.decode()
    offer.refresh_from_db()
    assert offer.outcome == PostOffer.Outcome.WITHDRAWN


def test_a_teachers_post_has_no_such_field(admin, cast):
    post = Post.objects.get(user=cast.users["teacher"])
    assert (
        "record_checked_on"
        not in admin.get(reverse("schools:reach", args=[post.pk])).content.decode()
    )
