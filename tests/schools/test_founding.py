"""From a school that an officer founds to its administrator at work, by HTTP."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import CredentialEvent, User
from core import spoken_codes as numbers
from schools.appointing import actions as appointing
from schools.founding import actions, policies
from schools.models import County, Post, PostOffer, School, Term
from schools.roles import Role
from tests.days import today
from tests.factories import founding
from tests.factories.cast import Cast, make_post, make_user

pytestmark = pytest.mark.django_db
NEW = "a quite new pass phrase"
SAID = {
    "school_name": "西靖小学",
    "code": "62062299",
    "duty_phone": "0935-5112299",
    "name": "韩雪",
    "username": "13909361001",
    "phone": "",
    "email": "han@school.example",
}
PATH = re.compile(r"(/accounts/first/[^\"\s<]+)")


@pytest.fixture
def cast(cast) -> Cast:
    founding.two_officers(cast)
    return cast


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key])
    return client


def number_of(offer: PostOffer) -> str:
    return numbers.number_of("offer", offer.salt)


def open_slip(path: str, number: str, **more):
    said = {"number": number, "password1": NEW, "password2": NEW, "phone": "13909361001"}
    return Client().post(path, said | {"email": "han@school.example"} | more)


def test_a_founded_school_has_its_year_and_waits_for_two_words(cast):
    officer = signed_in(cast, "county")
    founded = officer.post(reverse("founding:school"), SAID)
    school = School.objects.get(code="62062299")
    assert (school.name, school.county, school.is_demo) == ("西靖小学", cast.county, False)
    assert school.sending_started_at is None
    assert Term.objects.filter(year__school=school).count() == 2
    assert school.periods.exists()
    offer = PostOffer.objects.get(school=school)
    assert founded.url == reverse("founding:offer", args=[offer.pk])
    assert (offer.role, offer.county, offer.phone) == (
        "school_admin",
        cast.county,
        "+8613909361001",
    )
    assert offer.needs_owner
    assert offer.needs_second
    assert not Post.objects.filter(school=school).exists()
    assert not User.objects.filter(username="13909361001").exists()
    page = officer.get(founded.url).content.decode()
    assert number_of(offer) not in page
    assert reverse("founding:agree", args=[offer.pk]) not in page


def test_the_administrator_begins_with_an_address_of_one_and_a_number_of_another(cast):
    officer, second = signed_in(cast, "county"), signed_in(cast, "county2")
    officer.post(reverse("founding:school"), SAID)
    offer = PostOffer.objects.get()
    page = reverse("founding:offer", args=[offer.pk])
    assert second.post(reverse("founding:agree", args=[offer.pk])).url == page
    user = User.objects.get(username="13909361001")
    assert not user.posts.exists()
    assert number_of(offer) in second.get(page).content.decode()
    assert number_of(offer) not in officer.get(page).content.decode()
    slip = reverse("founding:slip", args=[offer.pk])
    assert second.post(slip).status_code == 404
    path = PATH.search(officer.post(slip).content.decode())[1]
    assert (
        open_slip(path, "000000" if number_of(offer) != "000000" else "111111").status_code == 422
    )
    assert not User.objects.get(pk=user.pk).has_usable_password()
    assert open_slip(path, number_of(offer)).status_code == 302
    post = Post.objects.get(user=user)
    assert (post.school.code, post.role) == ("62062299", Role.SCHOOL_ADMIN)
    offer.refresh_from_db()
    assert (offer.outcome, offer.agreed_by) == ("given", cast.users["county2"])
    kinds = (
        CredentialEvent.objects.filter(user=user).order_by("number").values_list("kind", flat=True)
    )
    assert list(kinds)[-3:] == ["password_set", "post_accepted", "post_given"]
    assert Client().get(path).status_code == 410
    today = Client()
    today.force_login(User.objects.get(pk=user.pk))
    assert reverse("second_step") in today.get(reverse("staff:today")).url


def test_five_wrong_numbers_end_it(cast):
    offer = founding.agree(cast, founding.ask(cast))
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    path = PATH.search(slip.content.decode())[1]
    wrong = "000000" if number_of(offer) != "000000" else "111111"
    answers = [open_slip(path, wrong).status_code for _try in range(5)]
    assert answers == [422] * 4 + [410]
    assert open_slip(path, number_of(offer)).status_code == 410
    assert not Post.objects.filter(user=offer.user).exists()


def test_the_principal_of_the_school_may_agree(cast):
    school = founding.new_school(cast)
    principal = cast.users["new_principal"] = make_user(
        "new-principal", "丁校长", phone="+8613909354001"
    )
    make_post(principal, Role.PRINCIPAL, school=school)
    offer = founding.ask(cast, school=school)
    client = signed_in(cast, "new_principal")
    assert client.get(reverse("founding:offer", args=[offer.pk])).status_code == 404
    assert offer.name in client.get(reverse("schools:agreeing")).content.decode()
    client.post(reverse("schools:agree_offer", args=[offer.pk]))
    offer.refresh_from_db()
    assert offer.agreed_by == principal
    told = client.get(reverse("schools:agreeing")).content.decode()
    assert number_of(offer) in told
    # A principal of elsewhere is nobody here.
    assert (
        offer.name
        not in signed_in(cast, "principal").get(reverse("schools:agreeing")).content.decode()
    )


def test_who_may_agree_is_neither_who_asked_nor_whom_it_is_about(cast):
    school = founding.new_school(cast)
    principal = make_user("new-principal", "丁校长", phone="+8613909354001")
    make_post(principal, Role.PRINCIPAL, school=school)
    offer = founding.ask(cast, school=school)
    names = {one.name for one in policies.second_people(offer, today())}
    assert names == {"丁校长", cast.users["county2"].name}
    PostOffer.objects.update(user=principal)
    offer.refresh_from_db()
    assert policies.second_people(offer, today()) == [cast.users["county2"]]


def test_somebody_who_works_here_already_accepts_with_the_number(cast):
    school, teacher = founding.new_school(cast), cast.users["far_teacher"]
    said = {"name": teacher.name, "username": teacher.username.upper(), "phone": "13800000000"}
    signed_in(cast, "county").post(reverse("founding:administrator", args=[school.pk]), said)
    offer = PostOffer.objects.get()
    assert (offer.user, offer.phone) == (teacher, "")
    account = signed_in(cast, "far_teacher")
    assert (
        reverse("staff:answer_offer", args=[offer.pk])
        not in account.get(reverse("staff:account")).content.decode()
    )
    offer = founding.agree(cast, offer)
    answer = reverse("staff:answer_offer", args=[offer.pk])
    assert "冯二" in account.get(reverse("staff:account")).content.decode()
    account.post(answer, {"number": number_of(offer)})
    assert Post.objects.filter(user=teacher, school=school, role="school_admin").exists()
    assert (
        signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk])).status_code == 404
    )


@pytest.mark.parametrize(
    ("name", "more", "wrong"),
    [
        ("code", {"code": "620622001"}, "school_form"),
        ("code", {"code": "６２０６２２００１"}, "school_form"),
        ("code", {"code": "<b>"}, "school_form"),
        ("school_name", {"school_name": " 黄羊川中心小学 "}, "school_form"),
        ("school_name", {"school_name": "㍿" * 80}, "school_form"),
        ("duty_phone", {"duty_phone": "打不通"}, "school_form"),
        ("username", {"username": "㍿" * 100}, "form"),
        ("username", {"username": "ｔｅａｃｈｅｒ"}, "form"),
        ("phone", {"username": "T-77", "phone": "", "email": ""}, "form"),
        ("username", {"username": "teacher"}, "form"),
        ("username", {"username": "family-mother", "name": "王芳"}, "form"),
    ],
)
def test_what_cannot_be_leaves_no_school_behind(cast, name, more, wrong):
    before = School.objects.count()
    page = signed_in(cast, "county").post(reverse("founding:school"), SAID | more)
    assert page.status_code == 422
    assert list(page.context[wrong].errors) == [name]
    assert School.objects.count() == before
    assert not PostOffer.objects.exists()


def test_a_school_with_an_administrator_gives_its_posts_itself(cast):
    address = reverse("founding:administrator", args=[cast.school.pk])
    assert signed_in(cast, "county").get(address).status_code == 404
    with pytest.raises(actions.HasAdministrator):
        founding.ask(cast, school=cast.school)


def test_an_officer_of_another_county_sees_nothing(cast):
    elsewhere = County.objects.create(name="天祝县")
    stranger = cast.users["stranger"] = make_user("stranger", "外县", phone="+8613909355001")
    make_post(stranger, Role.COUNTY_OFFICER, county=elsewhere)
    offer, client = founding.ask(cast), signed_in(cast, "stranger")
    for name in ("offer", "agree", "withdraw", "slip"):
        address = reverse(f"founding:{name}", args=[offer.pk])
        assert client.post(address).status_code in (404, 405)
        assert client.get(address).status_code in (404, 405)
    post = Post.objects.get(user=cast.users["county"])
    assert client.post(reverse("founding:end_officer", args=[post.pk])).status_code == 404
    address = reverse("founding:administrator", args=[offer.school_id])
    assert client.get(address).status_code == 404
    assert "西靖小学" not in client.get(reverse("county:set_up")).content.decode()


def test_a_second_officer_makes_a_third(cast):
    said = {"name": "高峰", "username": "13909361002", "phone": "", "email": ""}
    signed_in(cast, "county").post(reverse("founding:officer"), said)
    offer = PostOffer.objects.get()
    assert (offer.school, offer.role) == (None, "county_officer")
    signed_in(cast, "county2").post(reverse("founding:agree", args=[offer.pk]))
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    path = PATH.search(slip.content.decode())[1]
    assert "古浪县" in Client().get(path, follow=True).content.decode()
    answer = open_slip(path, number_of(offer), phone="13909361002", email="")
    assert answer.status_code == 302
    post = Post.objects.get(user__username="13909361002")
    assert (post.county, post.school, post.role) == (cast.county, None, "county_officer")


def test_a_post_ends_with_today_and_the_last_officer_stays(cast):
    client, on = signed_in(cast, "county"), timezone.localdate()
    first, second = (Post.objects.get(user=cast.users[key]) for key in ("county", "county2"))
    client.post(reverse("founding:end_officer", args=[second.pk]))
    second.refresh_from_db()
    assert second.ends_on == on
    page = client.post(reverse("founding:end_officer", args=[first.pk]))
    assert "最后一位" in page.content.decode()
    first.refresh_from_db()
    assert first.ends_on is None
    assert CredentialEvent.objects.filter(user=second.user, kind="post_ended").count() == 1


def test_one_who_has_never_signed_in_keeps_no_county(cast):
    other = cast.users["county2"]
    other.set_unusable_password()
    other.save()
    post = Post.objects.get(user=cast.users["county"])
    with pytest.raises(actions.LastOfficer):
        actions.end_officer(post=post, by=cast.users["county"], on=timezone.localdate())


def test_the_first_two_officers_come_by_a_command():
    """In a county that has no school yet."""
    for name, login in (("王强", "13909361011"), ("冯娟", "13909361012")):
        told = StringIO()
        call_command("appoint", county="天祝县", officer=True, name=name, login=login, stdout=told)
        said = {"password1": NEW, "password2": NEW, "phone": login, "email": ""}
        assert Client().post(PATH.search(told.getvalue())[1], said).status_code == 302
    officers = [User.objects.get(username=f"1390936101{n}") for n in (1, 2)]
    county = County.objects.get(name="天祝县")
    assert {(post.role, post.county) for one in officers for post in one.posts.all()} == {
        ("county_officer", county)
    }
    offer = actions.name_officer(
        county=county, named=founding.DEPUTY, by=officers[0], at=timezone.now()
    )
    assert appointing.agree(offer=offer, by=officers[1], at=timezone.now())
    with pytest.raises(CommandError):
        call_command("appoint", school="1", officer=True, name="甲", login="13909361013")


def test_what_nobody_answered_makes_room(cast):
    school = founding.new_school(cast)
    old = founding.ask(cast, school=school)
    PostOffer.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=15))
    officer = signed_in(cast, "county2")
    assert officer.get(reverse("founding:offer", args=[old.pk])).status_code == 404
    assert founding.ask(cast, by="county2", school=school).pk != old.pk
    old.refresh_from_db()
    assert old.outcome == "withdrawn"


def test_whoever_sees_a_mistake_stops_it_and_the_person_can_be_named_again(cast):
    school = founding.new_school(cast)
    offer = founding.agree(cast, founding.ask(cast, school=school))
    slip = signed_in(cast, "county").post(reverse("founding:slip", args=[offer.pk]))
    path = PATH.search(slip.content.decode())[1]
    signed_in(cast, "county2").post(reverse("founding:withdraw", args=[offer.pk]))
    assert open_slip(path, number_of(offer)).status_code == 410
    again = founding.agree(cast, founding.ask(cast, school=school))
    assert again.user == offer.user
    assert number_of(again) != number_of(offer)
    assert open_slip(path, number_of(offer)).status_code == 422
    assert open_slip(path, number_of(again)).status_code == 302
