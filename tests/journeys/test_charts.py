"""A principal and an officer ask a line of weeks: by mouse, by finger and by the keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from guardians.models import Contact, Guardianship
from tests.factories.published import SUNDAY, make_week
from tests.journeys.conftest import DESK, PHONE, look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEEKS = 12
SAID = {"zh-hans": "到{}的一周：{}", "en": "Week until {}: {}"}
AND = {"zh-hans": "；", "en": "; "}


@pytest.fixture
def talks(cast):
    """The children with a parent away talk in most weeks; of one nobody knows anything."""
    today = timezone.localdate()
    ties = Guardianship.objects.filter(school=cast.school, kind="parent").select_related("adult")
    for number, tie in enumerate(ties):
        for back in range(WEEKS):
            if back == 5 or (number + back) % 3 == 0:
                continue
            Contact.objects.create(
                school=cast.school, student_id=tie.student_id, adult=tie.adult,
                happened_on=today - timedelta(days=7 * back), reported_by="staff",
                recorded_at=clock.now(),
            )  # fmt: skip
    return cast


@pytest.fixture
def county(cast):
    for back in range(60):
        share = 200 - 2 * (back % 26)
        counts = {"pupils": 400, "away": 230, "connected": (share, 230), "reached": (210, 230)}
        make_week(cast.county, cast.school, SUNDAY - timedelta(weeks=back), counts=counts)
    return cast


def said(page, chart: int = 0) -> list[str]:
    return page.locator(".chart-said").nth(chart).locator("span > span").all_inner_texts()


def plot_of(page) -> dict[str, float]:
    """Where the drawing is, in sight and not beneath the bar at the foot."""
    drawing = page.locator(".chart svg")
    drawing.evaluate("svg => svg.scrollIntoView({block: 'center'})")
    return drawing.bounding_box()


def rows(page, table: str) -> list[tuple[str, str]]:
    """Of each week its name and what the table says of it."""
    found = page.locator(f"#{table} tbody tr")
    return [
        tuple(" ".join(words.split()) for words in row)
        for row in found.evaluate_all(
            "rows => rows.map(row => [row.cells[0].textContent, row.cells[1].textContent])"
        )
    ]


@two_sizes
def test_a_principal_asks_one_week_and_then_another(talks, open_browser, viewport, language):
    scheme = "dark" if viewport["width"] < 500 else "light"
    page = open_browser(viewport, language=language, color_scheme=scheme)
    sign_in(page, "principal")
    page.goto("/dashboard/")
    told = [SAID[language].format(*row) for row in rows(page, "trend-weeks")]
    assert said(page) == [told[-1]]
    week = page.locator(".chart input").first
    week.focus()
    page.keyboard.press("ArrowLeft")
    assert said(page) == [told[-2]]
    assert week.get_attribute("aria-valuetext") == told[-2]
    page.keyboard.press("Home")
    assert said(page) == [told[0]]
    # Held beside another one: both stand there, and the range says both.
    page.locator(".chart-said button").click()
    box = plot_of(page)
    # The plot ends at 560 of the 620 that the drawing is wide.
    at = box["x"] + box["width"] * 560 / 620, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    assert said(page) == [told[0], told[-1]]
    assert week.get_attribute("aria-valuetext") == f"{told[0]}{AND[language]}{told[-1]}"
    look(page, f"chart-principal-{viewport['width']}-{language}")
    if viewport["width"] < 500:
        assert page.evaluate("document.documentElement.scrollHeight") <= 2 * viewport["height"]
    page.locator(".chart-said button").click()
    assert said(page) == [told[-1]]
    page.emulate_media(media="print")
    assert not page.locator(".chart-said").is_visible()
    assert page.locator(".chart svg").is_visible()
    assert page.locator(".print-weeks").is_visible()
    assert page.problems == []


def test_a_finger_taps_a_week_of_the_line(talks, open_browser):
    page = open_browser(PHONE, has_touch=True)
    sign_in(page, "principal")
    page.goto("/dashboard/")
    told = [SAID["zh-hans"].format(*row) for row in rows(page, "trend-weeks")]
    box = plot_of(page)
    page.touchscreen.tap(box["x"] + 8 / 620 * box["width"], box["y"] + box["height"] / 2)
    assert said(page) == [told[0]]
    assert page.locator(".chart-said button").bounding_box()["height"] >= 44
    assert page.problems == []


@two_sizes
def test_an_officer_compares_terms_and_figures(county, open_browser, viewport, language):
    page = open_browser(viewport, language=language)
    sign_in(page, "county")
    page.goto("/dashboard/county/figures/connected/")
    week = page.locator(".chart input").first
    week.focus()
    page.keyboard.press("Home")
    # The keys of the lines say what each term said in that week.
    told = [
        [" ".join(words.split()) for words in row.locator("td").all_text_contents()]
        for row in page.locator("#term-weeks tbody tr").all()
    ]
    keys = page.locator(".term-keys b")
    assert keys.all_inner_texts() == told[0]
    assert len(told[0]) >= 2
    assert all(value in week.get_attribute("aria-valuetext") for value in told[0])
    page.keyboard.press("End")
    assert keys.all_inner_texts() == told[-1] != told[0]
    look(page, f"chart-terms-{viewport['width']}-{language}")
    page.goto(f"/dashboard/county/schools/{county.school.pk}/")
    page.locator(".chart input").nth(0).focus()
    page.keyboard.press("Home")
    first = rows(page, "school-weeks")[-1]  # the table begins with the latest
    # The lines of one school move together, each with its own figure.
    assert said(page, 0) == [SAID[language].format(*first[:2])]
    assert said(page, 1)[0].startswith(SAID[language].format(first[0], ""))
    assert said(page, 1) != said(page, 0)
    look(page, f"chart-school-{viewport['width']}-{language}")
    assert page.problems == []


def test_without_script_the_line_and_its_table_stay(talks, open_browser):
    page = open_browser(DESK, script=False)
    sign_in(page, "principal")
    page.goto("/dashboard/")
    assert page.locator(".chart svg").is_visible()
    assert page.locator(".chart input").count() == 0
    assert not page.locator(".chart-said").is_visible()
    page.locator(".as-table summary").click()
    assert page.locator("#trend-weeks").is_visible()


@two_sizes
def test_all_schools_of_a_county_say_the_same_week(county, open_browser, viewport, language):
    """By pointer at one, by the keys at the county's line; Tab stops at one line, not at each."""
    page = open_browser(viewport, language=language)
    sign_in(page, "county")
    page.goto("/dashboard/county/")
    weeks = [
        " ".join(cell.split())
        for cell in page.locator("#county-weeks thead th").all_text_contents()
    ]
    told = [
        [" ".join(cell.split()) for cell in row.locator("td").all_text_contents()]
        for row in page.locator("#county-weeks tbody tr").all()
    ]
    # The last week stands beside each line already.
    assert not page.locator(".chart-said").first.is_visible()
    high = page.evaluate("document.documentElement.scrollHeight")
    lines = page.locator(".chart input")
    assert [one.get_attribute("tabindex") for one in lines.all()] == [
        None,
        *["-1"] * (len(told) - 1),
    ]
    lines.first.focus()
    page.keyboard.press("Home")
    first = [SAID[language].format(weeks[1], row[0]) for row in told]
    assert [said(page, n)[0] for n in range(len(told))] == first
    assert [one.get_attribute("aria-valuetext") for one in lines.all()] == first
    assert abs(page.evaluate("document.documentElement.scrollHeight") - high) <= 48
    look(page, f"chart-county-{viewport['width']}-{language}")
    drawing = page.locator(".cell .chart svg").first
    drawing.evaluate("svg => svg.scrollIntoView({block: 'center'})")
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    middle = lines.first.get_attribute("aria-valuetext")
    assert middle not in (first[0], SAID[language].format(weeks[-1], told[0][-1]))
    assert page.locator(".cell .chart-said").first.is_visible()
    page.goto("/dashboard/county/figures/connected/")
    small = page.locator(".cell .chart input").first
    small.focus()
    page.keyboard.press("Home")
    assert page.locator(".cell .chart-said").first.is_visible()
    assert page.problems == []
