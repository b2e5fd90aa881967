"""Labels inside shapes hold a language twice as long: tabs, chips, tiles of names, the bar of a phone."""

import pytest
from django.utils import timezone

from schools.models import CalendarDay
from tests.factories.classroom import fill_class
from tests.factories.postcards import agree
from tests.journeys.conftest import (
    PHONE,
    double_labels,
    enter,
    look,
    scroll_width,
    sign_in,
    spilling,
    tap_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# What holds a label, on pages of the staff.
SHAPES = (
    ".rail nav > ul > li > a",
    ".tabs a",
    ".chip > span",
    ".name",
    ".btn",
    ".tag",
    ".level",
    ".roll-name",
)


def overflowing(page, shapes) -> dict[str, list[str]]:
    """The width of the page, too, where something makes it scroll sideways."""
    found = {shape: spilling(page, shape, shape) for shape in shapes}
    if scroll_width(page) > page.viewport_size["width"]:
        found["page"] = [str(scroll_width(page))]
    return {shape: texts for shape, texts in found.items() if texts}


def test_on_pages_of_the_staff(cast, open_browser):
    fill_class(cast, 12)
    CalendarDay.objects.create(school=cast.school, on=timezone.localdate(), kind="school_day")
    child = cast.students["mengyao"].pk
    page = open_browser(PHONE, language="en")
    sign_in(page, "teacher")
    for name, path in {
        "today": "/",
        "children": "/children/",
        "observe": f"/class/observe/{child}/",
        "attendance": "/class/attendance/",
        "check-ins": "/check-ins/",
        "notice": "/notices/new/",
    }.items():
        response = page.goto(path)
        assert response is not None, path
        assert response.ok, path
        double_labels(page, "main, .rail")
        look(page, f"doubled-{name}")
        assert overflowing(page, SHAPES) == {}, path


def test_on_pages_of_family_and_pupil(cast, open_browser):
    agree(cast)
    phone = open_browser(PHONE, language="en")
    enter(phone, cast.users["mother"])
    for path in ("/f/", "/f/me/", f"/f/children/{cast.students['mengyao'].pk}/"):
        phone.goto(path)
        double_labels(phone, "main, .tabs, .top")
        assert overflowing(phone, (".tabs a", ".btn", ".rows a")) == {}, path
    pupil = open_browser(PHONE, language="en")
    tap_in(pupil, cast)
    double_labels(pupil, "main")
    look(pupil, "doubled-pupil")
    assert overflowing(pupil, (".talk", ".to a", ".btn")) == {}
