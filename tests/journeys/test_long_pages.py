"""Pages that list a class of 51, on a phone: the usual is folded, two screens show what matters."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core import clock
from safeguarding.actions import raise_worry
from schools.models import CalendarDay
from tests.factories.calls import make_phone, open_afternoons
from tests.factories.cases import concern_of, make_case, note
from tests.factories.cast import make_adult, make_class, make_guardianship, send_away
from tests.factories.classroom import fill_class
from tests.factories.nights import make_nearby
from tests.factories.notices import sent
from tests.factories.reunions import make_plan, make_season
from tests.factories.visits import make_visit, settle_in_village
from tests.journeys.conftest import PHONE, look, sign_in

CHINA = ZoneInfo("Asia/Shanghai")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = (
    "/children/",
    "/children/?see=notes",
    "/class/observe/",
    "/class/requests/",
    "/class/praise/",
    "/children/slips/",
    "/children/invitations/",
    "/children/to-ask/",
    "/children/papers/",
    "/visits/",
    "/visits/calls/",
    "/reunions/",
)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_list_is_higher_than_two_screens(cast, open_browser, clock_at, language):
    # At night it also stands beside each parent until when they sleep.
    clock_at(datetime.now(CHINA).replace(hour=16, minute=20))
    fill_class(cast, 49)
    CalendarDay.objects.create(school=cast.school, on=timezone.localdate(), kind="school_day")
    season, today = make_season(cast), timezone.localdate()
    for number, enrolled in enumerate(cast.school_class.enrolments.select_related("student")):
        child = enrolled.student
        adult = make_adult(cast.school, f"何{number}")
        make_guardianship(child, adult, "mother")
        send_away(adult, "昆山")
        child.village = f"第{number % 12}村"
        child.save(update_fields=["village"])
        planned = {"planned_on": today + timedelta(days=number)} if number < 6 else {}
        make_visit(child, **planned)
        if number < 12:
            make_plan(cast, season, student=child, adult=adult)
    notice = sent(cast, at=clock.now() - timedelta(days=1))
    page = open_browser(PHONE, language=language)
    sign_in(page, "teacher")
    for path in ("/children/slips/", "/children/invitations/"):
        page.goto(path)
        page.locator("main .btn-primary").first.click()
        page.wait_for_load_state()
    for path in (*PAGES, f"/notices/{notice.pk}/"):
        page.goto(path)
        look(page, f"long-{path.strip('/').replace('/', '-').replace('?', '-')}-{language}")
        high = page.evaluate("document.documentElement.scrollHeight")
        assert high <= 2 * PHONE["height"], f"{path}: {high} px"
    child = cast.students["mengyao"]
    for student, is_urgent in ((child, True), (cast.students["xiaobao"], False)):
        raise_worry(
            student=student, by=cast.users["counsellor"], words="近来不大说话", is_urgent=is_urgent,
            at=clock.now(), key=student.name,
        )  # fmt: skip
    for path in ("/", f"/children/{child.pk}/", "/children/write-in/"):
        page.goto(path)
        look(page, f"long-{path.strip('/').replace('/', '-') or 'today'}-{language}")
        high = page.evaluate("document.documentElement.scrollHeight")
        assert high <= 2 * PHONE["height"], f"{path}: {high} px"
    page.goto("/")  # the child who needs an adult now is in sight, however much there is to do
    now = page.locator(".lane-now .work")
    assert now.locator(".btn-now").first.is_visible()
    assert page.locator("details.lane:not([open])").count() >= 1
    page.goto("/class/attendance/")  # a tile for each child, and the bar that saves stays in sight
    assert page.locator(".roll ol > li").count() == 51
    assert page.locator(".roll footer button").is_visible()
    assert page.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_a_school_with_twelve_classes_are_no_higher(cast, open_browser, language):
    for number in range(12):
        make_class(cast.school, number // 2 + 1, number % 2 + 7)
    for who, path in (("principal", "/dashboard/"), ("admin", "/rosters/new-year/")):
        page = open_browser(PHONE, language=language)
        sign_in(page, who)
        page.goto(path)
        look(page, f"long-{path.strip('/').replace('/', '-')}-{language}")
        high = page.evaluate("document.documentElement.scrollHeight")
        assert high <= 2 * PHONE["height"], f"{path}: {high} px"
        assert page.locator("details.fold:not([open])").count() >= 4
        assert page.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_two_people_near_by_are_no_higher_and_changes_stand_in_a_fold(cast, open_browser, language):
    for rank, name in ((1, "李玉梅"), (2, "杨建军")):
        make_nearby(cast, name, f"+861389351005{rank}", rank=rank)
    page = open_browser(PHONE, language=language)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/family/nearby/")
    look(page, f"long-nearby-{language}")
    high = page.evaluate("document.documentElement.scrollHeight")
    assert high <= 2 * PHONE["height"], high
    assert page.locator(".near form:visible").count() == 0
    page.locator(".near-more summary").first.click()
    page.locator(".near-more form[action*='/end/'] button").first.click()
    page.wait_for_load_state()
    assert page.locator(".near").count() == 1
    assert page.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_settings_concerns_and_cases_are_no_higher(cast, open_browser, language):
    open_afternoons(make_phone(cast.school))
    case = make_case(cast)
    for number in range(4):
        note(case, words="他说夜里睡不着。" * 12, at=clock.now() - timedelta(days=number))
    pages = {
        "admin": (
            "/settings/calendar/", "/settings/duty/", "/call-slots/settings/", "/check-ins/ladder/",
            "/check-ins/next/", "/check-ins/", "/check-ins/channels/new/tencent_sms/", "/meetings/new/",
            "/privacy/spoken/", "/api/docs/",
        ),
        "counsellor": (
            f"/concerns/{concern_of(case).pk}/", f"/concerns/cases/{case.pk}/", "/concerns/levels/",
            "/concerns/signals/rules/", "/surveys/new/", "/surveys/instruments/mssmhs/",
        ),
    }  # fmt: skip
    for who, paths in pages.items():
        page = open_browser(PHONE, language=language)
        sign_in(page, who)
        for path in paths:
            response = page.goto(path)
            assert response is not None
            assert response.ok, path
            look(page, f"long-{path.strip('/').replace('/', '-')}-{language}")
            high = page.evaluate("document.documentElement.scrollHeight")
            assert high <= 2 * PHONE["height"], f"{path}: {high} px"
        assert page.problems == []


FIRST_FOLD = """() => Math.min(...[...document.querySelectorAll('details:not([open])')]
  .filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().top + scrollY))"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_report_of_harm_asks_for_the_family_first(cast, open_browser, language):
    child = cast.students["mengyao"]
    for rank, name in ((1, "李玉梅"), (2, "杨建军")):
        make_nearby(cast, name, f"+861389351005{rank}", rank=rank)
    settle_in_village(child)
    visit = make_visit(child, by_village=True)
    pages = {
        "teacher": f"/concerns/reports/new/{child.pk}/",
        "village": f"/v/{visit.pk}/report/",
    }
    for who, path in pages.items():
        page = open_browser(PHONE, language=language)
        sign_in(page, who)
        page.goto(path)
        look(page, f"long-report-{who}-{language}")
        assert page.evaluate(FIRST_FOLD) <= 2 * PHONE["height"], path
        of_school = page.locator("[name=users]").first
        assert not of_school.is_visible()
        page.locator("form summary").click()
        assert of_school.is_visible()
        assert page.problems == []
