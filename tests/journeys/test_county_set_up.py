"""A county grows by one school: an officer founds it, another agrees, its administrator begins."""

import re

import pytest

from accounts.models import User
from schools.models import Post, PostOffer
from tests.factories import founding
from tests.factories.cast import make_school
from tests.journeys.conftest import look, sign_in, two_sizes
from tests.journeys.test_second_factor import code_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a quite new pass phrase"


@pytest.fixture
def county(cast):
    founding.two_officers(cast)
    make_school(cast.county, "横梁教学点", "62062277", sending_started_at=None)
    return cast


@two_sizes
def test_from_a_founded_school_to_its_first_hour(county, open_browser, viewport, language):
    size = f"{viewport['width']}-{language}"
    officer = open_browser(viewport, language=language)
    sign_in(officer, "county")
    officer.goto("/county/")
    look(officer, f"set-up-{size}")
    officer.locator(".head-aside a").click()
    officer.wait_for_url("**/county/schools/new/")
    look(officer, f"found-{size}")
    officer.locator("main form button.btn-primary").click()
    officer.locator(".field-bad").first.wait_for()
    look(officer, f"found-refused-{size}")
    officer.problems.clear()  # Chromium tells of the 422
    for name, value in (
        ("school_name", "西靖小学"), ("code", "62062299"), ("duty_phone", "0935-5112299"),
        ("name", "韩雪"), ("username", "13909361001"), ("email", "han@school.example"),
    ):  # fmt: skip
        officer.fill(f"[name={name}]", value)
    officer.locator("main form button.btn-primary").click()
    officer.wait_for_url("**/county/posts/*/")
    look(officer, f"asked-{size}")
    where = officer.url

    second = open_browser(viewport, language=language)
    sign_in(second, "county2")
    second.goto("/county/")
    look(second, f"set-up-second-{size}")
    second.locator("section[aria-labelledby=asked] a.btn-primary").click()
    second.wait_for_url(where)
    look(second, f"to-agree-{size}")
    second.locator("form[action$='/agree/'] button.btn-primary").click()
    second.locator(".slip").wait_for()
    look(second, f"agreed-{size}")
    number = second.locator(".slip b").inner_text()
    assert re.fullmatch(r"\d{6}", number)

    officer.goto(where)
    assert number not in officer.locator("main").inner_text()
    officer.locator("form[action$='/slip/'] button").click()
    address = officer.locator(".slip a")
    address.wait_for()
    look(officer, f"slip-{size}")

    owner = open_browser(viewport, language=language)
    path = re.sub(r"^https?://[^/]+", "", address.get_attribute("href"))
    owner.goto(path)
    owner.locator("[name=number]").wait_for()
    look(owner, f"first-password-{size}")
    owner.fill("[name=number]", number)
    owner.fill("[name=password1]", PASSWORD)
    owner.fill("[name=password2]", PASSWORD)
    owner.locator("main form button.btn-primary").click()
    owner.wait_for_url("**/accounts/login/**")
    user = User.objects.get(username="13909361001")
    assert Post.objects.get(user=user).school.code == "62062299"
    owner.fill("[name=login]", "13909361001")
    owner.fill("[name=password]", PASSWORD)
    owner.press("[name=password]", "Enter")
    owner.wait_for_url("**/second-step/set-up/")
    owner.click("a[href$='/set-up/app/']")
    owner.fill("[name=code]", code_at(owner))
    owner.press("[name=code]", "Enter")
    owner.wait_for_url("**/second-step/codes/")
    owner.click("form .btn-primary")
    owner.goto("/")
    owner.locator("#hour").wait_for()
    look(owner, f"first-hour-{size}")

    officer.goto("/county/")
    assert "西靖小学" in officer.locator("section[aria-labelledby=setting-up]").inner_text()
    officer.locator("section[aria-labelledby=setting-up] summary").first.click()
    look(officer, f"set-up-after-{size}")
    assert PostOffer.objects.get().outcome == "given"
    for page in (officer, second, owner):
        assert page.problems == []


@two_sizes
def test_an_officer_is_named_and_another_ends(county, open_browser, viewport, language):
    size = f"{viewport['width']}-{language}"
    page = open_browser(viewport, language=language)
    sign_in(page, "county")
    page.goto("/county/officers/new/")
    look(page, f"officer-{size}")
    page.fill("[name=name]", "王志强")
    page.fill("[name=username]", "county")
    page.locator("main form button.btn-primary").click()
    page.locator(".field-bad").wait_for()
    look(page, f"officer-refused-{size}")
    page.problems.clear()  # Chromium tells of the 422
    page.fill("[name=name]", "高峰")
    page.fill("[name=username]", "13909361002")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/county/posts/*/")
    page.goto("/county/")
    page.locator("section[aria-labelledby=officers] .row-of a").first.click()
    page.wait_for_url("**/end/")
    look(page, f"end-{size}")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/county/")
    look(page, f"set-up-ended-{size}")
    assert Post.objects.filter(role="county_officer", ends_on=None).count() == 1
    assert page.problems == []
