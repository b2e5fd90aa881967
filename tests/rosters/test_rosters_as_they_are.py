"""Rosters as schools keep them.

Merged classes, "same as above", a class in the title, lists side by side.
"""

import io

import pytest
from django.urls import reverse
from openpyxl import Workbook

from rosters import actions
from rosters.cleaning import class_in_title
from rosters.columns import are_side_by_side
from rosters.models import RosterImport
from rosters.reading import read_table
from students.models import Student
from tests.rosters.conftest import AT, prepare, upload
from tests.rosters.test_reading import book_of
from uploads.sheets import UnreadableFile

HEADER = ("姓名", "性别", "班级")


def shown(client, roster) -> dict[str, str]:
    found = {}
    for tab in ("new", "blocked"):
        page = client.get(reverse("rosters:preview", args=[roster.pk]), {"tab": tab})
        found |= {row.name.text: row.school_class.text for row in page.context["rows"]}
    return found


def choose(client, roster, value: str):
    data = {"key": "class,*", "value": value}
    return client.post(reverse("rosters:decide", args=[roster.pk]), data)


@pytest.mark.django_db
def test_a_merged_cell_is_filled_down_when_somebody_says_so(admin, school):
    merged = book_of(
        HEADER,
        ("宋一", "男", "三年级2班"),
        ("宋二", "女", ""),
        ("宋三", "男", "四年级1班"),
        ("宋四", "女", ""),
    )
    roster = prepare(admin, merged)
    preview = reverse("rosters:preview", args=[roster.pk])
    page = admin.get(preview)
    assert page.context["class_bar"]["count"] == page.context["blocked"] == 2
    assert "从上一行取班级" in page.content.decode()
    choose(admin, roster, "above")
    assert shown(admin, roster) == {
        "宋一": "三年级2班",
        "宋二": "三年级2班",
        "宋三": "四年级1班",
        "宋四": "四年级1班",
    }
    assert "和上一行同班" in admin.get(preview).content.decode()
    choose(admin, roster, "")
    assert admin.get(preview).context["blocked"] == 2


@pytest.mark.django_db
def test_a_merged_grade_beside_full_classes(admin, school):
    book = book_of(
        ("姓名", "年级", "班级"),
        ("宋一", "三年级", "2班"),
        ("宋二", "", "2班"),
        ("宋三", "四", "1"),
    )
    roster = prepare(admin, book)
    choose(admin, roster, "above")
    assert set(shown(admin, roster).values()) == {"三年级2班", "四年级1班"}


@pytest.mark.django_db
@pytest.mark.parametrize("mark", ["同上", "〃", '"', " 同上 "])
def test_same_as_above_is_what_stands_above(admin, school, mark):
    roster = prepare(admin, book_of(HEADER, ("宋一", "男", "三2"), ("宋二", "女", mark)))
    assert shown(admin, roster) == {"宋一": "三年级2班", "宋二": "三年级2班"}


@pytest.mark.django_db
def test_nothing_stands_above_the_first_row(admin, school):
    roster = prepare(admin, book_of(HEADER, ("宋一", "男", "同上"), ("宋二", "女", "三2")))
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert page.context["blocked"] == 1


@pytest.mark.django_db
def test_the_class_of_the_title_is_offered_for_all(admin, school):
    book = book_of(
        ("黄羊川中心小学三年级2班学生花名册", "", ""),
        ("姓名", "性别", "家庭住址"),
        ("宋一", "男", "黄羊川村"),
        ("宋二", "女", "黄羊川村"),
    )
    roster = prepare(admin, book)
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    bar = page.context["class_bar"]
    assert (bar["in_title"], bar["has_above"], bar["count"]) == ("3.2", False, 2)
    choose(admin, roster, bar["in_title"])
    assert set(shown(admin, roster).values()) == {"三年级2班"}
    admin.post(reverse("rosters:start", args=[roster.pk]))
    actions.run_import(roster.pk, at=AT)
    names = Student.objects.filter(enrolments__school_class__number=2).values_list(
        "name", flat=True
    )
    assert {"宋一", "宋二"} <= set(names)


