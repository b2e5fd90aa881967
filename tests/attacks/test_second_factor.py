"""Somebody knows the password of a counsellor, a principal, an administrator or the county's officer.

Before, that was all they needed: every case, every setting, every export. Now it opens the page on which the
second step is shown, or set up, and nothing else.
"""

import json
import threading
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import idle
from accounts.models import AccessRecord, CredentialEvent
from accounts.second_factor.actions import remove_factors
from schools.models import Post, School
from schools.roles import Role
from tests.access.test_matrix import TABLE, arguments
from tests.factories import cases
from tests.factories.cast import PASSWORD, Cast, make_cast, make_post, make_school, make_user
from tests.factories.factors import (
    HALF_MINUTE,
    app_code,
    give_factor,
    password_alone,
    recovery_code,
)

pytestmark = pytest.mark.django_db
SET_UP = "/accounts/second-step/set-up/"
WITHOUT = ("counsellor", "principal", "admin", "county")
OWN_ACCOUNT = ("account_", "mfa_", "second_step")


def behind_the_step(role: str) -> list[str]:
    """Every address that the access matrix opens to `role`, and not to everybody."""
    opened = [name for name, row in TABLE.items() if "A" in row[role] and row["anonymous"] != "A"]
    return [name for name in opened if not name.startswith(OWN_ACCOUNT)]


def sign_in(client: Client, username: str, password: str = PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": username, "password": password}, **more)


def show(client: Client, code: str):
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client: Client, address: str = "/") -> bool:
    return client.get(address).status_code == 200


def age(client: Client, seconds: float) -> None:
    """As if the session had been opened, and last used, so long ago."""
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= seconds
    session[idle.SEEN_AT] -= seconds
    session.save()


def keep_in_use(client: Client) -> None:
    session = client.session
    session[idle.SEEN_AT] = time.time()
    session.save()


# --- The password alone ------------------------------------------------------------------------


@pytest.mark.parametrize("role", WITHOUT)
def test_a_session_of_the_password_alone_opens_no_page(cast, role):
    """Over every URL: pages, fragments, exports, forms. Before: all of them."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)  # the other school of it is real
    client, opened = Client(), {}
    password_alone(client, cast.users[role])
    names = behind_the_step(role)
    assert len(names) > (1 if role == "county" else 60)
    for name in names:
        with transaction.atomic():
            address = reverse(name, kwargs=arguments(cast, name))
            for ask in (client.get, client.post):
                answer = ask(address)
                if answer.status_code != 405 and getattr(answer, "url", "") != SET_UP:
                    opened[name] = answer.status_code
                fragment = ask(address, headers={"HX-Request": "true"})
                if fragment.status_code != 405 and (
                    fragment.headers.get("HX-Redirect") != SET_UP or fragment.content
                ):
                    opened[name] = f"fragment {fragment.status_code}"
            transaction.set_rollback(True)
    assert opened == {}
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("role", WITHOUT)
def test_the_password_at_the_door_leads_to_the_second_step(cast, role):
    client = Client()
    assert sign_in(client, role).url == reverse("mfa_authenticate")
    assert client.get("/").url.startswith(reverse("account_login"))
    assert show(client, "000000").status_code == 200
    assert not is_in(client)
    show(client, app_code())
    assert client.session["_auth_user_id"] == str(cast.users[role].pk)


@pytest.mark.parametrize("role", WITHOUT)
def test_whoever_has_none_yet_only_sets_one_up(cast, role):
    Authenticator.objects.all().delete()
    client = Client()
    sign_in(client, role)
    for address in ("/", reverse("schools:settings"), reverse("counselling:list")):
        assert client.get(address).url == SET_UP
    assert client.get(SET_UP).status_code == 200
    assert client.get(reverse("account_change_password")).status_code == 200
    assert cast.school.name not in client.get(reverse("account_change_password")).content.decode()


def test_a_session_that_another_door_opened_is_no_second_step(cast):
    """A link to a phone opens the family's pages; where the same account holds a post, not those."""
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    session = client.session
    del session[AUTHENTICATION_METHODS_SESSION_KEY]
    session.save()
    assert client.get("/").url == SET_UP


def test_a_post_given_this_minute_asks_at_once(cast, client):
    client.force_login(cast.users["teacher"])
    assert is_in(client)
    Post.objects.create(
        user=cast.users["teacher"],
        role=Role.SCHOOL_ADMIN,
        school=cast.school,
        starts_on=timezone.localdate() - timedelta(days=1),
    )
    assert client.get("/").url == SET_UP


def test_a_class_teacher_let_into_a_case_shows_one_for_it(cast, client):
    case = cases.make_case(cast)
    teacher = cast.users["teacher"]
    cases.reader(case, teacher)
    Authenticator.objects.filter(user=teacher).delete()
    address = reverse("counselling:case", args=[case.pk])
    client.force_login(teacher)
    assert client.get(address).url == SET_UP
    give_factor(teacher)
    client.force_login(teacher)
    assert is_in(client, address)


# --- The demo school -----------------------------------------------------------------------------


@pytest.fixture
def demo(cast) -> Cast:
    School.objects.update(is_demo=True)
    Authenticator.objects.all().delete()
    return cast


