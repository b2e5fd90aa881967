"""B4 and B6 in the browser: two words that differ, a gentle question; what came home is no talk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from guardians.actions import record_contact
from guardians.clock import actions as clock_actions
from guardians.models import Contact, SentHome
from tests.journeys.conftest import DESK, PHONE, sign_in, sound

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_teacher_asks_gently_and_writes_down_what_she_heard(cast, open_browser):
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    at, today = timezone.now(), timezone.localdate()
    record_contact(
        student=child,
        adult=mother,
        happened_on=today - timedelta(days=1),
        reported_by="parent",
        source_key="p",
        at=at,
    )
    denial = clock_actions.say_not_talked(
        student=child, adult=mother, said_by="child", on=today, source_key="d", at=at
    )
    page = open_browser(DESK)
    sign_in(page, "teacher")
    page.goto(f"/children/{child.pk}/family/asked/{denial.pk}/")
    assert "轻声问问" in page.content()
    sound(page)
    page.locator("[name=outcome][value=talked]").check()
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_url(f"**/children/{child.pk}/")
    denial.refresh_from_db()
    assert denial.settled_at is not None
    assert Contact.objects.filter(reported_by="child", retracted_at=None).count() == 1
    page.goto(f"/children/{child.pk}/contacts/")
    assert page.locator(".month .talk-mark:not(.is-one-sided)").count() == 2
    sound(page)
    assert page.problems == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["390", "1280"])
def test_a_gift_stands_under_the_calendar_and_not_in_it(cast, open_browser, viewport):
    child = cast.students["mengyao"]
    page = open_browser(viewport)
    sign_in(page, "teacher")
    page.goto(f"/children/{child.pk}/family/sent/")
    sound(page)
    page.locator("[name=kind][value=gift]").check()
    page.fill("[name=words]", "一件红棉衣")
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_url(f"**/children/{child.pk}/contacts/")
    assert "一件红棉衣" in page.locator(".sent").inner_text()
    assert page.locator(".month .talk-mark").count() == 0
    sound(page)
    assert page.problems == []
    page.locator(".say-bar form button").click()
    page.wait_for_load_state()
    assert SentHome.objects.get().retracted_at is not None
