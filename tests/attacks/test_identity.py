"""Becoming somebody else: attacks by whoever may appoint staff, by HTTP, over several steps."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from schools.models import Post, School
from schools.roles import Role
from tests.factories.cases import make_case
from tests.factories.cast import PASSWORD, Cast, make_cast, make_post, make_user

pytestmark = pytest.mark.django_db
ATTACKERS = "the attacker's own pass phrase"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast() -> Cast:
    """With an administrator, a principal and a counsellor's case at each end."""
    cast = make_cast()
    cast.users["far_admin"] = make_user("far-admin", "何管理")
    make_post(cast.users["far_admin"], Role.SCHOOL_ADMIN, school=cast.other_school)
    cast.users["far_principal"] = make_user("far-principal", "何校长")
    make_post(cast.users["far_principal"], Role.PRINCIPAL, school=cast.other_school)
    return cast


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def appoint(client: Client, *, name: str, username: str, role: str, **more) -> Client:
    said = {"name": name, "username": username, "role": role, "starts_on": "2026-11-01"} | more
    return client.post(reverse("schools:add_post"), said)


def slip_addresses(client: Client, school: School) -> list[str]:
    """Every address with a password behind it that the pages of this school's staff give away."""
    found = []
    for post in Post.objects.filter(school=school):
        for ask in (client.get, client.post):
            page = ask(reverse("schools:invitation", args=[post.pk])).content.decode()
            found += re.findall(r"https?://[^/\s]+(/accounts/[^\"\s<]+)", page)
    return found


def try_to_set_password(path: str) -> None:
    stranger = Client()
    page = stranger.get(path, follow=True)
    where = page.redirect_chain[-1][0] if page.redirect_chain else path
    said = {"password1": ATTACKERS, "password2": ATTACKERS, "phone": "", "email": ""}
    stranger.post(where, said)


def let_in_with(username: str, password: str) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": username, "password": password})
    return "_auth_user_id" in client.session


def test_another_schools_counsellor_is_not_taken_over(cast):
    """An administrator became the counsellor of any school: "New member" with her name and sign-in, the slip
    of the post that this made, a new password, and her case page with its notes stood open.
    """
    case = make_case(cast)
    victim = cast.users["counsellor"]
    attacker = signed_in(cast.users["far_admin"])
    for role in (Role.COUNSELLOR, Role.SCHOOL_ADMIN, Role.VILLAGE_WORKER):
        appoint(attacker, name=victim.name, username=victim.username, role=role)
    for path in slip_addresses(attacker, cast.other_school):
        try_to_set_password(path)
    thief = Client()
    thief.post(reverse("account_login"), {"login": victim.username, "password": ATTACKERS})
    assert thief.get(reverse("counselling:case", args=[case.pk])).status_code != 200
    victim.refresh_from_db()
    assert victim.check_password(PASSWORD)
    assert not Post.objects.filter(user=victim, school=cast.other_school).exists()