@pytest.mark.parametrize("role", WITHOUT)
def test_the_demo_asks_its_own_people_for_none(demo, role, client):
    sign_in(client, role)
    assert is_in(client, "/dashboard/county/" if role == "county" else "/")


def test_a_real_post_of_somebody_of_the_demo_ends_that(demo, client):
    county = type(demo.county).objects.create(name="天祝县")
    real = make_school(county, "炭山岭小学", "620623001")
    sign_in(client, "counsellor")
    place = {"school": real, "village": "炭山岭"}
    Post.objects.create(
        user=demo.users["counsellor"], role=Role.VILLAGE_WORKER, starts_on="2020-09-01", **place
    )
    assert client.get("/").url == SET_UP


@pytest.mark.parametrize("role", WITHOUT)
def test_a_demo_school_beside_a_real_one_opens_nothing(demo, role, client):
    """The county's shared queue and its figures would be real."""
    make_school(demo.county, "大靖小学", "620622003")
    sign_in(client, role)
    assert client.get("/").url == SET_UP


def test_a_county_without_any_school_is_no_demo(client):
    county = make_cast().county
    officer = make_user("new", "李新")
    make_post(officer, Role.COUNTY_OFFICER, county=type(county).objects.create(name="民勤县"))
    password_alone(client, officer)
    assert client.get("/").url == SET_UP


# --- Codes ---------------------------------------------------------------------------------------


def test_a_code_read_over_the_shoulder_is_used_up(cast):
    """Before: kept in Redis alone, for less time than the code counts."""
    mine, theirs = Client(), Client()
    code = app_code()
    sign_in(mine, "counsellor")
    show(mine, code)
    assert is_in(mine)
    cache.clear()
    sign_in(theirs, "counsellor")
    assert show(theirs, code).status_code == 200
    assert show(theirs, app_code(-1)).status_code == 200
    assert not is_in(theirs)
    show(theirs, app_code(1))
    assert is_in(theirs)


def test_the_code_that_set_up_the_app_signs_nobody_in(cast):
    Authenticator.objects.all().delete()
    mine, theirs = Client(), Client()
    sign_in(mine, "admin")
    mine.get(reverse("mfa_activate_totp"))
    code = set_up_app(mine)
    sign_in(theirs, "admin")
    assert show(theirs, code).status_code == 200
    assert not is_in(theirs)


def set_up_app(client: Client) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // HALF_MINUTE))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer.url == reverse("mfa_view_recovery_codes")
    return code


def test_a_recovery_code_works_once(cast):
    code = recovery_code(cast.users["admin"])
    for times, expected in enumerate((True, False)):
        client = Client()
        sign_in(client, "admin")
        show(client, code)
        assert is_in(client) is expected, times
    used = CredentialEvent.objects.get(kind=CredentialEvent.Kind.RECOVERY_CODE_USED)
    assert used.user == cast.users["admin"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "paper"])
