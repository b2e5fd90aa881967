"""A roster as schools keep it: a merged class, 家长 without a relation, and the way back while it is open;
监护人 of whom nobody knows where they live, and a whole class recorded at once.
"""

import pytest

from accounts.models import User
from guardians.models import Migration
from students.models import Student
from tests.journeys.conftest import DESK, PHONE, look, sign_in, wait_until
from tests.rosters.test_reading import book_of
from tests.rosters.test_rosters_as_they_are import merged

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
LINES = [
    ("姓名", "性别", "班级", "家长姓名", "家长电话", "父亲姓名", "母亲姓名", "联系电话"),
    ("宋一", "男", "三年级2班", "宋强", "13893011101", "", "", ""),
    ("宋二", "女", "", "宋军", "13893011102", "", "", ""),
    ("宋三", "男", "", "", "", "宋林", "李芳", "13893011103"),
    ("宋四", "男", "三2", "", "", "宋山", "李梅", "13893011104"),
    ("宋五", "男", "", "", "", "宋海", "李燕", "13893011105"),
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(merged("C2:C4", lines=LINES))
    return path


def test_a_question_for_the_whole_file_and_the_way_back(cast, open_browser, workers, file):
    desk = open_browser(DESK)
    sign_in(desk, "admin")
    desk.goto("/rosters/new/")
    desk.set_input_files("#id_file", str(file))
    desk.wait_for_url("**/columns/**")
    look(desk, "columns-zh-1280")
    desk.get_by_role("button", name="逐行看一遍").click()
    desk.get_by_text("没写是谁").first.wait_for()
    look(desk, "preview-zh-1280")
    address = desk.url.split("?")[0]

    phone = open_browser(PHONE, language="en")
    User.objects.filter(username="admin").update(language="en")
    sign_in(phone, "admin")
    phone.goto(address)
    look(phone, "preview-en-390")
    phone.get_by_role("button", name="The parent who is away").click()
    phone.get_by_text("is the parent who is away").wait_for()
    look(phone, "preview-en-390-answered")

    desk.goto(address)
    desk.get_by_role("button", name="妈妈的").click()
    desk.get_by_text("家里的电话是妈妈的。").wait_for()
    look(desk, "preview-zh-1280-answered")
    desk.get_by_role("button", name="导入 4 行").click()
    desk.get_by_role("button", name="撤回整个导入").wait_for()
    assert Student.objects.filter(name="宋一").exists()
    look(desk, "result-zh-1280")
    phone.goto(desk.url)
    look(phone, "result-en-390")
    desk.get_by_role("button", name="撤回整个导入").click()
    look(desk, "result-zh-1280-dialog")
    desk.get_by_role("dialog").get_by_role("button", name="撤回").click()
    desk.get_by_text("这次导入已撤回。").first.wait_for()
    wait_until(lambda: not Student.objects.filter(name="宋一").exists())


def test_a_guardian_is_asked_about_and_the_class_is_recorded_at_once(
    cast, open_browser, workers, tmp_path
):
    lines = [("姓名", "性别", "班级", "出生日期", "监护人姓名", "监护人电话")]
    lines += [
        (f"宋{one}", "男", "三2", f"2017-0{at}-12", f"宋强{one}", f"1389301110{at}")
        for at, one in enumerate("甲乙丙丁戊", start=1)
    ]
    path = tmp_path / "监护人.xlsx"
    path.write_bytes(book_of(*lines))
    desk = open_browser(DESK)
    sign_in(desk, "admin")
    desk.goto("/rosters/new/")
    desk.set_input_files("#id_file", str(path))
    desk.wait_for_url("**/columns/**")
    desk.get_by_role("button", name="逐行看一遍").click()
    desk.get_by_text("2017-03-12").wait_for()
    look(desk, "guardian-zh-1280")
    phone = open_browser(PHONE, color_scheme="dark", language="en")
    User.objects.filter(username="admin").update(language="en")
    sign_in(phone, "admin")
    phone.goto(desk.url)
    look(phone, "guardian-en-390-dark")
    phone.get_by_role("row").get_by_role("button", name="Not known").first.click()
    phone.get_by_text("Today asks family by family").wait_for()
    look(phone, "guardian-en-390-dark-answered")
    desk.reload()
    desk.get_by_role("button", name="导入 5 行").click()
    desk.get_by_role("link", name="用一张表一次记下").click()
    desk.wait_for_url("**/children/away/**")
    look(desk, "away-zh-1280")
    phone.goto(desk.url)
    look(phone, "away-en-390-dark")
    for line, word in (("宋甲", "宋强甲外出"), ("宋乙", "宋强乙在家")):
        row = desk.get_by_role("listitem").filter(has=desk.get_by_role("heading", name=line))
        row.locator("label", has_text=word).click()
    look(desk, "away-zh-1280-ticked")
    desk.get_by_role("button", name="保存").click()
    desk.get_by_text("已记下 2 位大人。").wait_for()
    places = Migration.objects.values_list("adult__name", "is_away").order_by("adult__name")
    assert dict(places.filter(adult__name__startswith="宋强")) == {"宋强甲": True, "宋强乙": False}
    teacher = open_browser(PHONE)
    sign_in(teacher, "teacher")
    look(teacher, "away-today-zh-390")
