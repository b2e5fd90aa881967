"""A8, file out: PDFs and the county's ledger, opened and read back."""

import io
import re
import subprocess
import sys
from datetime import date, timedelta
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import AccessRecord
from classroom.actions import save_register
from classroom.rules import Mark
from core import printing
from doors.staff.ledger import Part
from doors.staff.ledgers.sealing import unsealed
from guardians.actions import record_contact
from guardians.models import Guardianship
from students.actions import leave_school
from students.models import Student
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_student,
    send_away,
)
from tests.factories.classroom import make_note
from tests.pdfs import fonts_of_pdf, pages_of_pdf, text_of_pdf

pytestmark = pytest.mark.django_db
FORMULAS = ["=1+1", "+8613900000000", "-2", "@SUM(A1)", "\t=1"]


@pytest.fixture
def sign_in(client, cast):
    def sign_in(role):
        client.force_login(cast.users[role])
        return client

    return sign_in


def ids(cast, *names):
    return [cast.students[name].pk for name in names]


def get(client, name, children, **data):
    return client.get(reverse(f"staff:{name}"), {"child": children, **data})


def text_of(answer) -> str:
    assert answer["Content-Type"] == "application/pdf", answer.status_code
    return re.sub(r"\s", "", text_of_pdf(answer.content))


def sheet_of(content: bytes) -> list[dict]:
    book = load_workbook(io.BytesIO(content))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def ledger_of(client, children, **data):
    """The encrypted ledger, opened with the password that the page showed."""
    form = {
        "child": children,
        "office": "civil_affairs",
        "receiver": "赵主任",
        "purpose": "本学期留守儿童上报",
        "parts": Part.values,
        "key": str(uuid4()),
    }
    made = client.post(reverse("staff:papers_ledger"), form | data)
    assert made.status_code == 200, made.status_code
    address = reverse("staff:ledger_file", args=[made.context["sent"].pk])
    content = client.get(address).content
    return unsealed(content, made.context["password"])


