"""A post ends: the administrator hands over what is open in that name, on one page."""

import pytest
from django.utils import timezone

from schools.models import Post
from students.actions import change_class
from tests.doors.test_leaving import everything_of_the_teacher
from tests.factories.cast import make_cast
from tests.journeys.conftest import DESK, PHONE, look, sign_in, two_sizes
from visits.models import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_a_teacher_leaves_goes_to_colleagues(open_browser):
    cast = make_cast()
    everything_of_the_teacher(cast)
    teacher = cast.users["teacher"]
    page = open_browser(DESK)
    sign_in(page, "admin")
    page.goto("/settings/staff/")
    page.locator("details.name", has_text="张丽华").locator("summary").click()
    look(page, "leaving-staff")
    page.get_by_role("link", name="张丽华").last.click()
    look(page, "leaving")
    page.click("main form .btn-now")
    look(page, "leaving-refused")
    page.set_viewport_size(PHONE)
    look(page, "leaving-phone")
    page.select_option("#id_to", str(cast.users["counsellor"].pk))
    page.click("main form .btn-now")
    assert page.url.endswith("/settings/staff/")
    look(page, "leaving-done")
    assert Post.objects.get(user=teacher).ends_on is not None


@two_sizes
def test_a_child_changes_class_alone(open_browser, viewport, language):
    cast = make_cast()
    everything_of_the_teacher(cast)
    change_class(
        student=cast.students["mengyao"], school_class=cast.next_class,
        starts_on=timezone.localdate(), by=cast.users["admin"],
    )  # fmt: skip
    page = open_browser(viewport, language=language)
    sign_in(page, "admin")
    page.locator("li.work", has_text="张丽华").locator(".act a").click()
    page.locator("#moved").wait_for()
    look(page, f"moved-{viewport['width']}-{language}")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/")
    assert not page.locator("li.work", has_text="张丽华").count()
    assert Visit.objects.get().goes == cast.users["next_teacher"]
