"""Every page of the demo school, at both sizes, in both languages: axe, console, no sideways scroll."""

import re

import pytest

from messaging import links
from messaging.models import CheckIn
from runtime.demo_accounts import DEMO_ACCOUNTS
from students.models import Student
from tests.factories.kept_demo import kept_demo
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    sign_in,
    too_wide,
    two_sizes,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STAFF_PAGES = {
    "class_teacher": [
        "/",
        "/children/",
        "/children/{child}/",
        "/check-ins/",
        "/concerns/",
        "/concerns/new/{child}/",
        "/check-ins/demo-phone/",
    ],
    "principal": ["/", "/dashboard/", "/check-ins/", "/children/"],
    "school_admin": [
        "/settings/",
        "/settings/classes/",
        "/settings/calendar/",
        "/settings/staff/",
        "/settings/staff/new/",
        "/check-ins/channels/",
        "/rosters/",
        "/rosters/new/",
    ],
    "village_worker": ["/"],
}
LOGINS = {account.role: account.login for account in reversed(DEMO_ACCOUNTS)}


@pytest.fixture
def demo():
    kept_demo()
    return {"child": Student.objects.get(name="徐梦瑶").pk}


@two_sizes
def test_staff_pages_are_sound(demo, open_browser, viewport, language):
    found = []
    for role, paths in STAFF_PAGES.items():
        page = open_browser(viewport, language=language)
        sign_in(page, LOGINS[role])
        for path in paths:
            found += troubles(page, path.format(**demo))
        page.context.close()
    assert not found, "\n".join(found)


def troubles(page, path: str) -> list[str]:
    page.problems.clear()
    answer = page.goto(path)
    found = [] if answer.status == 200 else [f"status {answer.status}"]
    found += page.problems + axe_violations(page) + too_wide(page)
    return [f"{path}: {trouble}" for trouble in found]


@pytest.fixture
def family_path(demo) -> str:
    check_in = CheckIn.objects.filter(answered_at=None).order_by("pk").first()
    return f"/f/c/{links.token_for(check_in_id=check_in.pk, adult_id=check_in.adult_id)}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_family_pages_are_sound(open_browser, family_path, scheme):
    page = open_browser(PHONE, color_scheme=scheme)
    found = []
    for path in (family_path, "/f/sign-in/", "/p/sign-in/", "/f/c/forged/"):
        expected = 404 if "forged" in path else 200
        page.problems.clear()
        assert page.goto(path).status in (expected, 410), path
        found += [f"{path}: {trouble}" for trouble in axe_violations(page) + too_wide(page)]
    assert not found, "\n".join(found)


def test_a_parent_answers_corrects_and_answers_again_without_script(open_browser, family_path):
    page = open_browser(PHONE, script=False)
    page.goto(family_path)
    page.locator("button[name=answer][value=need_help]").first.click()
    assert "记下了" in page.content()
    page.get_by_role("button", name="点错了").click()
    page.locator("button[name=answer][value=talked]").first.click()
    assert "记下了" in page.content()
    page.locator("form[action*=more] button.btn").first.click()
    assert "谢谢" in page.locator("h1").inner_text()
    check_in = CheckIn.objects.get(answered_at__isnull=False, state="answered", pk=own(family_path))
    assert {line.answer for line in check_in.lines.all()} == {"talked"}


def own(path: str) -> int:
    return links.read_token(token=path.split("/")[3]).check_in.pk


def test_search_finds_by_initials_within_a_blink(demo, open_browser):
    page = open_browser(DESK)
    sign_in(page, LOGINS["class_teacher"])
    page.keyboard.press("Control+k")
    page.keyboard.type("xmy")
    page.locator("#found").get_by_text("徐梦瑶").wait_for()
    page.locator("#found a").first.click()
    page.wait_for_url("**/children/*/")
    assert page.locator("h1").inner_text() == "徐梦瑶"


def test_a_child_asks_for_somebody_and_the_teacher_takes_it(demo, open_browser):
    child = Student.objects.get(name="徐梦瑶")
    door = child.enrolments.get().school_class.door_code
    pupil = open_browser(DESK)
    pupil.goto("/p/sign-in/")
    pupil.fill("[name=class_code]", door)
    pupil.locator("form button").first.click()
    for picture in child.picture_code.split("-"):
        pupil.locator(f"button[name=pick][value={picture}]").click()
    pupil.goto("/p/talk/")
    pupil.locator("button[name=person]").first.click()
    pupil.locator("button[name=when][value=now]").click()
    pupil.wait_for_url("**/p/talk/done/")
    assert "12356" in pupil.content()

    teacher = open_browser(DESK)
    sign_in(teacher, LOGINS["class_teacher"])
    row = teacher.locator(".work", has_text="徐梦瑶").first
    row.get_by_role("button", name="我去找她").click()
    teacher.get_by_text("已和孩子在一起").or_(teacher.get_by_text("和孩子在一起")).first.wait_for()


def test_the_rest_of_a_lane_opens_in_place_and_the_rail_counts_again(demo, open_browser):
    page = open_browser(DESK)
    sign_in(page, LOGINS["class_teacher"])
    folded = page.locator(".lane", has=page.locator(".more")).first
    lane = page.locator(f"#{folded.get_attribute('id')}")
    rows, count = lane.locator(".work"), int(lane.locator(".n").inner_text())
    assert rows.count() < count
    lane.locator(".more").click()
    rows.nth(count - 1).wait_for()
    assert lane.locator(".more").count() == 0

    number = page.locator(".rail a[href='/'] .count")
    before = int(number.inner_text().split()[0])
    row = page.locator(".work", has=page.locator(".later")).first
    row.locator(".later summary").click()
    row.locator(".later button").first.click()
    page.locator(".work.is-put_off").wait_for()
    page.goto("/children/")
    page.locator(".rail a[href='/'] .count", has_text=re.compile(rf"^{before - 1}\b")).wait_for()
    assert not page.problems
