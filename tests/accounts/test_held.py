"""Posted without a script when the session was over: kept for the one who wrote it, and for nobody else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from safeguarding.models import Concern, Report
from tests.clocks import move_clock, reset_clock
from tests.factories.cast import PASSWORD, Cast
from tests.factories.visits import make_visit, settle_in_village

pytestmark = pytest.mark.django_db
WORDS = "奶奶说爸爸打过她"


@pytest.fixture
def cast(cast) -> Cast:
    settle_in_village(cast.students["mengyao"])
    return cast


@pytest.fixture
def visit(cast):
    return make_visit(cast.students["mengyao"], by_village=True)


@pytest.fixture
def later():
    yield move_clock
    reset_clock()


def after_its_session(username: str) -> Client:
    """A browser in which `username` was signed in until a moment ago."""
    client = Client()
    sign_in(client, username)
    client.get("/v/")
    Session.objects.all().delete()
    return client


def sign_in(client: Client, username: str, **more):
    form = {"login": username, "password": PASSWORD, **more}
    return client.post("/v/sign-in/", form)


def post_worry(client: Client, visit, **more):
    key = "0f8fad5b-d9cb-469f-a165-70867728950e"
    return client.post(f"/v/{visit.pk}/worry/", {"words": WORDS, "key": key, **more})


def test_whoever_wrote_it_sends_it_after_signing_in(cast, visit):
    client = after_its_session("village")
    answer = post_worry(client, visit)
    assert answer.url == "/v/sign-in/?next=%2Fv%2Fheld%2F"
    assert sign_in(client, "village", next="/v/held/").url == "/v/held/"
    page = client.get("/v/held/").content.decode()
    assert WORDS in page
    assert not Concern.objects.exists()
    form = {"words": WORDS, "key": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    on = client.post("/v/held/", form)
    assert (on.status_code, on.url) == (307, f"/v/{visit.pk}/worry/")
    assert client.post(on.url, form).status_code == 302
    assert Concern.objects.count() == 1
    assert client.get("/v/held/").url == "/v/"


def test_it_can_be_thrown_away(cast, visit):
    client = after_its_session("village")
    post_worry(client, visit)
    sign_in(client, "village")
    assert client.post("/v/held/", {"drop": "1"}).url == "/v/"
    assert client.get("/v/held/").status_code == 302


def test_another_person_finds_nothing_and_the_database_does_not_tell(cast, visit):
    client = after_its_session("village")
    post_worry(client, visit)
    [row] = Session.objects.all()
    held = row.get_decoded()["held"]
    assert "fields" not in held
    assert WORDS not in held
    sign_in(client, "teacher")
    answer = client.get("/held/")
    assert answer.url == "/"
    assert "held" not in client.session


def test_whose_it_is_cannot_be_forged(cast, visit):
    client = after_its_session("village")
    client.cookies["last_person"] = f"{cast.users['teacher'].pk}:forged"
    assert post_worry(client, visit).url == "/v/sign-in/"
    del client.cookies["last_person"]
    assert post_worry(client, visit).url == "/v/sign-in/"


def test_it_is_not_kept_without_end(cast, visit):
    client = after_its_session("village")
    assert post_worry(client, visit, more="字" * 100_000).url == "/v/sign-in/"


@pytest.mark.django_db(transaction=True)
def test_it_is_not_kept_for_ever(cast, visit, later):
    client = after_its_session("village")
    post_worry(client, visit)
    sign_in(client, "village")
    later(timedelta(minutes=61))
    assert client.get("/v/held/").url == "/v/"


def test_a_file_that_was_not_kept_is_said(cast):
    client = Client()
    client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    client.get("/")
    Session.objects.all().delete()
    child = cast.students["mengyao"]
    photo = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff", "image/jpeg")
    client.post(f"/class/observe/{child.pk}/", {"words": WORDS, "photo": photo})
    client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    page = client.get("/held/").content.decode()
    assert WORDS in page
    assert "i-warn" in page


def test_a_family_finds_its_words_at_its_own_door(cast):
    client = Client()
    client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
    client.get("/f/")
    Session.objects.all().delete()
    answer = client.post("/f/privacy/delete/", {"words": WORDS})
    assert answer.status_code in (302, 404)
    answer = client.post("/f/details/", {"words": WORDS})
    assert answer.url == "/f/sign-in/?next=%2Ff%2Fheld%2F"
    client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
    assert WORDS in client.get("/f/held/").content.decode()
    assert not Report.objects.exists()
