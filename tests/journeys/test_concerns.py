"""Concerns at a desk and on a phone."""

import re
from datetime import timedelta

import pytest

from accounts.models import AccessRecord
from core import clock
from safeguarding import actions
from tests.factories.cast import make_student
from tests.journeys.conftest import DESK, PHONE, look, sign_in, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worries(cast) -> None:
    for number, name in enumerate(["马思源", "高强强", "唐晓东", "何静"]):
        actions.raise_worry(
            student=make_student(cast.school_class, name),
            by=cast.users["teacher"],
            words="近来总一个人待着，不大说话。",
            is_urgent=number < 2,
            at=clock.now() - timedelta(minutes=90 - number),
            key=name,
        )


def records() -> list[str]:
    return list(AccessRecord.objects.filter(what="concern").values_list("what", flat=True))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_at_a_desk_the_first_is_open_and_noted(cast, worries, open_browser, language):
    page = open_browser(DESK, language=language)
    sign_in(page, "counsellor")
    look(page, f"concerns-today-{language}")
    page.goto("/concerns/")
    assert page.locator("#concern h2").inner_text() == "马思源"
    taking = page.locator("main form[action*='/acknowledge/'] button:visible")
    assert taking.count() == 4  # the one that stands opened has the button in the sheet alone
    assert page.locator(".is-first form").is_hidden()
    assert page.locator(".list .concern").count() == 4
    look(page, f"concerns-desk-{language}")
    assert wait_until(records) == ["concern"]
    page.locator(".list a", has_text="何静").click()
    assert page.locator("#concern h2").inner_text() == "何静"
    assert page.locator(".list").is_visible()
    assert not page.locator(".back").is_visible()
    page.locator(".tabs summary").click()
    page.locator(".tabs a[href*=closed]").click()
    assert page.locator("#concern").count() == 0
    assert page.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_on_a_phone_a_concern_is_a_page_of_its_own(cast, worries, open_browser, language):
    page = open_browser(PHONE, language=language)
    sign_in(page, "counsellor")
    look(page, f"concerns-today-phone-{language}")
    page.goto("/concerns/")
    assert page.locator("#concern").count() == 0
    assert records() == []
    look(page, f"concerns-phone-{language}")
    page.locator(".list a", has_text="高强强").click()
    assert page.locator("#concern h2").inner_text() == "高强强"
    assert not page.locator(".list").is_visible()
    look(page, f"concern-phone-{language}")
    back = page.locator(".back a")
    assert back.bounding_box()["y"] >= 0
    assert re.search("4 (concerns|件关注)", back.inner_text())
    back.click()
    assert page.locator(".list .concern").count() == 4
    assert page.problems == []


def test_without_script_the_list_leads_to_each(cast, worries, open_browser):
    page = open_browser(DESK, script=False)
    sign_in(page, "counsellor")
    page.goto("/concerns/")
    assert records() == []
    page.locator(".list a", has_text="马思源").click()
    assert page.locator("#concern").is_visible()
    page.locator("#concern button", has_text="我来接").click()
    assert "接" in page.locator("#concern .due").inner_text()