@pytest.mark.django_db
def test_a_class_that_the_school_lacks_is_offered_and_made(admin, cast):
    book = book_of(("六（3）班 花名册",), ("姓名", "性别"), ("宋一", "男"), ("宋二", "女"))
    roster = prepare(admin, book)
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert ("6.3", "六年级3班") in page.context["class_bar"]["choices"]
    choose(admin, roster, "6.3")
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert (page.context["goes_in"], page.context["new_classes"]) == (2, ["6.3"])


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("黄羊川中心小学三年级2班学生花名册", (3, 2)),
        ("2026年秋季四(1)班名单", (4, 1)),
        ("初一3班", (7, 3)),
        ("2026—2027学年度学生花名册", None),
        ("班级花名册", None),
        ("十二班", None),
        (None, None),
    ],
)
def test_a_class_is_found_in_a_title(title, key):
    assert class_in_title(title) == key


SIDE_BY_SIDE = [
    ("姓名", "性别", "班级", "", "姓名", "性别", "班级"),
    ("序号", "姓名", "序号", "姓名"),
    ("姓名", "姓名", "姓名"),
    ("姓名", "电话", "姓名", "电话"),
]
ONE_LIST = [
    HEADER,
    ("姓名", "性别", "班级", "姓名", "电话"),  # a parent's name below a group heading
    ("学生姓名", "班级", "父亲姓名", "电话", "母亲姓名", "电话"),
]


@pytest.mark.parametrize("headers", SIDE_BY_SIDE)
def test_two_lists_side_by_side_are_refused_with_that_reason(headers):
    assert are_side_by_side(headers)
    with pytest.raises(UnreadableFile) as refused:
        read_table(book_of(("名单",), headers, ["x"] * len(headers)))
    assert "并排" in str(refused.value.sentence)


@pytest.mark.parametrize("headers", ONE_LIST)
def test_one_list_stays_one(headers):
    assert not are_side_by_side(headers)


@pytest.mark.django_db
def test_a_list_in_another_sheet_is_never_left_out_silently(admin, school):
    more = [("四年级1班", [HEADER, ("宋三", "男", "四1")]), ("说明", [("请勿修改",)])]
    book = book_of(HEADER, ("宋一", "男", "三2"), title="三年级2班", more=more)
    assert upload(admin, book).status_code == 302
    roster = RosterImport.objects.get()
    page = admin.get(reverse("rosters:columns", args=[roster.pk]))
    assert page.context["other_sheets"] == "四年级1班"
    assert "只读了工作表" in page.content.decode()


def merged(*ranges: str, lines) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for cells in ranges:
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.django_db
def test_cells_that_the_sheet_says_are_merged_are_filled_in_and_empty_ones_asked_about(
    admin, school
):
    lines = [
        ("黄羊川中心小学花名册",),
        HEADER,
        ("宋一", "男", "三年级2班"),
        ("宋二", "女", ""),
        ("宋三", "男", "四年级1班"),
        ("宋四", "女", ""),
        ("宋五", "女", ""),
    ]
    roster = prepare(admin, merged("A1:C1", "C3:C4", lines=lines))
    page = admin.get(reverse("rosters:preview", args=[roster.pk]))
    assert (page.context["merged_classes"], page.context["blocked"]) == (1, 2)
    assert "合并的班级单元格已填到每一行" in page.content.decode()
    assert page.context["class_bar"]["count"] == 2
    assert shown(admin, roster)["宋二"] == "三年级2班"


@pytest.mark.django_db
def test_an_empty_line_in_a_merged_cell_is_no_child(admin, school):
    lines = [HEADER, ("宋一", "男", "三2"), ("", "", ""), ("宋三", "男", "")]
    roster = prepare(admin, merged("C2:C4", lines=lines))
    assert shown(admin, roster) == {"宋一": "三年级2班", "宋三": "三年级2班"}


@pytest.mark.django_db
def test_merged_grades_beside_their_classes(admin, school):
    lines = [("姓名", "年级", "班级"), ("宋一", "三", 2), ("宋二", "", 1), ("宋三", "四", 1)]
    roster = prepare(admin, merged("B2:B3", lines=lines))
    assert set(shown(admin, roster).values()) == {"三年级2班", "三年级1班", "四年级1班"}
