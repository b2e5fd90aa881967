from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from core.days import full_day
from schools.appointing.forms import DutyForm
from schools.models import CalendarDay, Post, School, SchoolYear, Term
from schools.roles import Role

pytestmark = pytest.mark.django_db
HOTLINES = {"hotlines": "110 报警"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"])
    return client


def test_the_administrator_changes_the_schools_phone(admin, cast):
    data = {"name": cast.school.name, "phone": "0935-5119999", "check_in_every_days": 7} | HOTLINES
    assert admin.post(reverse("schools:settings"), data).status_code == 302
    assert School.objects.get(pk=cast.school.pk).phone == "0935-5119999"


def test_two_tabs_of_the_schools_details_replace_nothing_unseen(admin, cast):
    page = reverse("schools:settings")
    data = {"name": cast.school.name, "phone": "", "check_in_every_days": 7} | HOTLINES
    seen = admin.get(page).context["form"]["instead_of"].value()
    said = data | {"phone": "0935-5119999", "instead_of": seen}
    for _twice in range(2):
        assert admin.post(page, said).status_code == 302
    late = data | {"hotlines": "110 报警\n12355 青少年", "instead_of": seen}
    answer = admin.post(page, late)
    assert answer.status_code == 422
    assert "您在另一个页面里保存过另一个版本" in answer.text
    assert "换成我现在写的" in answer.text
    assert "12355 青少年" in answer.content.decode()
    assert "0935-5119999" in answer.content.decode()
    assert School.objects.get(pk=cast.school.pk).phone == "0935-5119999"
    again = answer.context["form"]["instead_of"].value()
    assert admin.post(page, late | {"instead_of": again}).status_code == 302
    assert School.objects.get(pk=cast.school.pk).phone == ""


def test_two_tabs_of_a_term_replace_nothing_unseen(admin, cast):
    year = SchoolYear.objects.get(school=cast.school)
    first, last = year.starts_on, year.starts_on + timedelta(days=100)
    term = Term.objects.create(year=year, season="autumn", starts_on=first, ends_on=last)
    page, days = reverse("schools:term", args=[term.pk]), [last + timedelta(days=n) for n in (1, 2)]
    began = admin.get(page).context["form"]["instead_of"].value()
    said = {"starts_on": first, "ends_on": days[0], "instead_of": began}
    for _twice in range(2):
        assert admin.post(page, said).status_code == 302
    late = said | {"ends_on": days[1]}
    answer = admin.post(page, late)
    assert answer.status_code == 422
    assert "换成我现在写的" in answer.text
    assert full_day(days[0]) in answer.context["form"].newer.words
    assert f'value="{days[1]}"' in answer.text
    term.refresh_from_db()
    assert term.ends_on == days[0]
    again = answer.context["form"]["instead_of"].value()
    assert f'value="{again}"' in answer.text
    assert admin.post(page, late | {"instead_of": again}).status_code == 302
    term.refresh_from_db()
    assert term.ends_on == days[1]


def test_a_rhythm_of_no_days_is_refused_at_its_field(admin, cast):
    data = {"name": "X", "phone": "", "check_in_every_days": 0} | HOTLINES
    answer = admin.post(reverse("schools:settings"), data)
    assert answer.status_code == 422
    assert "请填 1 到 31 天" in answer.content.decode()
    assert School.objects.get(pk=cast.school.pk).name == cast.school.name


@pytest.mark.parametrize(
    "who", ["teacher", "principal", "counsellor", "county", "ended", "superuser"]
)
def test_nobody_else_changes_the_school(client, cast, who):
    client.force_login(cast.users[who])
    data = {"name": "X", "phone": "", "check_in_every_days": 7} | HOTLINES
    assert client.post(reverse("schools:settings"), data).status_code == 404
    assert School.objects.get(pk=cast.school.pk).name == cast.school.name


def test_a_new_teacher_gets_a_post_and_a_slip_that_opens_once(admin, cast, client):
    data = {
        "name": "孙老师",
        "username": "13900000009",
        "role": Role.CLASS_TEACHER,
        "school_class": cast.next_class.pk,
        "starts_on": "2026-11-01",
    }
    answer = admin.post(reverse("schools:add_post"), data)
    user = User.objects.get(username="13900000009")
    assert not user.has_usable_password()
    post = Post.objects.get(user=user)
    assert answer.url == reverse("schools:invitation", args=[post.pk])
    slip = admin.post(answer.url).context["url"]
    client.logout()
    page = client.get(slip.partition("8000")[2], follow=True)
    assert page.status_code == 200
    password = "a long enough one"
    said = {"password1": password, "password2": password, "phone": "13893510011", "email": ""}
    client.post(slip.partition("8000")[2], said)
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.phone == "+8613893510011"
    again = client.get(slip.partition("8000")[2], follow=True)
    assert again.status_code == 410


def test_a_number_of_somebody_else_gives_no_post(admin, cast):
    data = {
        "name": "冒名",
        "username": "teacher",
        "role": Role.PRINCIPAL,
        "starts_on": "2026-11-01",
    }
    answer = admin.post(reverse("schools:add_post"), data)
    assert answer.status_code == 422
    assert not Post.objects.filter(user=cast.users["teacher"], role=Role.PRINCIPAL).exists()


def test_an_ended_post_opens_nothing_from_the_next_day(admin, cast, client):
    post = Post.objects.get(user=cast.users["teacher"])
    client.force_login(cast.users["teacher"])
    assert client.get(reverse("staff:today")).status_code == 200
    client.force_login(cast.users["admin"])
    yesterday = (post.starts_on + timedelta(days=1)).isoformat()
    client.post(reverse("staff:end_post", args=[post.pk]), {"ends_on": yesterday})
    client.force_login(cast.users["teacher"])
    assert client.get(reverse("staff:today")).status_code == 404


def test_a_post_of_another_school_cannot_be_ended_nor_its_phone_changed(admin, cast):
    post = Post.objects.get(user=cast.users["far_teacher"])
    for page, said in (
        ("staff:end_post", {"ends_on": "2026-01-01"}),
        ("schools:reach", {"phone": "13800000000"}),
    ):
        assert admin.post(reverse(page, args=[post.pk]), said).status_code == 404
    assert User.objects.get(pk=post.user_id).phone != "13800000000"


def test_the_administrator_says_who_is_told_first_and_sees_only_that_there_is_a_way(admin, cast):
    post = Post.objects.get(user=cast.users["counsellor"])
    address = reverse("schools:reach", args=[post.pk])
    said = {"phone": "13893510077", "email": "chen@school.example", "is_duty": "on"}
    assert admin.post(address, said).status_code == 302
    post = Post.objects.select_related("user").get(pk=post.pk)
    assert (post.user.phone, post.user.email, post.is_duty) == ("+8613909350001", "", True)
    for page in (reverse("schools:staff"), address):
        assert "13909350001" not in admin.get(page).content.decode()
    assert "已留有手机号" in admin.get(address).content.decode()


def test_saving_who_is_told_first_does_not_begin_an_ended_post_again(admin, cast):
    """Both tabs were opened before the post was ended."""
    post = Post.objects.get(user=cast.users["counsellor"])
    form = DutyForm({"is_duty": "on"}, instance=post, mends_phone=False, on=post.starts_on)
    assert form.is_valid()
    ends_on = post.starts_on + timedelta(days=1)
    Post.objects.filter(pk=post.pk).update(ends_on=ends_on)
    form.save()
    post = Post.objects.get(pk=post.pk)
    assert (post.is_duty, post.ends_on) == (True, ends_on)


def test_a_calendar_day_of_nonsense_is_refused_in_place(admin, cast):
    answer = admin.post(reverse("schools:add_day"), {"on": "2026-13-77", "kind": "holiday"})
    assert answer.status_code == 422
    assert not CalendarDay.objects.exists()
    data = {"on": "2026-12-31", "kind": "holiday", "name": "大雪停课"}
    assert admin.post(reverse("schools:add_day"), data).status_code == 302
    assert CalendarDay.objects.get().name == "大雪停课"
