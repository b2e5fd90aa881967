"""The child's file in a real browser: a class from paper, two people at one field, papers."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from doors.staff.ledgers.sealing import unsealed
from guardians.models import Guardianship
from students.models import Enrolment, Student
from tests.journeys.conftest import DESK, PHONE, axe_violations, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHILDREN = 45
CLICKS_PER_CHILD_MAX = 10


def name_of(number: int) -> str:
    return f"王{'一二三四五六七八九'[number // 9]}{'梅兰竹菊松柏桃李杏'[number % 9]}"


def paper(number: int) -> list[str]:
    """A line as it stands on paper, cell by cell."""
    born = f"201{6 + number % 3}{1 + number % 12:02d}{1 + number % 28:02d}"
    child = [name_of(number), "女" if number % 2 else "男", born, "", "黄羊川村", "否"]
    father = [f"王父{number}", "新疆库尔勒", f"1389352{number:04d}"]
    mother = [f"张母{number}", "在家" if number % 3 else "昆山", f"1389353{number:04d}"]
    carer = [f"李奶{number}", "奶奶", f"1389354{number:04d}"]
    return [*child, *father, *mother, *carer]


def test_a_class_of_45_from_paper_in_less_than_ten_clicks_a_child(cast, open_browser):
    page = open_browser(DESK)
    sign_in(page, "teacher")
    page.goto("/children/write-in/")
    page.evaluate(
        "() => { window.clicks = 0; addEventListener('click', () => window.clicks++, true); }"
    )
    page.locator("[name='0-name']").click()
    for number in range(CHILDREN):
        for cell in paper(number):
            page.keyboard.insert_text(cell)
            if cell != paper(number)[-1]:
                page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    page.locator(".line.is-saved").nth(CHILDREN - 1).wait_for(timeout=60_000)
    clicks = page.evaluate("window.clicks")
    assert clicks < CLICKS_PER_CHILD_MAX * CHILDREN
    assert clicks == 1  # the whole class by keyboard
    assert axe_violations(page) == []
    assert page.problems == []
    in_class = Enrolment.objects.filter(school_class=cast.school_class)
    names = set(in_class.values_list("student__name", flat=True))
    assert {name_of(number) for number in range(CHILDREN)} <= names
    new = Student.objects.filter(name__in=[name_of(number) for number in range(CHILDREN)])
    assert new.count() == CHILDREN
    assert Guardianship.objects.filter(student__in=new).count() == 3 * CHILDREN
    page.goto("/children/")
    assert page.locator("[data-row]").count() == CHILDREN + 2


def test_a_line_whose_answer_was_lost_is_sent_again_and_is_one_child(cast, open_browser):
    page = open_browser(DESK)
    sign_in(page, "teacher")
    page.goto("/children/write-in/")
    # The first time the server hears it, and the answer does not come back.
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    page.route("**/children/write-in/**", lose)
    page.locator("[name='0-name']").fill("王一鸣")
    page.keyboard.press("Enter")
    page.locator("[data-line='0'] .state", has_text="还没保存").wait_for()
    assert lost == [200]
    page.keyboard.insert_text("王二鸣")
    page.keyboard.press("Enter")
    page.locator(".line.is-saved").nth(1).wait_for()
    assert Student.objects.filter(name__in=["王一鸣", "王二鸣"]).count() == 2


def test_the_sheet_works_without_script(cast, open_browser):
    page = open_browser(PHONE, script=False)
    sign_in(page, "teacher")
    page.goto("/children/write-in/")
    page.fill("[name='0-name']", "王一鸣")
    page.fill("[name='0-born']", "1900-1-1")
    page.get_by_role("button", name="保存").click()
    assert page.locator("[name='0-born'] + .field-error").count() == 1
    page.fill("[name='0-born']", "2017-1-1")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/children/?class=*")
    assert Student.objects.filter(name="王一鸣").count() == 1


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["390", "1280"])
def test_two_people_at_one_field_in_place(cast, open_browser, viewport):
    child = cast.students["mengyao"]
    mine, theirs = open_browser(viewport), open_browser(DESK)
    sign_in(mine, "teacher")
    sign_in(theirs, "admin")
    for page in (mine, theirs):
        page.goto(f"/children/{child.pk}/")
        if page.viewport_size == PHONE:
            page.locator(".file-fold:has(.lacking) > summary").click()  # a desk shows it open
        page.locator(".lacking > summary").click()
        page.locator("#row-strengths a[href$='/file/strengths/']").click()
        page.locator("#row-strengths [name=strengths]").wait_for()
    theirs.fill("#row-strengths [name=strengths]", "跳绳")
    theirs.locator("#row-strengths").get_by_role("button", name="保存").click()
    theirs.locator("#row-strengths dd", has_text="跳绳").first.wait_for()
    mine.fill("#row-strengths [name=strengths]", "会讲故事")
    mine.locator("#row-strengths").get_by_role("button", name="保存").click()
    told = mine.locator("#row-strengths")
    told.get_by_text("周玲").first.wait_for()
    assert told.locator("[name=strengths]").input_value() == "会讲故事"
    assert axe_violations(mine) == []
    told.get_by_label("我写的：“会讲故事”").check()
    told.get_by_role("button", name="保存").click()
    mine.locator("#row-strengths form").wait_for(state="detached")
    child.refresh_from_db()
    assert child.strengths == "会讲故事"


def test_papers_are_taken_from_the_browser(cast, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto("/children/papers/")
    assert axe_violations(page) == []
    with page.expect_download() as got:
        page.get_by_role("button", name="打印 2 页").click()
    assert got.value.suggested_filename.endswith(".pdf")
    page.get_by_text("PDF 打不开？").click()
    page.get_by_role("button", name="用浏览器打印一人一页").click()
    assert page.locator("article").count() == 2
    assert axe_violations(page) == []


def test_a_ledger_leaves_encrypted_and_its_arrival_is_noted(cast, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto("/children/papers/")
    page.get_by_role("button", name="为上报单位生成").click()
    assert axe_violations(page) == []
    page.get_by_label("民政部门").check()
    page.get_by_label("交给谁").fill("赵主任")
    page.get_by_role("button", name="生成文件").click()
    assert "请填写对方要用来做什么" in page.content()
    assert page.get_by_label("交给谁").input_value() == "赵主任"
    page.get_by_label("用途").fill("本学期留守儿童上报")
    # Pressed again while the server still works: a second answer would take the place of the one page with
    # the password.
    held = []
    page.route(
        "**/papers/ledger/",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    button = page.get_by_role("button", name="生成文件")
    button.evaluate("one => { one.click(); setTimeout(() => one.click(), 1000); }")
    page.wait_for_timeout(2500)
    assert len(held) == 1
    held[0].continue_()
    password = page.locator("[data-password]").inner_text()
    assert axe_violations(page) == []
    with page.expect_download() as got:
        page.get_by_role("link", name="下载加密文件").click()
    book = unsealed(Path(got.value.path()).read_bytes(), password)
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    assert sheet.max_row == 3
    page.get_by_role("link", name="报出的台账").click()
    page.get_by_text("对方已收到").click()
    page.get_by_label("谁说收到了").fill("赵主任")
    page.get_by_role("button", name="记下").click()
    page.get_by_text("赵主任说已收到").wait_for()
    assert password not in page.content()
    assert axe_violations(page) == []
