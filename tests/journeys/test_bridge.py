"""From the office's Excel file to the principal's figure, through every real part."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from core import clock
from delivery.models import DemoPhoneMessage
from guardians.models import Contact
from messaging.models import CheckInPlan
from schools.models import County, SchoolClass
from schools.roles import Role
from schools.years.actions import open_school_year
from students.models import Enrolment
from tests.factories.cast import make_post, make_school, make_user
from tests.fixtures import make_roster
from tests.journeys.conftest import PHONE, sign_in, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
CHINA = ZoneInfo("Asia/Shanghai")
EVENING = time(19, 30)  # a parent on day shift is awake, whatever the hour of the test run


@pytest.fixture(autouse=True)
def evening():
    """The database's clock stands at a school day's evening, for every process of the test."""
    today = datetime.now(CHINA).date()
    wanted = datetime.combine(today, EVENING, CHINA)
    offset = f"{int((wanted - datetime.now(CHINA)).total_seconds())} seconds"
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET jiaqiao.clock_offset = %s', [offset])
    connection.close()
    yield
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET jiaqiao.clock_offset')
    connection.close()


@pytest.fixture
def school():
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1", is_demo=True)
    today = clock.now().astimezone(CHINA).date()
    first_year = today.year if today.month >= 9 else today.year - 1
    open_school_year(school=school, first_year=first_year)
    make_post(make_user("admin", "周玲"), Role.SCHOOL_ADMIN, school=school)
    make_post(make_user("principal", "马建国"), Role.PRINCIPAL, school=school)
    return school


def test_from_the_roster_to_the_principals_page(school, open_browser, workers, tmp_path):
    roster = tmp_path / "花名册.xlsx"
    make_roster.write(make_roster.make_roster(600), roster)

    office = open_browser()
    sign_in(office, "admin")
    import_roster(office, roster)
    children = Enrolment.objects.filter(school=school).count()
    assert children > 550

    wait_until(lambda: CheckInPlan.objects.filter(school=school).count() > 200)
    first_question = watch_the_first_question(school)

    principal = open_browser()
    sign_in(principal, "principal")
    assert figures(principal)["connected"] == 0

    message, student, in_her_class = first_question
    teacher = open_browser()
    sign_in(teacher, "teacher")
    teacher.goto("/check-ins/")
    assert "0/" in teacher.locator("main").inner_text()

    parent = answer_on_the_demo_phone(teacher, open_browser, message)
    assert parent.problems == []
    assert Contact.objects.filter(student__in=student).count() == len(student)

    teacher.goto("/check-ins/")
    assert f"{in_her_class}/" in teacher.locator("main").inner_text()
    teacher.goto("/")
    assert "和父母说过话" in teacher.locator("main").inner_text()
    assert figures(principal)["connected"] == len(student)
    for page in (office, principal, teacher):
        assert page.problems == []


def import_roster(page, path) -> None:
    page.goto("/rosters/new/")
    page.set_input_files("[name=file]", str(path))
    page.wait_for_url("**/columns/**")
    page.locator("form.section button.btn-primary").click()
    page.wait_for_url(lambda url: "/columns/" not in url)
    make_classes = page.locator("form[action*=make-classes] button")
    if make_classes.count():
        make_classes.first.click()
        page.wait_for_load_state("networkidle")
    page.locator("form[action*='/start/'] button").click()
    page.wait_for_url("**/result/**", timeout=90_000)


def watch_the_first_question(school) -> tuple[DemoPhoneMessage, list[int], int]:
    """The first message that arrived, its children, and how many of them are in the watched class.

    The class of the first child gets the teacher who watches; a sibling may sit in another one.
    """
    message = wait_until(
        lambda: DemoPhoneMessage.objects.filter(school=school, adult__isnull=False).first(), 120
    )
    lines = message.adult.check_ins.get().lines.all()
    student_ids = [line.student_id for line in lines]
    school_class = SchoolClass.objects.get(enrolments__student_id=student_ids[0])
    same = Enrolment.objects.filter(school_class=school_class, student_id__in=student_ids)
    make_post(
        make_user("teacher", "张丽华"), Role.CLASS_TEACHER, school=school, school_class=school_class
    )
    in_class = same.count()
    assert in_class >= 1
    return message, student_ids, in_class


def answer_on_the_demo_phone(teacher, open_browser, message):
    teacher.goto(f"/check-ins/demo-phone/?q={message.adult.name}")
    teacher.locator(f"#of-a{message.adult_id}").click()
    link = teacher.locator("#phone a.link").first.get_attribute("href")
    parent = open_browser(PHONE)
    parent.goto(link)
    assert Contact.objects.count() == 0  # opening records nothing
    parent.locator("button[name=answer][value=talked]").click()
    parent.get_by_text("记下了").wait_for()
    return parent


def figures(page) -> dict[str, int]:
    page.goto("/dashboard/")
    cells = page.locator("#classes tbody tr td:nth-child(2)").all_inner_texts()
    assert cells
    done = [int(cell.split("/")[0].split()[-1]) for cell in cells if "/" in cell]
    return {"connected": sum(done)}


def test_a_date_far_away_is_no_evening():
    """The clock that the fixture moves is the one that every process reads."""
    assert clock.now().astimezone(CHINA).time().hour == EVENING.hour
    assert abs(clock.now().astimezone(CHINA).date() - date.today()) <= timedelta(days=1)