class TestPdf:
    def test_one_page_in_chinese_with_the_fonts_inside(self, cast, sign_in):
        answer = get(sign_in("teacher"), "papers_file", ids(cast, "mengyao"))
        text = text_of(answer)
        for words in (
            "徐梦瑶",
            "三年级2班",
            "王芳",
            "昆山",
            "李秀兰",
            "13893510003",
            "黄羊川中心小学",
        ):
            assert words in text
        assert pages_of_pdf(answer.content) == 1
        fonts = fonts_of_pdf(answer.content)
        assert all(fonts.values())
        assert any("CJK-SC" in name for name in fonts)
        assert "徐梦瑶" in unquote(answer["Content-Disposition"])

    def test_the_whole_file_has_earlier_carers_and_the_talks_of_the_term(self, cast, sign_in):
        today = timezone.localdate()
        aunt = make_adult(cast.school, "徐小姑")
        make_guardianship(
            cast.students["mengyao"],
            aunt,
            "relative",
            starts_on=date(2019, 9, 1),
            ends_on=date(2020, 8, 31),
        )
        record_contact(
            student=cast.students["mengyao"],
            adult=cast.adults["mother"],
            happened_on=today - timedelta(days=1),
            reported_by="parent",
            kind="video",
            minutes=22,
            at=timezone.now(),
        )
        page, whole = (
            text_of(get(sign_in("teacher"), "papers_file", ids(cast, "mengyao"), form=form))
            for form in ("page", "whole")
        )
        for words in ("徐小姑", "视频22分钟"):
            assert words in whole
        assert "徐小姑" not in page

    def test_the_whole_file_has_the_term_at_school_and_praise_for_who_reads_notes(
        self, cast, sign_in
    ):
        make_note(cast, words="教同桌跳绳")
        make_note(cast, words="照顾奶奶", themes=["home"])
        save_register(
            school_class=cast.school_class,
            on=timezone.localdate(),
            was={},
            now={cast.students["mengyao"].pk: Mark("absent", "ill")},
            by=cast.users["teacher"],
            at=timezone.now(),
        )
        teacher, admin = (
            text_of(get(sign_in(role), "papers_file", ids(cast, "mengyao"), form="whole"))
            for role in ("teacher", "admin")
        )
        for text in (teacher, admin):
            assert "点名1天，缺1天" in text
            assert "照顾奶奶" not in text
        assert "教同桌跳绳" in teacher
        assert "教同桌跳绳" not in admin

    def test_nothing_of_how_to_reach_a_blocked_adult(self, cast, sign_in):
        text = text_of(get(sign_in("teacher"), "papers_file", ids(cast, "mengyao"), form="whole"))
        assert "徐建军" in text
        assert "13893510002" not in text
        assert "库尔勒" not in text

    def test_any_selection_is_one_file_and_each_reading_is_noted(self, cast, sign_in):
        children = ids(cast, "mengyao", "haitao")
        answer = get(sign_in("admin"), "papers_file", children)
        assert pages_of_pdf(answer.content) == 2
        noted = AccessRecord.objects.filter(what="file page", user=cast.users["admin"])
        assert set(noted.values_list("student_id", flat=True)) == set(children)

    @pytest.mark.parametrize("name", ["papers_file", "papers_ledger"])
    @pytest.mark.parametrize("role", ["teacher", "next_teacher", "far_teacher"])
    def test_one_stranger_among_them_and_there_is_nothing(self, cast, sign_in, name, role):
        own = {"teacher": "mengyao", "next_teacher": "haitao", "far_teacher": "yuan"}[role]
        client = sign_in(role)
        assert get(client, name, ids(cast, own)).status_code == 200
        others = [child for child in ("mengyao", "haitao", "yuan") if child != own]
        for other in others:
            assert get(client, name, ids(cast, own, other)).status_code == 404
        noted = set(AccessRecord.objects.values_list("student_id", flat=True))
        # Of a ledger nobody has read anything until its file is made.
        assert noted == (set(ids(cast, own)) if name == "papers_file" else set())

    def test_nobody_ticked_is_said_on_the_page(self, cast, sign_in):
        client = sign_in("teacher")
        answer = client.get(reverse("staff:papers_file"), follow=True)
        assert "请至少勾一个孩子" in answer.content.decode()

    def test_more_than_the_server_can_make_at_once(self, cast, sign_in, monkeypatch):
        monkeypatch.setattr("doors.staff.file_views.SHEETS_MAX", 1)
        answer = get(sign_in("admin"), "papers_file", ids(cast, "mengyao", "haitao"))
        assert answer.status_code == 302
        page = sign_in("admin").get(answer.url).content.decode()
        assert "2 个孩子" in page

    @pytest.mark.parametrize("lack", ["pango", "font"])
    def test_where_no_pdf_can_be_made_the_browser_prints(self, cast, sign_in, monkeypatch, lack):
        monkeypatch.setattr(printing, "_lack", lambda: lack)
        client = sign_in("teacher")
        page = client.get(reverse("staff:papers")).content.decode()
        assert printing.why_no_pdf() in page
        assert "PDF，一人一页" not in page
        assert get(client, "papers_file", ids(cast, "mengyao")).status_code == 302
        url = reverse("staff:papers_print", args=["page"])
        printed = client.get(url, {"child": ids(cast, "mengyao")}).content.decode()
        assert "徐梦瑶" in printed
        assert "data-print" in printed

    def test_a_machine_without_pango_is_noticed(self):
        """In a process of its own in which the library that WeasyPrint needs cannot be found."""
        code = (
            "import ctypes.util, cffi, django; django.setup()\n"
            "def missing(self, *names, **kw): raise OSError('cannot load library')\n"
            "cffi.FFI.dlopen = missing\n"
            "from core.printing import _lack; print(_lack())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout.split()[-1] == "pango", done.stderr[-500:]

    def test_what_somebody_wrote_stays_text(self, cast, sign_in):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            health='<img src="http://10.0.0.1/x.png"><script>'
        )
        text = text_of(get(sign_in("teacher"), "papers_file", ids(cast, "mengyao")))
        assert '<imgsrc="http://10.0.0.1/x.png"><script>' in text

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1:9/x.png",
            "https://example.org/static/file_print.css",
            "file:///etc/passwd",
            "https://static.invalid/static/../../etc/passwd",
            "https://static.invalid/static/%2e%2e/%2e%2e/etc/passwd",
            "https://static.invalid/media/x",
            "https://static.invalid/static/no-such-file.css",
            "ftp://static.invalid/static/file_print.css",
        ],
    )
    def test_no_address_is_fetched(self, address):
        with pytest.raises(Exception) as refused:  # noqa: PT011
            printing.static_only(address)
        assert type(refused.value).__name__ in ("RefusedAddress", "SuspiciousFileOperation")

    def test_our_own_stylesheet_is(self):
        answer = printing.static_only("https://static.invalid/static/file_print.css")
        assert b"@page" in answer.read()