def test_one_code_at_two_places_at_once_signs_in_one(kind):
    cast = make_cast()
    code = app_code() if kind == "app" else recovery_code(cast.users["admin"])
    clients, start = [Client(), Client()], threading.Barrier(2)
    for client in clients:
        sign_in(client, "admin")

    def use(client: Client) -> None:
        start.wait()
        show(client, code)
        connection.close()

    threads = [threading.Thread(target=use, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(is_in(client) for client in clients) == [False, True]


def test_a_copy_of_the_database_makes_no_codes(cast):
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert "JBSWY3DPEHPK3PXP" not in kept
    for codes in Authenticator.objects.filter(type="recovery_codes"):
        assert codes.wrap().get_unused_codes()[0] not in kept


# --- Sessions ------------------------------------------------------------------------------------


CHANGES = ("mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes")


@pytest.mark.parametrize("name", CHANGES)
def test_a_stolen_session_adds_no_step_and_reads_no_codes(cast, name, client):
    admin = cast.users["admin"]
    client.force_login(admin)
    Authenticator.objects.filter(user=admin, type="totp").update(type="webauthn")
    age(client, 600)
    for ask in (client.get, client.post):
        assert ask(reverse(name)).url.startswith("/accounts/second-step/again/")


def test_a_stolen_session_removes_none_and_makes_no_codes(cast, client):
    admin = cast.users["admin"]
    client.force_login(admin)
    age(client, 600)
    factor = Authenticator.objects.get(user=admin, type="totp")
    for address in (
        reverse("second_step_remove", args=[factor.pk]),
        reverse("mfa_generate_recovery_codes"),
    ):
        assert client.post(address).url.startswith("/accounts/second-step/again/")
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_with_the_password_beside_it_neither(cast, client):
    """Anyone who knows the password, too, is asked for the step, not for the password."""
    client.force_login(cast.users["admin"])
    age(client, 600)
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    factor = Authenticator.objects.get(user=cast.users["admin"], type="totp")
    answer = client.post(reverse("second_step_remove", args=[factor.pk]))
    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_a_session_from_before_the_change_ends_with_it(cast):
    """The phone is lost: the one who took the step away, or had it taken away, has ended what it opened."""
    mine, stolen = Client(), Client()
    for client in (mine, stolen):
        client.force_login(cast.users["admin"])
    factor = Authenticator.objects.get(user=cast.users["admin"], type="totp")
    assert mine.post(reverse("second_step_remove", args=[factor.pk])).url == SET_UP
    assert not is_in(stolen)
    assert mine.get("/").url == SET_UP
    assert not Authenticator.objects.filter(user=cast.users["admin"]).exists()
    removed = CredentialEvent.objects.get(kind=CredentialEvent.Kind.FACTOR_REMOVED)
    assert (removed.user, removed.by) == (cast.users["admin"],) * 2


def test_the_reset_by_two_people_ends_every_session(cast, client):
    client.force_login(cast.users["counsellor"])
    assert is_in(client)
    by, school = cast.users["admin"], cast.school.pk
    assert remove_factors(user=cast.users["counsellor"], by=by, school_id=school, ip=None) == 2
    assert client.get("/").url.startswith(reverse("account_login"))
    event = CredentialEvent.objects.get(kind=CredentialEvent.Kind.FACTOR_REMOVED)
    assert (event.user, event.by, event.school_id) == (cast.users["counsellor"], by, school)


def test_a_computer_that_nobody_uses_is_signed_out(cast, client, settings):
    settings.STAFF_IDLE_MINUTES = 30
    for role in ("teacher", "counsellor"):
        give_factor(cast.users[role])
        client.force_login(cast.users[role])
        age(client, 29 * 60)
        assert is_in(client)
        age(client, 31 * 60)
        assert client.get("/").url.startswith(reverse("account_login"))
        assert "_auth_user_id" not in client.session


def test_what_a_page_asks_by_itself_does_not_keep_it_open(cast, client):
    client.force_login(cast.users["counsellor"])
    age(client, 20 * 60)
    client.get("/", headers={"X-Background": "1", "HX-Request": "true"})
    client.get(reverse("offline_state"))
    client.post("/", headers={"X-Offline": "1"})
    age(client, 11 * 60)
    assert not is_in(client)


def test_a_day_of_work_ends_however_busy(cast, client):
    client.force_login(cast.users["counsellor"])
    age(client, idle.STAFF_SESSION_HOURS * 3600 - 60)
    keep_in_use(client)
    assert is_in(client)
    age(client, 120)
    keep_in_use(client)
    assert not is_in(client)


def test_notes_ask_again_after_half_a_day(cast, client):
    case = cases.make_case(cast)
    address = reverse("counselling:case", args=[case.pk])
    client.force_login(case.owner)
    age(client, 3.9 * 3600)
    keep_in_use(client)
    assert is_in(client, address)
    age(client, 0.2 * 3600)
    keep_in_use(client)
    assert client.get(address).url == SET_UP
    assert is_in(client)  # other pages go on
    assert (
        client.get(SET_UP).url == f"{reverse('mfa_reauthenticate')}?{urlencode({'next': address})}"
    )
    shown = client.post(reverse("mfa_reauthenticate"), {"code": app_code(), "next": address})
    assert shown.url == address
    assert is_in(client, address)


def test_what_was_written_until_then_is_taken(cast, client):
    case = cases.make_case(cast)
    client.force_login(case.owner)
    age(client, 5 * 3600)
    keep_in_use(client)
    address = reverse("counselling:case_task", args=[case.pk])
    assert client.post(address, {}).status_code == 422
    age(client, 1.1 * 3600)
    keep_in_use(client)
    assert client.post(address, {}).url == SET_UP


# --- Odd answers ---------------------------------------------------------------------------------


ODD = [
    "",
    "[]",
    "7",
    "null",
    '"x"',
    "{}",
    '{"id": 5}',
    '{"a": "\\u0000"}',
    '{"id": "x", "rawId": []}',
]


@pytest.mark.parametrize("credential", ODD)
def test_no_word_of_a_browser_breaks_a_page(cast, credential, client):
    give_factor(cast.users["admin"])
    client.force_login(cast.users["admin"])
    client.get(reverse("mfa_add_webauthn"))
    for name in ("mfa_add_webauthn", "mfa_reauthenticate_webauthn"):
        answer = client.post(reverse(name), {"credential": credential})
        assert answer.status_code in (200, 302)
    stranger = Client()
    stranger.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    answer = stranger.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert answer.url == reverse("account_login")
    sign_in(stranger, "admin")
    assert stranger.post(reverse("mfa_authenticate"), {"credential": credential}).status_code == 200


@pytest.mark.parametrize("code", ["", "\0", "x", "١٢٣٤٥٦", "9" * 20_000, "-" * 9, "１２３ ４５６"])
def test_no_code_breaks_a_page(cast, code, client):
    sign_in(client, "admin")
    refused_before = 400 if "\0" in code else 200  # a sign that cannot be kept (core.requests)
    assert show(client, code).status_code == refused_before
    assert not is_in(client)


def test_the_digits_of_an_input_method_count(cast, client):
    sign_in(client, "admin")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in app_code())
    show(client, f"{wide[:3]} {wide[3:]}")
    assert is_in(client)
