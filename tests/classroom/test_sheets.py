"""Attendance from a sheet: previewed first, every bad cell named, never imported in part."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classroom import queries
from classroom.models import AttendanceMark, ClassRegister
from classroom.rules import Mark
from classroom.sheets import UnreadableFile, read_sheet
from schools.models import CalendarDay, SchoolClass
from students.models import Student

URL = "/class/attendance/import/"
TODAY = date(2026, 11, 25)
NAMES = {"徐梦瑶": [1], "徐小宝": [2], "王强": [3, 4]}


def workbook(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(*rows, refuse=lambda on: ""):
    return read_sheet(workbook(*rows), NAMES, TODAY, refuse)


def test_names_down_days_across():
    sheet = read(
        ["三年级2班考勤"],
        ["姓名", datetime(2026, 11, 23), "2026年11月24日", "11.25"],
        ["徐梦瑶", "", "病假", "迟到"],
        ["徐 小宝", "√", "缺勤", None],
    )
    assert sheet.problems == []
    assert sheet.days == {
        date(2026, 11, 23): {1: Mark(), 2: Mark()},
        date(2026, 11, 24): {1: Mark("absent", "ill"), 2: Mark("absent")},
        date(2026, 11, 25): {1: Mark("late"), 2: Mark()},
    }


def test_a_list():
    sheet = read(
        ["日期", "姓名", "情况", "原因"],
        ["2026-11-24", "徐梦瑶", "缺勤", "下雪"],
        [date(2026, 11, 24), "徐小宝", "早退", ""],
    )
    assert sheet.problems == []
    assert sheet.days == {date(2026, 11, 24): {1: Mark("absent", "way"), 2: Mark("left_early")}}


def test_every_bad_cell_is_named():
    sheet = read(
        ["姓名", "2026-11-24", "1900-01-01", "圣诞"],
        ["徐梦瑶", "飞了", "", ""],
        ["无名氏", "", "", ""],
        ["王强", "", "", ""],
        ["", "缺勤", "", ""],
        refuse=lambda on: "too old" if on.year == 1900 else "",
    )
    assert [problem.cell for problem in sheet.problems] == ["C1", "D1", "B2", "A3", "A4", "A5"]


def test_a_formula_counts_as_its_value():
    # As saved by a program that does not calculate: a formula without a value counts as an empty
    # cell.
    sheet = read(["姓名", "2026-11-24"], ["徐梦瑶", '=IF(1,"缺勤","")'])
    assert sheet.days[date(2026, 11, 24)][1] == Mark()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xd0\xcf\x11\xe0" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
        b"PK\x03\x04broken",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        b"MZ\x90\x00" + b"\x00" * 50,
        workbook(["何人", "2026-11-24"]),
        workbook(["姓名", "2026-11-24"], *[["徐梦瑶", ""] for _ in range(5001)]),
        b"a" * (5 * 1024 * 1024 + 1),
    ],
    ids=["empty", "password", "damaged", "picture", "program", "no names", "rows", "large"],
)
def test_a_file_that_cannot_be_read_gets_one_clear_sentence(content):
    with pytest.raises(UnreadableFile) as refused:
        read_sheet(content, NAMES, TODAY, lambda on: "")
    assert str(refused.value)


@pytest.fixture
def days(cast):
    days = [timezone.localdate() - timedelta(days=ago) for ago in (1, 0)]
    for on in days:
        CalendarDay.objects.create(school=cast.school, on=on, kind="school_day")
    return days


def send(client, *rows):
    file = SimpleUploadedFile("考勤.xlsx", workbook(*rows))
    return client.post(URL, {"file": file})


def test_looked_at_then_brought_in_whole(cast, sign_in, days):
    client = sign_in("teacher")
    page = send(client, ["姓名", *days], ["徐梦瑶", "缺勤", ""], ["徐小宝", "", "迟到"])
    assert page.context["problems"] == []
    assert not ClassRegister.objects.exists()  # only previewed
    client.post(URL, {"sheet": page.context["signed"]})
    child = cast.students["mengyao"].pk
    assert queries.marks_on([child], days[0]) == {child: Mark("absent")}
    assert ClassRegister.objects.count() == 2
    assert AttendanceMark.objects.count() == 2


def test_with_one_bad_cell_nothing_can_be_brought_in(cast, sign_in, days):
    client = sign_in("teacher")
    page = send(client, ["姓名", *days], ["徐梦瑶", "缺勤", ""], ["丁海涛", "", ""])
    assert [problem.cell for problem in page.context["problems"]] == ["A3"]
    assert page.context["signed"] == ""
    client.post(URL, {"sheet": "made-up"})
    assert not AttendanceMark.objects.exists()


def test_what_stands_on_record_is_kept(cast, sign_in, days):
    client, child = sign_in("teacher"), cast.students["mengyao"].pk
    for kind in ("缺勤", "迟到"):
        page = send(client, ["姓名", days[1]], ["徐梦瑶", kind])
        client.post(URL, {"sheet": page.context["signed"]})
    assert queries.marks_on([child], days[1]) == {child: Mark("absent")}


def test_a_day_without_school_is_a_bad_cell_with_its_reason(cast, sign_in, days):
    CalendarDay.objects.filter(on=days[0]).update(kind="holiday", name="国庆节")
    page = send(sign_in("teacher"), ["姓名", *days], ["徐梦瑶", "", ""])
    (problem,) = page.context["problems"]
    assert problem.cell == "B1"
    assert "国庆节" in problem.text


def test_the_template_is_read_back_by_the_import(cast, sign_in, days):
    client = sign_in("teacher")
    template = client.get("/class/attendance/template/")
    file = SimpleUploadedFile("attendance.xlsx", template.content)
    page = client.post(URL, {"file": file})
    assert page.context["problems"] == []
    assert [row["there"] for row in page.context["days"]][-1] == 2


def test_a_name_pasted_from_word_stops_no_template(cast, sign_in):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(name="徐\x0b梦瑶")
    answer = sign_in("teacher").get("/class/attendance/template/")
    cells = openpyxl.load_workbook(io.BytesIO(answer.content)).active["A"]
    assert "徐 梦瑶" in [cell.value for cell in cells]


def test_a_class_named_with_a_slash_has_a_template(cast, sign_in):
    SchoolClass.objects.filter(pk=cast.school_class.pk).update(name="3/2班[住校]\x0b")
    answer = sign_in("teacher").get("/class/attendance/template/")
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).active.title == "3 2班 住校"


@pytest.mark.parametrize(("name", "title"), [("[/]", "考勤"), ("'", "考勤"), ("'3班'", "3班")])
def test_a_class_named_of_signs_that_no_sheet_may_have_has_a_template(cast, sign_in, name, title):
    SchoolClass.objects.filter(pk=cast.school_class.pk).update(name=name)
    answer = sign_in("teacher").get("/class/attendance/template/")
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).active.title == title


@pytest.mark.parametrize("name", ["=HYPERLINK(A1)", "+1", "@SUM(A1)"])
def test_a_name_like_a_formula_stays_a_name(cast, sign_in, name):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(name=name)
    answer = sign_in("teacher").get("/class/attendance/template/")
    cells = openpyxl.load_workbook(io.BytesIO(answer.content)).active["A"]
    assert {
        (cell.value, cell.data_type, cell.quotePrefix) for cell in cells if cell.value == name
    } == {(name, "s", True)}
