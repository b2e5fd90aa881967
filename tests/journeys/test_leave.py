"""A family asks for leave on a phone, the teacher agrees at a desk, and attendance says so."""

import pytest
from django.test import Client
from django.utils import timezone

from classroom.models import LeaveRequest
from tests.factories.leave import let_in, make_leave_of_aunt, make_leave_with_photo, school_days
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, scroll_width, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"
SMALL = """least => [...document.querySelectorAll('main a, main button, main summary, main label')]
    .filter(e => e.getBoundingClientRect().height > 0 && !e.classList.contains('label'))
    .filter(e => e.getBoundingClientRect().height < least - 0.5).map(e => e.outerHTML)"""


@pytest.fixture
def phone_of(cast, open_browser, live_server):
    def make(key: str, *, script: bool = True, elder: bool = False):
        let_in(cast, key)
        page = open_browser(PHONE, script=script)
        client = Client()
        client.force_login(cast.users[key], BACKEND)
        cookies = {"sessionid": client.cookies["sessionid"].value}
        cookies |= {"large_text": "1"} if elder else {}
        page.context.add_cookies(
            [{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()]
        )
        return page

    return make


def path_of(cast) -> str:
    return f"/f/children/{cast.students['mengyao'].pk}/leave/"


@pytest.mark.parametrize("script", [True, False])
def test_from_the_phone_to_attendance(cast, phone_of, open_browser, clock_at, script):
    clock_at(timezone.localtime().replace(hour=10, minute=0))
    school_days(cast)
    page = phone_of("grandmother", script=script)
    page.goto(path_of(cast).removesuffix("leave/"))
    page.get_by_role("link", name="请假").click()
    look(page, f"leave-ask-{script}")
    if script:
        assert page.evaluate(SMALL, 44) == []
    page.check("[name=reason][value=ill]")
    if not page.locator("[name=collects]:checked").count():
        page.check("[name=collects][value=home]")
    page.get_by_role("button", name="发给老师").click()
    assert "等老师答复" in page.locator("main").inner_text()
    look(page, f"leave-asked-{script}")

    desk = open_browser(DESK, script=script)
    sign_in(desk, "teacher")
    desk.goto("/")
    row = desk.locator(".work", has_text="替孩子请假")
    look(desk, f"leave-today-{script}")
    row.get_by_role("button", name="同意", exact=True).click()
    if script:
        desk.locator(".work", has_text="准假").wait_for()
    look(desk, f"leave-agreed-{script}")
    assert LeaveRequest.objects.get().state == "agreed"
    desk.goto("/class/attendance/")
    pk = cast.students["mengyao"].pk
    assert desk.locator(f"[name=kind-{pk}]:checked").get_attribute("value") == "leave"
    look(desk, f"leave-register-{script}")
    page.goto(path_of(cast))
    assert "张老师同意了" in page.locator("main").inner_text()
    look(page, f"leave-answered-{script}")
    assert page.problems == desk.problems == []


def test_a_request_that_needs_a_call_is_opened_beneath_its_row(cast, phone_of, open_browser):
    school_days(cast)
    row = make_leave_with_photo(cast)
    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto("/")
    work = desk.locator(f"#work-leave-{row.pk}")
    work.get_by_role("link", name="看请假").click()
    work.get_by_label("给家里的一句话").wait_for()
    look(desk, "leave-opened")
    work.get_by_role("button", name="不同意").click()
    work.get_by_text("请让家里知道原因").wait_for()
    look(desk, "leave-declined-bad")
    work.get_by_role("button", name="打过电话").first.click()
    work.get_by_role("button", name="同意", exact=True).click()
    desk.locator(".work", has_text="准假").wait_for()
    small = open_browser(PHONE)
    sign_in(small, "teacher")
    for address in ("/", f"/class/leave/{row.pk}/", "/class/attendance/"):
        small.goto(address)
        look(small, f"leave-staff-phone-{address.strip('/').replace('/', '-')}")
        assert scroll_width(small) <= PHONE["width"]
    desk.goto(f"/class/leave/{row.pk}/")
    look(desk, "leave-page")
    assert axe_violations(desk) == []


@pytest.mark.parametrize("elder", [False, True])
def test_a_second_adult_says_it_by_one_tap(cast, phone_of, elder):
    school_days(cast)
    make_leave_of_aunt(cast)
    page = phone_of("grandmother", elder=elder)
    page.goto("/f/")
    look(page, f"leave-second-home-{elder}")
    page.goto(path_of(cast))
    look(page, f"leave-second-{elder}")
    assert axe_violations(page) == []
    assert page.evaluate(SMALL, 44) == []
    assert scroll_width(page) <= PHONE["width"]
    page.get_by_role("button", name="是的").click()
    assert LeaveRequest.objects.get().second == cast.adults["grandmother"]
