"""A principal lets classes begin one after the other, a teacher sees the day, and both are compared."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.weeks import next_monday
from tests.factories.cast import make_class
from tests.factories.founding import make_class_day, monday_in
from tests.figures.test_baseline import keep
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def planned(cast):
    """Ten classes: five began twelve weeks ago, five began today; one of the school waits for six weeks."""
    make_class_day(6, cast.school_class)
    found = [make_class(cast.school, 4 + at // 3, 1 + at % 3) for at in range(10)]
    make_class_day(-12, *found[:5])
    make_class_day(0, *found[5:])
    for number, one in enumerate(found):
        for week in range(-20, 0):
            talked = 40 + number + 30 * (number < 5 and week >= -12)
            keep(one, monday_in(week) + timedelta(days=6), talked)
    return cast


@two_sizes
def test_from_the_dashboard_to_a_plan_and_a_comparison(planned, open_browser, viewport, language):
    size = f"{viewport['width']}-{language}"
    principal = open_browser(viewport, language=language)
    sign_in(principal, "principal")
    principal.goto("/dashboard/")
    principal.locator("a[href$='/since/']").click()
    principal.wait_for_url("**/since/")
    look(principal, f"classes-since-{size}")
    principal.locator("a[href$='/classes/begin/']").click()
    principal.wait_for_url("**/classes/begin/")
    look(principal, f"classes-plan-{size}")
    principal.locator("main form .btn-primary").click()
    principal.locator(".field-bad").wait_for()
    look(principal, f"classes-refused-{size}")
    principal.problems.clear()  # Chromium tells of the 422
    monday = next_monday(timezone.localdate())
    principal.locator(".chips label", has_text=planned.school_class.name).click()
    principal.fill("[name=starts_on]", monday.isoformat())
    with principal.expect_navigation():
        principal.locator("main form .btn-primary").click()
    principal.locator("#day-1").wait_for()
    look(principal, f"classes-set-{size}")

    teacher = open_browser(viewport, language=language)
    sign_in(teacher, "teacher")
    teacher.goto("/check-ins/")
    teacher.locator(".banner", has_text=planned.school_class.name).wait_for()
    look(teacher, f"classes-teacher-{size}")

    principal.locator("button[name=take_away]").wait_for()
    principal.locator(".chips label", has_text=planned.school_class.name).click()
    principal.locator("button[name=take_away]").click()
    principal.locator("#day-1").wait_for(state="detached")
