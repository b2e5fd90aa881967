"""Anyone who sits down at a shared computer, or picks up a phone, after somebody else has signed out there.

Over HTTP: what a browser, or a cache on the way, may keep, and to whom the keys go.
With the back button and the tools of a real browser: tests/journeys/test_after_sign_out.py.
"""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import sealing
from core import clock
from tests.factories.cast import Cast
from tests.factories.visits import make_visit, settle_in_village
from tests.messaging.test_family_pages import ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast) -> Cast:
    settle_in_village(cast.students["mengyao"])
    return cast


def as_person(cast: Cast, username: str) -> Client:
    client = Client()
    client.force_login(cast.users[username], "django.contrib.auth.backends.ModelBackend")
    return client


def test_no_page_of_a_person_may_be_kept(cast):
    """Before: a child's file, a family's page and a list of visits carried no word about it, and Back or
    the disk's cache showed them to the next person.
    """
    child = cast.students["mengyao"]
    visit = make_visit(child, by_village=True)
    pages = {
        "teacher": ["/", f"/children/{child.pk}/", "/search/?q=徐", "/visits/", "/x/"],
        "mother": ["/f/", f"/f/children/{child.pk}/", "/f/me/devices/"],
        "village": ["/v/", f"/v/{visit.pk}/"],
    }
    for who, addresses in pages.items():
        client = as_person(cast, who)
        for address in addresses:
            assert "no-store" in client.get(address)["Cache-Control"], address


def test_nor_a_page_behind_a_link(cast):
    _check_in, path = ask(cast, clock.now(), "mengyao")
    assert "no-store" in Client().get(path)["Cache-Control"]
    assert "no-store" in Client().get("/f/l/nothing/")["Cache-Control"]


@pytest.mark.parametrize(
    ("who", "out"),
    [
        ("teacher", "/accounts/logout/"),
        ("mother", "/f/sign-out/"),
        ("mother", "/f/me/devices/end/"),
        ("village", "/accounts/logout/"),
    ],
)
def test_signing_out_empties_what_the_browser_would_still_show(cast, who, out):
    """Not "storage": what waits there unsent is somebody's words."""
    answer = as_person(cast, who).post(out)
    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"cache"'


def test_so_does_a_session_that_is_found_ended(cast):
    client = as_person(cast, "teacher")
    Session.objects.all().delete()
    assert client.get("/")["Clear-Site-Data"] == '"cache"'


@pytest.mark.parametrize(
    ("who", "path", "door"),
    [
        ("teacher", "/class/observe/", "/accounts/login/"),
        ("mother", "/f/details/", "/f/sign-in/"),
        ("village", "/v/1/worry/", "/v/sign-in/"),
    ],
)
def test_an_ended_session_ends_at_its_own_door(cast, who, path, door):
    """Before: the village worker stood at the staff's door, and htmx put that page into a row."""
    client = as_person(cast, who)
    Session.objects.all().delete()
    for method in (client.get, client.post):
        assert method(path).url.split("?")[0] == door
    for said in ({"HX-Request": "true"}, {"X-Offline": "1"}, {"Sec-Fetch-Mode": "cors"}):
        answer = client.post(path, headers=said)
        assert (answer.status_code, answer.content) == (401, b"")


def test_the_keys_to_what_waits_go_to_their_own_session_alone(cast):
    """Before: whatever waited lay in plain words on the device."""
    teacher, principal = cast.users["teacher"], cast.users["principal"]
    own = as_person(cast, "teacher").get("/offline/state/").json()["keys"]
    assert list(own) == [sealing.public_key_of(teacher.pk)]
    others = as_person(cast, "principal").get("/offline/state/").json()["keys"]
    assert list(others) == [sealing.public_key_of(principal.pk)]
    assert "keys" not in Client().get("/offline/state/").json()
    page = as_person(cast, "teacher").get("/visits/").content.decode()
    assert next(iter(own)) in page
    assert next(iter(own.values()))["d"] not in page


def test_an_older_secret_still_opens_what_was_sealed_to_it(cast, settings):
    before = sealing.public_key_of(cast.users["teacher"].pk)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 8
    now = as_person(cast, "teacher").get("/offline/state/").json()["keys"]
    assert list(now) == [sealing.public_key_of(cast.users["teacher"].pk), before]
