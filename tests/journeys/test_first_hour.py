"""An administrator's first hour: from a school that writes to nobody to the first question on a phone."""

import pytest

from core import clock
from delivery.models import DemoPhoneMessage, OutboxMessage
from messaging.actions import ensure_plans
from messaging.models import CheckIn
from schools.models import School
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    scroll_width,
    sign_in,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def for_trying_out(settings, monkeypatch):
    """As `./start --no-demo` runs: for the web server and for the workers."""
    settings.TEST_PHONE = True
    monkeypatch.setenv("TEST_PHONE", "1")


@pytest.fixture
def cast(cast):
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
    ensure_plans(at=clock.now())
    return cast


def looks_well(page, viewport) -> None:
    assert axe_violations(page) == []
    assert scroll_width(page) <= viewport["width"]


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_nothing_goes_out_before_somebody_starts(cast, open_browser, for_trying_out, viewport):
    page = open_browser(viewport, language="en")
    sign_in(page, "admin")
    page.get_by_role("heading", name="Before the school begins").wait_for()
    looks_well(page, viewport)
    page.get_by_role("link", name="What happens at the start").click()
    page.get_by_text("The school cannot start yet:").wait_for()
    assert page.get_by_role("button", name="Start", exact=True).count() == 0
    looks_well(page, viewport)


def test_the_first_question_reaches_a_phone(cast, open_browser, for_trying_out, workers):
    page = open_browser(language="en")
    sign_in(page, "admin")
    page.get_by_role("link", name="Set up a channel").click()
    page.get_by_role("link", name="Add the demo phone").click()
    page.locator("main form .btn-primary").click()
    page.fill("#id_address", "13900001111")
    page.get_by_role("button", name="Send the weekly question as a trial").click()
    wait_until(lambda: OutboxMessage.objects.filter(kind="test", state="delivered").exists())
    page.goto("/check-ins/demo-phone/?of=tests")
    page.goto(page.locator("#phone a.link").first.get_attribute("href"))
    page.get_by_role("button", name="We talked").click()
    page.get_by_text("nothing was recorded").wait_for()
    assert not CheckIn.objects.filter(school=cast.school).exists()
    page.goto("/start/")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("From now on the school writes to families").wait_for()
    asked = wait_until(lambda: CheckIn.objects.filter(school=cast.school).first(), 90)
    OutboxMessage.objects.filter(about_id=asked.pk).update(due_at=clock.now())
    mother = cast.adults["mother"]
    assert mother.hours
    wait_until(
        lambda: (
            DemoPhoneMessage.objects.filter(school=cast.school, adult__isnull=False).exists()
            or OutboxMessage.objects.filter(cause__in=["quiet_hours", "good_hour"]).exists()
        ),
        60,
    )
    assert page.problems == []
