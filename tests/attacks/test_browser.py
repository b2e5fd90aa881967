"""What a browser is told, on a server that is reached over TLS: anyone who runs a page elsewhere, sits in the
network, or comes to a shared computer next.

Before: a page on another host of the same domain could put its own session, token or language in place of
ours; the language went out over plain HTTP, too; a file of ours came without a content policy; a page could
move all its addresses elsewhere by a <base>; and what was said to one person waited, in plain text, in a
cookie for the next.
"""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from runtime.layout import ROOT
from tests.attacks.test_secret_key import OURS, WHOLE
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.django_db
NOT_PAGES = ("/p/", "/nowhere/", "/i18n/setlang/")
YEAR = 31_536_000  # seconds
HOST = WHOLE["ALLOWED_HOSTS"]
ASKED = (
    "SESSION_COOKIE_NAME SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE "
    "CSRF_COOKIE_NAME CSRF_COOKIE_SECURE CSRF_COOKIE_HTTPONLY CSRF_COOKIE_SAMESITE LANGUAGE_COOKIE_NAME "
    "LANGUAGE_COOKIE_SECURE LANGUAGE_COOKIE_HTTPONLY LANGUAGE_COOKIE_SAMESITE SECURE_HSTS_SECONDS "
    "SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD SECURE_SSL_REDIRECT ALLOWED_HOSTS"
).split()


@pytest.fixture(scope="session")
def of_a_server() -> dict[str, object]:
    """The settings that a server with PUBLIC_URL=https://… begins with."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    code = (
        "import json; from django.conf import settings as found; "
        f"print(json.dumps({{name: getattr(found, name) for name in {ASKED}}}))"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", code],
        env=kept | WHOLE | {"DATABASE_URL": "postgres://nobody@127.0.0.1/none"},
        cwd=ROOT,
    )
    return json.loads(told)


@pytest.fixture
def browser(settings, of_a_server):
    for name, value in of_a_server.items():
        setattr(settings, name, value)

    def new(**more) -> Client:
        return Client(SERVER_NAME=HOST, **more)

    return new


def sign_in(client: Client, name: str):
    said = {"login": name, "password": PASSWORD}
    return client.post("/accounts/login/", said, secure=True)


def test_every_cookie_is_this_hosts_own_and_no_script_reads_it(browser, cast):
    staff, family = browser(), browser()
    sign_in(staff, "teacher")
    staff.get("/", secure=True)
    staff.get("/accounts/login/", secure=True)
    staff.post("/i18n/setlang/", {"language": "en"}, secure=True)
    family.force_login(cast.users["mother"])
    family.get("/f/view/?big=1", secure=True)
    family.post(reverse("family:language"), {"language": "en"}, secure=True)
    del family.cookies["__Host-sessionid"]  # made by the test's client
    named = {**family.cookies, **staff.cookies}
    assert set(named) >= {
        "__Host-sessionid", "__Host-csrftoken", "__Host-django_language", "__Host-jiaqiao_known",
        "__Host-last_person", "__Host-large_text",
    }  # fmt: skip
    for name, cookie in named.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
        assert len(name) + len(cookie.value) < 4096, name


def test_a_cookie_without_the_prefix_opens_nothing(browser, cast):
    """As another host of the domain could set one."""
    mine, planted = browser(), browser()
    sign_in(mine, "teacher")
    assert mine.get("/", secure=True).status_code == 200
    planted.cookies["sessionid"] = mine.cookies["__Host-sessionid"].value
    assert planted.get("/", secure=True).status_code == 302


@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/", "/f/sign-in/", "/p/", "/healthz", "/sw.js", "/offline/", "/nowhere/",
     "/static/icon.svg", "/i18n/setlang/"],
)  # fmt: skip
def test_every_answer_says_what_a_browser_may_do_with_it(browser, cast, address, settings):
    settings.WHITENOISE_USE_FINDERS = address.startswith("/static/")
    client = browser()
    if address == "/":
        sign_in(client, "teacher")
    page = client.get(address, secure=True, headers={"Origin": "https://evil.example"})
    assert (page.status_code == 200) == (address not in NOT_PAGES)
    policy = dict(
        part.strip().partition(" ")[::2] for part in page["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert {policy[one] for one in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in page["Content-Security-Policy"]
    assert page["Strict-Transport-Security"] == f"max-age={YEAR}; includeSubDomains; preload"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not [name for name in page.headers if name.startswith("Access-Control")]
    page.close()  # a static file stays open until then
    if page.streaming or page.content:
        assert page["Content-Type"].split(";")[0].strip()
        is_text = page["Content-Type"].startswith("text/")
        assert not is_text or "charset=utf-8" in page["Content-Type"]


def test_plain_http_is_sent_to_https_but_for_what_asks_from_inside(browser, db):
    page = browser().get("/accounts/login/")
    assert (page.status_code, page.url) == (301, f"https://{HOST}/accounts/login/")
    for inside in ("/healthz", "/metrics"):
        assert browser().get(inside).status_code in (200, 404)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/f/", "/healthz", "/nowhere/"])
def test_methods_that_no_page_has(client, cast, method, address):
    answer = client.generic(method, address)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert not answer.content


@pytest.mark.parametrize(
    "folder", ["/static/", "/static", "/media/", "/.git/", "/.env", "/f/static/"]
)
def test_no_folder_lists_its_files(client, db, folder):
    assert client.get(folder).status_code in (301, 404)
    assert client.get(folder, follow=True).status_code == 404


def test_another_host_in_the_request_is_refused(browser, db):
    assert Client(SERVER_NAME="evil.example").get("/healthz", secure=True).status_code == 400


def test_what_was_said_to_one_person_does_not_wait_for_the_next(client, cast):
    """allauth says "signed in as …"; the page that would show it is never opened."""
    sign_in(client, "teacher")
    known = {"sessionid", "csrftoken", "jiaqiao_known", "last_person", "django_language"}
    assert set(client.cookies) <= known
    client.post("/accounts/logout/")
    page = client.get("/accounts/login/")
    assert "messages" not in client.cookies
    assert "teacher" not in page.content.decode()
