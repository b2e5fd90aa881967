"""The second step at the first sign-in: an app, a passkey, and the sheet for a lost phone."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache

from accounts.models import CredentialEvent
from tests.factories.cast import PASSWORD, Cast, make_cast
from tests.factories.factors import HALF_MINUTE
from tests.journeys.conftest import DESK, PHONE, axe_violations, scroll_width

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIGN_IN = "/accounts/second-step/sign-in/"


@pytest.fixture
def cast() -> Cast:
    """The morning on which everybody signs in for the first time."""
    cache.clear()
    cast = make_cast()
    Authenticator.objects.all().delete()
    return cast


def by_password(page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def is_sound(page, name: str) -> None:
    wide = scroll_width(page)
    assert axe_violations(page) == [], name
    assert wide <= page.viewport_size["width"], name
    assert page.problems == [], name


def has_passkeys(page) -> str:
    """A phone with a finger on it (Chromium's virtual authenticator); its key."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return made["authenticatorId"]


def code_at(page, half_minutes: int = 0) -> str:
    """What an app shows that scanned the square, by the key beside it."""
    secret = page.locator(".step-key").inner_text()
    now = page.evaluate("Date.now()") // 1000 // HALF_MINUTE
    return format_hotp_value(hotp_value(secret, now + half_minutes))


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_an_app_at_the_first_sign_in(cast, open_browser, viewport):
    page = open_browser(viewport)
    by_password(page, "counsellor")
    assert page.url.endswith("/accounts/second-step/set-up/")
    is_sound(page, "choice")
    page.goto("/concerns/")
    assert page.url.endswith("/accounts/second-step/set-up/")
    page.click("a[href$='/set-up/app/']")
    is_sound(page, "app")
    assert page.locator("svg.qr").bounding_box()["width"] > 150
    next_code = code_at(page, 1)
    page.fill("[name=code]", "000000")
    page.press("[name=code]", "Enter")
    assert page.locator(".field-error").is_visible()
    page.fill("[name=code]", code_at(page))
    page.press("[name=code]", "Enter")
    page.wait_for_url("**/second-step/codes/")
    is_sound(page, "recovery codes")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.emulate_media(media="print")
    assert page.locator(".codes").is_visible()
    assert not page.locator(".scene").is_visible()
    page.emulate_media(media="screen")
    page.click("form .btn-primary")
    assert page.url.endswith("/concerns/")
    kinds = CredentialEvent.objects.filter(user=cast.users["counsellor"]).values_list("kind")
    assert ("factor_added",) in kinds

    elsewhere = open_browser(viewport)
    by_password(elsewhere, "counsellor")
    assert elsewhere.url.endswith(SIGN_IN)
    is_sound(elsewhere, "second step")
    elsewhere.fill("[name=code]", next_code)
    elsewhere.press("[name=code]", "Enter")
    elsewhere.wait_for_url(lambda url: "/accounts/" not in url)

    for times in range(2):
        lost = open_browser(viewport)
        by_password(lost, "counsellor")
        lost.fill("[name=code]", codes[0])
        lost.press("[name=code]", "Enter")
        lost.wait_for_load_state()
        assert lost.url.endswith(SIGN_IN) is bool(times)


def test_a_passkey_at_the_first_sign_in_and_alone_the_next_time(cast, open_browser):
    page = open_browser(PHONE)
    has_passkeys(page)
    by_password(page, "admin")
    page.click("a[href$='/set-up/passkey/']")
    is_sound(page, "passkey")
    page.fill("[name=name]", "我的手机")
    page.click("form[data-passkey] button")
    page.wait_for_url("**/second-step/codes/")
    page.click("form .btn-primary")
    page.goto("/accounts/second-step/")
    assert "我的手机" in page.locator(".mine").inner_text()
    is_sound(page, "what somebody has")

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/settings/staff/")
    is_sound(page, "sign-in")
    page.click("form[data-passkey] button")
    page.wait_for_url(lambda url: "/accounts/" not in url)  # the sign-in's own address ends alike
    assert page.url.endswith("/settings/staff/")

    page.context.clear_cookies()
    by_password(page, "admin")
    assert page.url.endswith(SIGN_IN)
    page.click("form[data-passkey] button")
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_a_device_that_has_no_passkey_says_so_and_the_password_still_works(cast, open_browser):
    page = open_browser(DESK)
    authenticator = has_passkeys(page)
    page.goto("/accounts/login/")
    page.click("form[data-passkey] button")
    page.wait_for_selector("[data-passkey-failed]:visible")
    assert authenticator
    by_password(page, "teacher")
    assert re.search(r"/$", page.url)
    assert "/accounts/" not in page.url
