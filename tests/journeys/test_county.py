"""An officer of the county asks: where help is short, who has stopped using it, how one school goes on."""

import random
from datetime import timedelta

import pytest

from tests.factories.cast import make_school
from tests.factories.published import SUNDAY, make_week
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEEKS = 12
# Name, pupils, children with a parent away, share of talks in the first and in the last week.
SCHOOLS = [
    ("大靖第二小学", 520, 286, 0.84, 0.91),
    ("定宁小学", 310, 170, 0.80, 0.86),
    ("干城中心小学", 420, 236, 0.85, 0.84),
    ("海子滩中心小学", 640, 350, 0.86, 0.92),
    ("横梁教学点", 8, 6, 0.8, 0.8),
    ("裴家营小学", 390, 214, 0.91, 0.69),
    ("泗水小学", 280, 151, 0.52, 0.84),
    ("土门第一小学", 1900, 1040, 0.85, 0.92),
]
STOPPED, NEW = "干城中心小学", "泗水小学"


@pytest.fixture
def county(cast):
    chance = random.Random(1)
    for number, (name, pupils, away, first, last) in enumerate(SCHOOLS):
        school = make_school(cast.county, name, f"6206223{number:02d}")
        for week in range(WEEKS):
            is_used = not (name == STOPPED and week >= 9)
            if name == NEW and week < 8:
                continue
            share = first + (last - first) * week / (WEEKS - 1) + chance.uniform(-0.02, 0.02)
            talked = int(away * share) if is_used else 0
            make_week(
                cast.county,
                school,
                SUNDAY - (WEEKS - 1 - week) * timedelta(days=7),
                counts={
                    "pupils": pupils, "away": away, "connected": (talked, away),
                    "reached": (int(away * 0.93), away), "visits": (away * week // 14, away),
                    "calls": (away // 2, away), "screened": (pupils * week // 14, pupils),
                    "overdue": away // 9, "with_concern": pupils // 20, "long_concern": pupils // 60,
                    "left_behind": pupils // 3, "left_behind_unknown": pupils // 15,
                },
                is_used=is_used,
                has_counsellor=name not in (STOPPED, "横梁教学点"),
                takes_part=name == "横梁教学点",
                sending="failing" if name == "裴家营小学" else "goes",
            )  # fmt: skip
    queue = {"waiting": 12, "waiting_long": 3, "taken_running": 14, "taken_closed": 11}
    make_week(cast.county, None, counts=queue | {"taken_given_back": 2, "taken_back": 0})
    return cast


@two_sizes
def test_an_officer_finds_the_answers(county, open_browser, viewport, language):
    scheme = "dark" if viewport["width"] < 500 else "light"
    page = open_browser(viewport, language=language, color_scheme=scheme)
    size = f"{viewport['width']}-{language}"
    sign_in(page, "county")
    page.goto("/dashboard/county/")
    look(page, f"county-{size}")
    short = page.locator("section[aria-labelledby=short]")
    is_phone = viewport["width"] < 500
    if is_phone:  # what every school has in its own line is folded
        high = page.evaluate("document.documentElement.scrollHeight")
        assert high <= 2 * viewport["height"], f"{high} px"
        short.locator(".phone-fold > summary").click()
    assert short.locator("table tbody a").all_inner_texts() == [STOPPED, "横梁教学点"]
    assert short.locator(".changes a").all_inner_texts() == [STOPPED, "裴家营小学"]
    # By change the one that slips comes before the calm ones.
    page.locator(".county-schools .tabs a").last.click()
    page.wait_for_url("**sort=change**")
    assert page.locator(".cell h3").first.inner_text() == "裴家营小学"
    if is_phone:
        page.locator(".county-schools .phone-fold > summary").last.click()
    page.locator(".as-table summary").first.click()
    look(page, f"county-table-{size}")
    # Of a school of eight what is published stands there; its cell has no line for what is not known.
    page.locator(".county-all > summary").click()
    heads = page.locator(".county-all thead th").count()
    tiny = page.locator(".county-all tr", has_text="横梁教学点")
    assert tiny.locator("td").count() == heads - 1
    assert "–" not in page.locator(".cell", has_text="横梁教学点").locator("dl").inner_text()
    page.locator(".cell h3 a", has_text="裴家营小学").click()
    page.wait_for_url("**/schools/**")
    look(page, f"county-school-{size}")
    assert page.locator(".cell .spark").count() == 5
    page.locator(".meaning summary").first.click()
    assert page.locator(".meaning dl").first.is_visible()
    assert page.problems == []


def test_the_county_on_paper(county, open_browser):
    page = open_browser({"width": 1280, "height": 800}, language="zh-hans")
    sign_in(page, "county")
    page.goto("/dashboard/county/")
    page.emulate_media(media="print")
    look(page, "county-print")
    assert page.locator(".cell").first.is_visible()
    assert not page.locator(".tabs").first.is_visible()


@two_sizes
def test_before_the_first_week(cast, open_browser, viewport, language):
    page = open_browser(viewport, language=language)
    sign_in(page, "county")
    page.goto("/dashboard/county/")
    look(page, f"county-empty-{viewport['width']}-{language}")
    assert page.locator("main table").count() == 0
