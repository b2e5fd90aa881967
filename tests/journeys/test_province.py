"""An officer of a province looks at its counties on a hub: one goes on, one is late, one has just joined."""

from datetime import timedelta

import pytest

from figures.models import SharedCounty, SharedFigure, SharedWeek
from tests.factories.published import SUNDAY
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEEKS = 12
SAID = {"zh-hans": "到{}的一周：{}", "en": "Week until {}: {}"}


@pytest.fixture
def province(cast, settings):
    settings.PROVINCE_HUB = True
    for code, name, late in (("620622", "古浪县", 0), ("620623", "天祝县", 2)):
        county = SharedCounty.objects.create(code=code, name=name)
        for back in range(late, WEEKS):
            for number in range(3):
                share_week(county, f"S{number}", back, 60 + 10 * number - back)
    SharedCounty.objects.create(code="620621", name="民勤县")
    return cast


def share_week(county: SharedCounty, school: str, back: int, share: int) -> None:
    ends_on = SUNDAY - timedelta(weeks=back)
    week = SharedWeek.objects.create(
        id=SharedWeek.key_of(county.pk, school, ends_on, 1), county=county, school_code=school,
        school_name=f"第{school[1:]}小学", ends_on=ends_on, edition=1,
        published_at="2026-11-23T04:00Z", has_counsellor=school != "S0", is_used=True,
        access_confirmed=True, takes_part=False, sending="goes",
    )  # fmt: skip
    spans = {"away": (200, 209), "pupils": (300, 309), "overdue": (10, 19), "left_behind": (90, 99)}
    shares = {"connected": (share, share + 5), "reached": (90, 95), "visits": (40, 45)}
    for key, (low, high) in (spans | shares).items():
        unit = "share" if key in shares else "count"
        SharedFigure.objects.create(
            id=SharedFigure.key_of(week, key), week=week, key=key, unit=unit, low=low, high=high
        )


@two_sizes
def test_an_officer_of_a_province_looks_at_counties(province, open_browser, viewport, language):
    scheme = "dark" if viewport["width"] < 500 else "light"
    page = open_browser(viewport, language=language, color_scheme=scheme)
    size = f"{viewport['width']}-{language}"
    sign_in(page, "county")
    page.goto("/province/")
    look(page, f"province-{size}")
    assert page.locator(".cell h3").all_inner_texts() == ["民勤县", "古浪县", "天祝县"]
    # By the keys, all counties say the same week.
    page.locator(".chart input").nth(1).focus()
    page.keyboard.press("Home")
    said = page.locator(".chart-said span > span").all_inner_texts()
    week = " ".join(page.locator("#county-weeks thead th").nth(1).text_content().split())
    assert said[1] == SAID[language].format(week, "59–64%")
    page.locator(".cell h3 a", has_text="古浪县").click()
    page.wait_for_url("**/620622/**")
    look(page, f"province-county-{size}")
    page.locator(".cell h3 a").first.click()
    page.wait_for_url("**/schools/**")
    look(page, f"province-school-{size}")
    page.goto("/province/since/")
    look(page, f"province-since-{size}")
    high = page.evaluate("document.documentElement.scrollHeight")
    assert viewport["width"] > 500 or high <= 2 * viewport["height"]
    assert page.problems == []
