"""Passwords that guessers try first are not taken; all others are, and count exactly as they were typed."""

import re

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.models import User
from tests.factories.cast import PASSWORD, make_cast

pytestmark = pytest.mark.django_db
CHANGE = "/accounts/password/change/"


@pytest.fixture
def teacher(client):
    cast = make_cast()
    client.post("/accounts/login/", {"login": "teacher", "password": PASSWORD})
    return cast.users["teacher"]


def change(client: Client, new: str, old: str = PASSWORD):
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


@pytest.fixture(autouse=True)
def _hashers_of_a_server(request, settings):
    if "slow_hashes" in request.node.name:
        settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS


def is_taken(user: User, password: str) -> bool:
    user.refresh_from_db()
    return user.check_password(password)


@pytest.mark.parametrize(
    "weak",
    ["short-one", "1234567890", "qwertyuiop", "password123", "Password123", "1q2w3e4r5t", "teacher-12"],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_at_its_field(client, teacher, weak):
    page = change(client, weak)
    assert page.status_code == 200
    assert "password1" in page.context["form"].errors or "password2" in page.context["form"].errors
    assert not is_taken(teacher, weak)


@pytest.mark.parametrize(
    "good",
    ["lowercase only", "72936405118", "家桥边的柳树又绿了呀好", "long words " * 20 + "end",
     "  kept spaces  ", "MiXeD cAsE x"],
)  # fmt: skip
def test_any_other_is_taken_as_it_was_typed(client, teacher, good):
    assert change(client, good).status_code == 302
    assert is_taken(teacher, good)
    assert not is_taken(teacher, good.swapcase() if good.swapcase() != good else good + " ")
    answer = Client().post("/accounts/login/", {"login": "teacher", "password": good})
    assert answer.status_code == 302


def test_they_are_kept_as_slow_hashes():
    """600,000 rounds: OWASP, Password Storage, for PBKDF2 with SHA-256."""
    kind, rounds, salt, _digest = make_password("any other").split("$")
    assert (kind, int(rounds) >= 600_000, len(salt) >= 22) == ("pbkdf2_sha256", True, True)


def test_without_the_old_one_nothing_changes(client, teacher):
    assert change(client, "another good one", old="wrong wrong wrong").status_code == 200
    assert not is_taken(teacher, "another good one")


def test_a_change_ends_the_other_sessions_and_renews_this_one(client, teacher):
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": "teacher", "password": PASSWORD})
    before = client.cookies["sessionid"].value
    change(client, "another good one")
    assert client.get("/").status_code == 200
    assert client.cookies["sessionid"].value != before
    assert elsewhere.get("/").status_code == 302


def test_signing_in_takes_no_session_that_somebody_planted(client, teacher):
    planted = Client()
    planted.get("/accounts/login/?next=/children/")
    session = planted.session
    session["kept"] = "by the attacker"
    session.save()
    known = session.session_key
    planted.cookies["sessionid"] = known
    planted.post("/accounts/login/", {"login": "teacher", "password": PASSWORD})
    assert planted.session.session_key != known
    assert len(planted.session.session_key) >= 26  # of 36 characters: 134 bits and more
    attacker = Client()
    attacker.cookies["sessionid"] = known
    assert attacker.get("/").status_code == 302


def test_signing_out_ends_the_session_at_the_server(client, teacher):
    kept = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = kept
    assert client.get("/").status_code == 302


def test_an_account_that_is_shut_is_out_with_the_next_request(client, teacher):
    assert client.get("/").status_code == 200
    User.objects.filter(pk=teacher.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_the_fields_mask_and_let_password_managers_in(client, teacher):
    for address in ("/accounts/login/", CHANGE):
        page = (Client() if address != CHANGE else client).get(address).content.decode()
        fields = re.findall(r'<input[^>]*name="(?:old)?password\d?"[^>]*>', page)
        assert fields
        for one in fields:
            assert 'type="password"' in one
            assert re.search(r'autocomplete="(current|new)-password"', one)
            assert "onpaste" not in one
