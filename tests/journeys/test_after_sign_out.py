"""The next person at a shared computer, with its back button, its tools and a session of their own."""

import json

import pytest
from playwright.sync_api import Page

from tests.factories.cast import PASSWORD, Cast
from tests.factories.postcards import agree
from tests.factories.visits import make_visit, settle_in_village
from tests.journeys.conftest import (
    DESK,
    PHONE,
    Chromium,
    enter,
    kept_in,
    sign_in_by_form,
    wait_until,
)
from tests.journeys.test_pupil import leave_seconds, tap_in
from tests.journeys.test_visits import fill_outcome, is_kept
from visits.models import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHILD = "梦瑶"
WORDS = "奶奶说爸爸打过她"


@pytest.fixture
def cast(cast) -> Cast:
    agree(cast)
    settle_in_village(cast.students["mengyao"])
    return cast


@pytest.fixture
def shared(chromium: Chromium, time_limit, live_server):
    """A browser as people have it: with its back/forward cache, which Playwright turns off."""
    own = chromium.launch(
        "--enable-features=BackForwardCache",
        whole=True,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    context = own.new_context(viewport=DESK, base_url=live_server.url, locale="zh-CN")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.base = live_server.url
    yield page
    own.close()


def press_back(page: Page, times: int = 3) -> str:
    """All that the back button shows, step by step."""
    seen = ""
    for _step in range(times):
        page.evaluate("setTimeout(() => history.back())")
        page.wait_for_timeout(900)
        seen += page.evaluate("document.title + document.documentElement.innerHTML")
    return seen


def sealed_rows(page: Page) -> list:
    return page.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open('jiaqiao', 1);
            opening.onsuccess = () => {
                const all = opening.result.transaction('forms').objectStore('forms').getAll();
                all.onsuccess = () => { opening.result.close(); resolve(all.result); };
            };
        })"""
    )


def test_back_does_not_show_a_childs_file(cast, shared):
    """Before: one press showed the file of the child that the teacher had read."""
    sign_in_by_form(shared, "teacher", PASSWORD)
    shared.goto(f"/children/{cast.students['mengyao'].pk}/")
    assert CHILD in shared.content()
    shared.click(".me summary")
    shared.click(".me form[action$='/logout/'] button")
    shared.wait_for_url("**/accounts/login/**")
    assert CHILD not in press_back(shared)


def test_nor_a_familys_page(cast, shared):
    enter(shared, cast.users["mother"])
    shared.goto(f"/f/children/{cast.students['mengyao'].pk}/")
    assert CHILD in shared.content()
    shared.goto("/f/me/")
    shared.click("form[action$='/sign-out/'] button")
    shared.wait_for_url("**/f/sign-in/**")
    assert CHILD not in press_back(shared)


def test_nor_the_village_workers_list(cast, shared):
    visit = make_visit(cast.students["mengyao"], by_village=True)
    enter(shared, cast.users["village"])
    shared.goto("/v/")
    shared.goto(f"/v/{visit.pk}/")
    assert CHILD in shared.content()
    shared.click("form[action$='/logout/'] button")
    shared.wait_for_url("**/v/sign-in/**")
    assert CHILD not in press_back(shared)


def test_nor_a_pupils_page_when_the_visit_has_ended_by_itself(cast, shared):
    tap_in(shared, cast)
    shared.goto("/p/talk/")
    shared.goto("/p/")
    assert CHILD in shared.content()
    leave_seconds(shared, 3)
    shared.goto("/p/")
    shared.wait_for_url("**/p/sign-in/")
    assert CHILD not in press_back(shared)


def test_what_waits_is_no_use_to_the_next_person(cast, open_browser):
    """Before: the developer tools, or any script of the site, read the note, the child's name and the key
    of the form out of the browser's database.
    """
    visit = make_visit(cast.students["mengyao"])
    page = open_browser(PHONE)
    sign_in_by_form(page, "teacher", PASSWORD)
    path = f"/visits/{visit.pk}/record/"
    page.goto(path)
    wait_until(lambda: is_kept(page, path), 10)
    page.context.set_offline(True)
    fill_outcome(page, WORDS)
    page.click("form.after button.btn-primary")
    page.wait_for_selector("form [data-kept]")
    page.route("**/record/", lambda route: route.abort())  # it cannot leave before they do
    page.context.set_offline(False)
    page.goto("/accounts/logout/")
    page.locator("main form button").click()
    page.wait_for_url("**/accounts/login/**")
    sign_in_by_form(page, "principal", PASSWORD)
    page.goto("/visits/")
    page.wait_for_timeout(1000)
    assert not page.locator("#waiting").is_visible()
    left = kept_in(page)
    assert '"sealed"' in left  # it is still there
    for told in (WORDS, CHILD, path, '"d"'):
        assert told not in left.split("waiting-keys")[0] + json.dumps(sealed_rows(page)), told
    assert not Visit.objects.exclude(outcome="").exists()

    page.unroute("**/record/")
    page.goto("/accounts/logout/")
    page.locator("main form button").click()
    page.wait_for_url("**/accounts/login/**")
    sign_in_by_form(page, "teacher", PASSWORD)
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert (visit.words, visit.recorded_by) == (WORDS, cast.users["teacher"])
    wait_until(lambda: sealed_rows(page) == [], 10)


def test_the_worker_drops_what_it_kept_for_the_way(cast, open_browser):
    """Also where the page's own script did not hear of the signing out."""
    visit = make_visit(cast.students["mengyao"])
    page = open_browser(PHONE)
    sign_in_by_form(page, "teacher", PASSWORD)
    path = f"/visits/{visit.pk}/record/"
    page.goto(path)
    wait_until(lambda: is_kept(page, path), 10)
    page.goto("/accounts/logout/")
    page.route("**/accounts/login/**", lambda route: route.fulfill(body="nothing of ours"))
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form').submit()")
    wait_until(lambda: not is_kept(page, path), 10)
