"""A post of somebody of another school, from the offer to the post; and a new password by two people."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import CredentialEvent, User
from core import spoken_codes as numbers
from schools.models import Post, PostOffer
from schools.passwords import actions as passwords
from schools.roles import Role
from tests.factories import identity
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db
NEW = "a quite new pass phrase"


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def kinds_about(user: User) -> list[str]:
    rows = CredentialEvent.objects.filter(user=user).order_by("number")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.parametrize("first", ["owner", "second"])
def test_a_post_comes_when_its_owner_and_the_second_person_have_both_agreed(cast, first):
    owner, offer = cast.users["far_teacher"], identity.offer(cast)
    number = numbers.number_of("offer", offer.salt)
    assert number in signed_in(cast, "admin").get(
        reverse("schools:offer", args=[offer.pk])
    ).content.decode().replace(" ", "")
    acts = [
        ("far_teacher", "staff:answer_offer", {"number": number}),
        ("principal", "schools:agree_offer", {}),
    ]
    for key, name, said in acts if first == "owner" else reversed(acts):
        assert not Post.objects.filter(user=owner, school=cast.school).exists()
        signed_in(cast, key).post(reverse(name, args=[offer.pk]), said)
    post = Post.objects.get(user=owner, school=cast.school)
    assert post.role == Role.COUNSELLOR
    offer.refresh_from_db()
    assert (offer.outcome, offer.agreed_by) == ("given", cast.users["principal"])
    words = kinds_about(owner)
    assert words[0] == "post_offered"
    assert words[-1] == "post_given"
    assert words.count("post_accepted") == 2


@pytest.mark.parametrize(
    ("key", "name", "said", "outcome"),
    [
        ("far_teacher", "staff:answer_offer", {"decline": "1"}, "declined"),
        ("principal", "schools:agree_offer", {"refuse": "1"}, "refused"),
        ("admin", "schools:offer", {}, "withdrawn"),
    ],
)
def test_each_of_them_can_end_an_offer(cast, key, name, said, outcome):
    offer = identity.offer(cast)
    signed_in(cast, key).post(reverse(name, args=[offer.pk]), said)
    offer.refresh_from_db()
    assert offer.outcome == outcome
    number = numbers.number_of("offer", offer.salt)
    signed_in(cast, "principal").post(reverse("schools:agree_offer", args=[offer.pk]))
    signed_in(cast, "far_teacher").post(
        reverse("staff:answer_offer", args=[offer.pk]), {"number": number}
    )
    assert not Post.objects.filter(user=cast.users["far_teacher"], school=cast.school).exists()


def test_today_leads_to_what_waits(cast):
    identity.offer(cast)
    identity.reset(cast)
    account, agreeing = reverse("staff:account"), reverse("schools:agreeing")
    for key, page in (("far_teacher", account), ("teacher", account), ("principal", agreeing)):
        today = signed_in(cast, key).get(reverse("staff:today")).content.decode()
        assert f'class="link" href="{page}"' in today, key
    assert agreeing not in signed_in(cast, "teacher").get(reverse("staff:today")).content.decode()


def test_somebody_who_left_comes_back_by_an_offer(cast):
    ended = signed_in(cast, "ended")
    assert ended.get(reverse("staff:today")).status_code == 404
    offer = identity.offer(cast, key="ended", role=Role.VILLAGE_WORKER)
    assert offer.needs_owner
    assert ended.get(reverse("staff:today")).url == reverse("staff:account")


def test_the_countys_administrator_agrees_only_where_no_principal_can(cast):
    offer = identity.offer(cast)
    address = reverse("schools:agree_offer", args=[offer.pk])
    county = signed_in(cast, "county_admin")
    assert county.post(address).status_code == 404
    Post.objects.filter(user=cast.users["principal"]).delete()
    assert county.post(address).status_code == 302
    offer.refresh_from_db()
    assert offer.agreed_by == cast.users["county_admin"]


def test_an_opened_slip_is_on_record_once_for_each_slip_and_for_its_owner_alone(cast):
    by, owners = cast.users["admin"], [cast.users["teacher"], cast.users["counsellor"]]
    User.objects.filter(pk__in=[owner.pk for owner in owners]).update(password="!")

    def made(owner: User) -> str:
        slip = passwords.make_slip(user=owner, place=cast.school, by=by)
        return slip.removeprefix(settings.PUBLIC_URL)

    slip = made(owners[0])
    assert Client().get(slip).status_code == 200
    made(owners[1])  # newer, and nobody has opened it
    assert Client().get(slip).status_code == 200
    assert [kinds_about(one) for one in owners] == [["slip_made", "slip_opened"], ["slip_made"]]
    Client().get(made(owners[0]))
    assert kinds_about(owners[0]) == ["slip_made", "slip_opened"] * 2


def test_two_people_help_to_a_new_password(cast):
    victim = cast.users["teacher"]
    admin, principal = signed_in(cast, "admin"), signed_in(cast, "principal")
    where = reverse("schools:new_password", args=[identity.post_of(cast, "teacher").pk])
    admin.post(where)
    assert "passwords" not in admin.post(where).content.decode().partition("/accounts/new/")[1]
    reset = victim.password_resets.get()
    principal.post(reverse("schools:agree_reset", args=[reset.pk]))
    path = re.findall(r"(/accounts/new/[^\"\s<]+)", admin.post(where).content.decode())[0]
    number = numbers.number_of("reset", reset.salt)
    said = {"number": number, "password1": NEW, "password2": NEW}
    assert Client().post(path, said).status_code == 302
    victim.refresh_from_db()
    assert victim.check_password(NEW)
    assert Client().get(path).status_code == 410
    assert kinds_about(victim) == ["reset_asked", "reset_agreed", "slip_made", "password_changed"]


def test_the_owner_stops_a_reset_that_they_did_not_ask_for(cast):
    reset = identity.reset(cast)
    signed_in(cast, "teacher").post(reverse("staff:stop_reset", args=[reset.pk]))
    reset.refresh_from_db()
    assert reset.closed_at
    principal = signed_in(cast, "principal")
    assert principal.post(reverse("schools:agree_reset", args=[reset.pk])).status_code == 404


def test_the_owner_changes_phone_and_mail_with_the_password(cast):
    teacher = signed_in(cast, "teacher")
    said = {"phone": "138 9351 0077", "email": "zhang@school.example", "password": "wrong"}
    assert teacher.post(reverse("staff:account"), said).status_code == 422
    said["password"] = "correct horse battery"
    assert teacher.post(reverse("staff:account"), said).status_code == 302
    cast.users["teacher"].refresh_from_db()
    assert cast.users["teacher"].phone == "+8613893510077"
    page = teacher.get(reverse("staff:account")).content.decode()
    assert "电话或邮箱改了" in page


def test_a_password_changed_by_its_owner_is_recorded(cast):
    teacher = signed_in(cast, "teacher")
    said = {"oldpassword": "correct horse battery", "password1": NEW, "password2": NEW}
    assert teacher.post(reverse("account_change_password"), said).status_code == 302
    assert kinds_about(cast.users["teacher"]) == ["password_changed"]


def test_whoever_runs_the_installation_appoints_the_second_people(cast):
    for place, role in (
        ({"school": cast.school.code}, Role.PRINCIPAL),
        ({"county": cast.county.name}, Role.COUNTY_ADMIN),
    ):
        told = StringIO()
        call_command("appoint", **place, name="新人", login=f"new-{role}", stdout=told)
        path = re.findall(r"(/accounts/first/\S+)", told.getvalue())[0]
        Client().post(path, {"password1": NEW, "password2": NEW})
        user = User.objects.get(username=f"new-{role}")
        assert user.check_password(NEW)
        assert user.posts.get().role == role
        assert "post_given" in kinds_about(user)
    with pytest.raises(CommandError):
        call_command("appoint", school=cast.school.code, name="新人", login="TEACHER")
    assert not PostOffer.objects.exists()