class TestLedger:
    def test_one_row_for_each_child_from_the_same_fields(self, cast, sign_in):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            ethnicity="汉族", id_number="620622201705040422", is_registered=True, illness="无"
        )
        rows = sheet_of(ledger_of(sign_in("teacher"), ids(cast, "mengyao", "xiaobao")))
        assert [row["姓名"] for row in rows] == ["徐梦瑶", "徐小宝"]
        first = rows[0]
        told = {
            "身份证号": "620622201705040422",
            "出生日期": "2017-05-04",
            "班级": "三年级2班",
            "母亲姓名": "王芳",
            "母亲外出或在家": "外出",
            "母亲务工地点": "昆山",
            "母亲何时起": "2020-09-01",
            "母亲电话": "13893510001",
            "照看人姓名": "李秀兰",
            "照看人与儿童关系": "奶奶",
            "照看人电话": "13893510003",
            "是否登记户口": "是",
            "长期患病": "无",
        }
        assert {key: first[key] for key in told} == told

    @pytest.mark.parametrize(
        ("father", "capacity", "born_on", "status"),
        [
            ("away", None, date(2017, 5, 4), "是"),
            ("home", True, date(2017, 5, 4), "否"),
            ("home", False, date(2017, 5, 4), "是"),
            ("home", None, date(2017, 5, 4), "还不知道"),
            ("away", None, date(2008, 5, 4), "否"),
            ("away", None, None, "还不知道"),
        ],
    )
    def test_a2_the_status_stands_with_its_parts(
        self, cast, sign_in, father, capacity, born_on, status
    ):
        child = make_student(cast.school_class, "马小军", born_on=born_on)
        mother = make_adult(cast.school, "何秀英")
        make_guardianship(child, mother, "mother")
        send_away(mother, "西安")
        dad = make_adult(cast.school, "马强")
        make_guardianship(child, dad, "father", has_capacity=capacity)
        move = send_away(dad, "兰州")
        if father == "home":
            move.is_away, move.place = False, ""
            move.save()
        row = sheet_of(ledger_of(sign_in("teacher"), [child.pk]))[0]
        assert row["是否农村留守儿童（国发〔2016〕13号）"] == status
        assert row["父亲外出或在家"] == ("外出" if father == "away" else "在家")
        assert bool(row["还要问什么"]) == (status == "还不知道")

    @pytest.mark.parametrize("words", FORMULAS)
    def test_what_begins_like_a_formula_stays_text(self, cast, sign_in, words):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(address=words)
        answer = ledger_of(sign_in("teacher"), ids(cast, "mengyao"))
        sheet = load_workbook(io.BytesIO(answer)).worksheets[0]
        titles = [cell.value for cell in sheet[1]]
        cell = sheet.cell(2, titles.index("现居住地") + 1)
        assert (cell.value, cell.data_type) == (words.strip(), "s")
        if not words.startswith("\t"):
            assert cell.quotePrefix
        formulas = [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert formulas == []

    @pytest.mark.parametrize("name", ["𠮷\ue863", "བསྟན་འཛིན།", "Nurgül Yılmaz", "王　小"])
    def test_a_name_keeps_every_sign(self, cast, sign_in, name):
        """Also those that a school's own font has added, or a wide space between two characters."""
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(name=name)
        row = sheet_of(ledger_of(sign_in("teacher"), ids(cast, "mengyao")))[0]
        assert row["姓名"] == name

    def test_nothing_of_how_to_reach_a_blocked_father(self, cast, sign_in):
        row = sheet_of(ledger_of(sign_in("teacher"), ids(cast, "mengyao")))[0]
        assert row["父亲姓名"] == "徐建军"
        assert [row[f"父亲{what}"] for what in ("电话", "务工地点", "何时起")] == [None] * 3

    def test_a_parent_who_has_died_is_told_as_such(self, cast, sign_in):
        mother = cast.adults["mother"]
        mother.condition = "dead"
        mother.save()
        row = sheet_of(ledger_of(sign_in("teacher"), ids(cast, "mengyao")))[0]
        assert row["母亲外出或在家"] == "已去世"
        assert row["母亲电话"] is None

    def test_a_child_that_left_says_so(self, cast, sign_in):
        leave_school(
            student=cast.students["mengyao"],
            left_on=timezone.localdate() - timedelta(days=3),
            reason="to_parents",
            left_to="昆山",
            by=cast.users["admin"],
        )
        row = sheet_of(ledger_of(sign_in("admin"), ids(cast, "mengyao")))[0]
        assert "已离校" in row["备注"]
        assert "昆山" in row["备注"]

    def test_the_whole_school_for_its_administrator_alone(self, cast, sign_in):
        url = reverse("staff:papers_ledger")
        rows = sheet_of(ledger_of(sign_in("admin"), [], **{"class": "all"}))
        assert {row["姓名"] for row in rows} == {"徐梦瑶", "徐小宝", "丁海涛"}
        assert sign_in("teacher").get(url, {"class": "all"}).status_code == 404
        assert sign_in("counsellor").get(url, {"class": "all"}).status_code == 404

    def test_what_it_is_and_from_when_stands_on_a_second_sheet(self, cast, sign_in):
        answer = ledger_of(sign_in("teacher"), ids(cast, "mengyao"))
        about = load_workbook(io.BytesIO(answer)).worksheets[1]
        lines = [row[0].value for row in about.iter_rows()]
        assert f"{timezone.localdate():%Y-%m-%d}" in lines[0]
        assert any("国发〔2016〕13号" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "data"), [("papers_ledger", {}), ("papers_file", {"form": "whole"})]
)
def test_ten_children_cost_as_many_queries_as_one(
    cast, sign_in, django_assert_max_num_queries, name, data
):
    client = sign_in("teacher")
    children = ids(cast, "mengyao")
    get(client, name, children, **data)
    with django_assert_max_num_queries(40) as few:
        get(client, name, children, **data)
    for number in range(9):
        child = make_student(cast.school_class, f"王小{number}")
        mother = make_adult(cast.school, f"王母{number}", f"+86138935200{number:02d}")
        make_guardianship(child, mother, "mother")
        make_guardianship(child, make_adult(cast.school, f"王奶{number}"), "paternal_grandmother")
        send_away(mother, "西安")
        record_contact(
            student=child,
            adult=mother,
            happened_on=timezone.localdate(),
            reported_by="parent",
            at=timezone.now(),
        )
        children.append(child.pk)
    with django_assert_max_num_queries(40) as many:
        assert get(client, name, children, **data).status_code == 200
    assert len(many) == len(few)
    assert Guardianship.objects.count() > 18
