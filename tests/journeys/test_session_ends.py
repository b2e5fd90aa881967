"""A session ends while somebody types: asked to sign in on the spot, and what was written goes on, once."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from accounts.models import User
from counselling.models import Note
from tests.factories.cases import make_case, second_counsellor
from tests.factories.cast import PASSWORD, Cast
from tests.factories.factors import recovery_code
from tests.factories.threads import mother_writes
from tests.factories.visits import make_visit, settle_in_village
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    kept_in,
    sign_in_by_form,
    two_sizes,
    wait_until,
)
from threads.models import ThreadMessage
from visits.models import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REPLY = "好多了，您放心，晚上睡得很好"
WORDS = "她说想妈妈了，一起画了家。" * 20


@pytest.fixture
def cast(cast) -> Cast:
    second_counsellor(cast)
    return cast


@pytest.fixture
def desk(open_browser, cast):
    def make(who: str, size=DESK, **options):
        page = open_browser(size, **options)
        page.clock.install()
        sign_in_by_form(page, who, PASSWORD)
        return page

    return make


def end_sessions(page) -> None:
    """Somebody has written for a while, and their session has ended meanwhile."""
    page.clock.fast_forward("05:00")
    Session.objects.all().delete()


def sign_in_on_the_spot(page, who: str):
    """In the window that the page opens; what is left of it once it has done its work."""
    with page.context.expect_page() as opened:
        page.click("#signed-out [data-sign-in]")
    window = opened.value
    if window.locator("main form[action$='/logout/'] button").count():
        window.click("main form[action$='/logout/'] button")
    window.fill("[name=login]", who)
    window.fill("[name=password]", PASSWORD)
    window.press("[name=password]", "Enter")
    user = User.objects.get(username=who)
    if Authenticator.objects.filter(user=user).exists():
        window.fill("[name=code]", recovery_code(user))
        window.press("[name=code]", "Enter")
    return window


def covers(page) -> bool:
    """Only the question is seen: neither the page behind it nor its title says about whom it is."""
    return page.locator("#signed-out").is_visible() and not page.locator("main").is_visible()


def opens_reply(cast, page) -> None:
    mother_writes(cast)
    page.goto("/")
    page.click(".work [hx-get]")
    page.fill(".inplace textarea", REPLY)


@two_sizes
def test_an_act_in_a_row_goes_on_after_signing_in(cast, desk, viewport, language):
    page = desk("teacher", viewport, language=language)
    opens_reply(cast, page)
    end_sessions(page)
    page.click(".inplace .btn-primary")
    page.wait_for_selector("#signed-out[open]")
    assert covers(page)
    assert page.locator("[name=login]").count() == 0  # nothing to sign in was put into the row
    assert axe_violations(page) == []
    sign_in_on_the_spot(page, "teacher")
    page.wait_for_selector(".work.is-done")
    assert [one.text for one in ThreadMessage.objects.filter(text=REPLY)] == [REPLY]
    assert not covers(page)
    assert page.locator("#failure").is_hidden()


def test_a_long_form_does_not_leave_its_page(cast, desk):
    case = make_case(cast)
    page = desk("counsellor")
    page.goto(f"/concerns/cases/{case.pk}/")
    page.click(".next .btn-primary")
    page.fill("#id_words", WORDS)
    end_sessions(page)
    page.click("text=保存记录")
    page.wait_for_selector("#signed-out[open]")
    address = page.url
    sign_in_on_the_spot(page, "counsellor")
    wait_until(Note.objects.exists, 20)
    page.wait_for_url(lambda url: url != address)
    assert Note.objects.count() == 1
    assert page.locator(f".note:has-text('{WORDS[:20]}')").count() == 1


def test_whoever_else_signs_in_there_neither_sees_nor_sends_it(cast, desk):
    case = make_case(cast)
    page = desk("counsellor")
    page.goto(f"/concerns/cases/{case.pk}/")
    page.click(".next .btn-primary")
    page.fill("#id_words", WORDS)
    end_sessions(page)
    page.click("text=保存记录")
    page.wait_for_selector("#signed-out[open]")
    sign_in_on_the_spot(page, "second")
    page.wait_for_selector("#signed-out [data-other]:visible")
    assert covers(page)
    assert not Note.objects.exists()
    assert WORDS[:10] not in kept_in(page)
    address = page.url
    sign_in_on_the_spot(page, "counsellor")
    wait_until(Note.objects.exists, 20)
    page.wait_for_url(lambda url: url != address)
    assert Note.objects.get().author == cast.users["counsellor"]


def test_a_server_that_does_not_answer_takes_nothing_along(cast, desk):
    case = make_case(cast)
    page = desk("counsellor")
    page.goto(f"/concerns/cases/{case.pk}/")
    page.click(".next .btn-primary")
    page.fill("#id_words", WORDS)
    page.clock.fast_forward("05:00")
    page.context.set_offline(True)
    page.click("text=保存记录")
    page.wait_for_selector("#failure:visible")
    assert page.input_value("#id_words") == WORDS
    page.context.set_offline(False)
    address = page.url
    page.click("#failure button")
    wait_until(Note.objects.exists, 20)
    page.wait_for_url(lambda url: url != address)
    assert Note.objects.count() == 1


def test_a_visit_that_was_written_down_is_sent_after_signing_in(cast, desk):
    settle_in_village(cast.students["mengyao"])
    visit = make_visit(cast.students["mengyao"])
    page = desk("teacher", PHONE)
    page.goto(f"/visits/{visit.pk}/record/")
    page.locator(".chip", has=page.locator("[name=outcome][value=met_carer]")).click()
    page.fill("[name=words]", WORDS)
    end_sessions(page)
    page.click("form.after button.btn-primary")
    page.wait_for_selector("#signed-out[open]")
    assert WORDS[:10] not in kept_in(page)
    sign_in_on_the_spot(page, "teacher")
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert (visit.words, visit.recorded_by) == (WORDS, cast.users["teacher"])


def test_an_open_page_closes_when_its_person_has_signed_out_in_another_window(cast, desk):
    page = desk("teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/")
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.click("main form button")
    other.wait_for_url("**/accounts/login/**")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#signed-out[open]")
    assert covers(page)
    assert "徐梦瑶" not in page.title()
