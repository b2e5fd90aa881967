"""A family comes in by a code and by a slip of paper, says yes and no, and signs out everywhere."""

import re

import pytest
from django.core.cache import cache

from delivery import dispatch
from delivery.models import DemoPhoneMessage, Invitation
from delivery.sign_in import codes
from privacy.models import Consent, SpokenText
from schools.models import School
from tests.factories.cast import (
    PASSWORD,
    make_adult,
    make_cast,
    make_guardianship,
    make_student,
)
from tests.journeys.conftest import DESK, PHONE, axe_violations, scroll_width, sign_in_by_form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = "13893517777"


@pytest.fixture
def cast():
    cache.clear()
    cast = make_cast()
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    child = make_student(cast.school_class, "何静")
    make_guardianship(child, make_adult(cast.school, "何翠", f"+86{NUMBER}"), "mother")
    return cast


def code_on_the_phone() -> str:
    """As the mother reads it: sent by the dispatcher to the demo phone."""
    dispatch.drain()
    text = DemoPhoneMessage.objects.filter(address__endswith=NUMBER).first().text
    return re.search(r"\d{6}", text)[0]


def is_sound(page, name: str) -> None:
    wide = scroll_width(page)
    assert axe_violations(page) == [], name
    assert wide <= page.viewport_size["width"], name


def test_b2_b3_by_a_code_without_script_to_a_receipt_and_out_everywhere(cast, open_browser):
    page = open_browser(PHONE, script=False)
    page.goto("/f/privacy/consents/")
    page.fill("#phone", NUMBER)
    page.click("button[value=code]")
    page.fill("#code", code_on_the_phone())
    page.click("main form button.btn")
    assert page.url.endswith("/f/privacy/consents/")
    page.click(".asks a >> nth=0")
    page.click("button[value=given]")
    word = Consent.objects.get()
    assert (word.purpose, word.decision, word.adult.name) == ("photo", "given", "何翠")
    assert page.locator(".number").inner_text().endswith(word.receipt.hex.upper()[4:8])
    page.goto("/f/privacy/consents/")
    page.click(".asks a >> nth=0")
    page.click("button[value=refused]")
    assert Consent.objects.first().decision == "withdrawn"
    page.goto("/f/me/devices/")
    page.click("form[action$='/devices/end/'] button")
    page.goto("/f/me/")
    assert "/f/sign-in/" in page.url


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_b2_from_the_class_sheet_to_the_child_s_page(cast, open_browser, language):
    teacher = open_browser(DESK, language=language)
    sign_in_by_form(teacher, "teacher", PASSWORD)
    teacher.goto("/children/invitations/")
    teacher.click(".invite-how .btn-primary")
    teacher.locator(".invite").first.wait_for()
    is_sound(teacher, "sheet")
    shown = teacher.locator(".invite", has_text="何翠").locator(".invite-square b").inner_text()
    slip = Invitation.objects.get(adult__name="何翠")
    assert shown == codes.readable_slip(codes.code_on(slip))

    phone = open_browser(PHONE, language=language)
    phone.goto("/f/i/")
    phone.fill("#code", shown.lower())
    phone.click("main form button.btn")
    is_sound(phone, "slip")
    assert "何" not in phone.locator("main").inner_text()
    phone.click("main form button.btn")
    phone.fill("#code", code_on_the_phone())
    is_sound(phone, "code")
    phone.click("main form button.btn")
    assert "何翠" in phone.locator("h1").inner_text()
    phone.click("main form button.btn")
    phone.wait_for_url("**/f/")
    assert "静" in phone.locator("main").inner_text()
    for path in ("/f/privacy/consents/", "/f/me/devices/"):
        phone.goto(path)
        is_sound(phone, path)
    teacher.goto("/children/invitations/")
    assert teacher.locator(".is-joined").count() >= 1
    assert phone.problems == []


def test_b3_the_school_reads_a_text_aloud_and_a_parent_hears_it_without_script(cast, open_browser):
    teacher = open_browser(DESK)
    sign_in_by_form(teacher, "teacher", PASSWORD)
    teacher.goto("/privacy/spoken/")
    is_sound(teacher, "list")
    teacher.get_by_role("link", name="念一遍").first.click()
    is_sound(teacher, "reading")
    teacher.click(".mic")
    teacher.wait_for_timeout(1500)
    teacher.click(".mic")
    teacher.locator(".rec audio + .player").wait_for()
    teacher.get_by_role("button", name="存下这段录音").click()
    teacher.get_by_text("存好了").wait_for()
    assert SpokenText.objects.get().purpose == "photo"
    assert teacher.problems == []

    phone = open_browser(PHONE, script=False)
    phone.goto("/f/privacy/consents/")
    phone.fill("#phone", NUMBER)
    phone.click("button[value=code]")
    phone.fill("#code", code_on_the_phone())
    phone.click("main form button.btn")
    phone.click(".asks a >> nth=0")
    source = phone.locator("audio source").first.get_attribute("src")
    assert phone.request.get(source).headers["content-type"] == "audio/ogg"
    phone.click("button[value=refused]")
    assert Consent.objects.get().decision == "refused"
