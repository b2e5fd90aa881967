"""A county gives its schools an account: an officer enters it, another agrees, an administrator sees it."""

import re

import pytest
from playwright.sync_api import expect

from delivery.models import CountyAccount
from tests.factories import county_accounts as shared
from tests.factories import founding
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def county(cast):
    founding.two_officers(cast)
    return cast


@two_sizes
def test_one_enters_it_another_agrees_and_a_school_sees_it(
    county, open_browser, viewport, language
):
    size = f"{viewport['width']}-{language}"
    officer = open_browser(viewport=viewport, language=language)
    sign_in(officer, "county")
    officer.goto("/county/accounts/")
    look(officer, f"county-accounts-{size}")
    officer.locator("a[href$='/new/email/']").click()
    officer.wait_for_url("**/county/accounts/new/email/")
    officer.fill("[name=sender]", "a@county.example")
    officer.locator("main .btn-primary").click()
    officer.wait_for_url(re.compile(r"/county/accounts/\d+/$"))
    second = open_browser(viewport=viewport, language=language)
    sign_in(second, "county2")
    second.goto(officer.url)
    look(second, f"county-account-waits-{size}")
    second.locator("form[action$='/agree/'] button").click()
    expect(second.locator("#test")).to_be_visible()
    look(second, f"county-account-{size}")
    account = CountyAccount.objects.get()
    assert account.in_force
    admin = open_browser(viewport=viewport, language=language)
    sign_in(admin, "admin")
    admin.goto("/check-ins/channels/")
    look(admin, f"county-account-at-school-{size}")
    copy = shared.copy_of(account, county.school)
    admin.locator(f"a[href*='/channels/{copy.pk}/']").click()
    admin.wait_for_url(re.compile(rf"/channels/{copy.pk}/"))
    look(admin, f"county-account-of-school-{size}")
    assert admin.locator("[name=sender]").count() == 0
