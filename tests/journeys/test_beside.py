"""A page with a panel at its right keeps both columns when it says what was done."""

import pytest

from tests.journeys.conftest import DESK, look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_board_stays_beside_the_panel_once_the_teacher_is_reminded(
    cast, open_browser, language
):
    page = open_browser(DESK, language=language)
    sign_in(page, "principal")
    page.goto(f"/check-ins/?child={cast.students['mengyao'].pk}")
    page.locator("form[action*='/remind/'] button").click()
    page.locator("main > .say-bar:visible").wait_for()
    look(page, f"reminded-{language}")
    board, panel = (
        page.locator("main > div:has(> .head)").bounding_box(),
        page.locator("main > .panel"),
    )
    assert panel.bounding_box()["x"] >= board["x"] + board["width"]
    said = page.locator("main > .say-bar:visible").bounding_box()
    assert said["width"] > board["width"]
    assert page.problems == []
