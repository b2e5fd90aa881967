"""The village worker on a phone, on a road without a network."""

import pytest

from safeguarding.models import Concern
from tests.factories.cast import make_cast
from tests.factories.visits import make_visit, settle_in_village
from tests.journeys.conftest import (
    PHONE,
    sign_in,
    sound,
    two_sizes,
    wait_until,
)
from tests.journeys.test_visits import WAITING, is_kept
from visits.models import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit():
    cast = make_cast()
    settle_in_village(cast.students["mengyao"])
    return make_visit(cast.students["mengyao"], by_village=True)


@two_sizes
def test_the_pages_are_sound(visit, open_browser, viewport, language):
    page = open_browser(viewport, language=language)
    sign_in(page, "village")
    assert page.url.endswith("/v/")
    for path in ("/v/", f"/v/{visit.pk}/", f"/v/{visit.pk}/worry/"):
        page.goto(path)
        sound(page)
    assert page.problems == []


def test_a_visit_is_made_where_there_is_no_network(visit, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "village")
    path = f"/v/{visit.pk}/"
    wait_until(lambda: is_kept(page, path), 10)  # the list brings its visits along
    page.context.set_offline(True)
    page.goto("/v/")
    page.click(".visits a")
    page.wait_for_url(f"**{path}")
    assert "三组 12 号" in page.locator("main").inner_text()
    page.click("#after summary")
    page.locator("label", has=page.locator("[value=met_carer]")).click()
    page.fill("[name=words]", "奶奶能下地了")
    page.click("form[data-offline] button[type=submit]")
    page.wait_for_selector(WAITING + ":visible")
    page.context.set_offline(False)
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert (visit.words, visit.recorded_by.username) == ("奶奶能下地了", "village")
    page.goto("/v/")
    assert page.locator(".visits").count() == 0


def test_without_script_too(visit, open_browser):
    page = open_browser(PHONE, script=False)
    sign_in(page, "village")
    page.click(".visits a")
    page.click("#after summary")
    page.locator("label", has=page.locator("[value=nobody]")).click()
    page.click("form[data-offline] button[type=submit]")
    assert page.get_by_role("heading", name="谢谢您").is_visible()
    visit.refresh_from_db()
    assert visit.outcome == "nobody"


def test_a_worry_reaches_the_school(visit, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "village")
    page.goto(f"/v/{visit.pk}/")
    page.click(".worry a")
    page.fill("[name=words]", "孩子一个人在家，锅是冷的")
    page.click("form[data-offline] button[type=submit]")
    page.wait_for_url("**/v/?thanks=worry")
    assert page.get_by_role("heading", name="谢谢您").is_visible()
    assert page.locator("svg.scene").is_visible()
    concern = Concern.objects.get()
    assert (concern.words, concern.raised_by.username) == ("孩子一个人在家，锅是冷的", "village")
