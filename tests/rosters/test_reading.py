import io
import re
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from rosters.columns import guess
from rosters.reading import read_table
from tests.fixtures.make_roster import HEADER, TITLE_ROWS, as_csv, as_xls, as_xlsx, make_roster
from uploads.sheets import MAX_BYTES, UnreadableFile

ROSTER = make_roster(children=40)
EXPECTED = [
    "", "name", "class", "sex", "born_on", "id_number", "student_number", "is_boarding", "village",
    "father_name", "father_phone", "father_place", "mother_name", "mother_phone", "mother_place",
    "carer_name", "carer_relation", "carer_phone", "address", "",
]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        as_xlsx(ROSTER),
        as_xls(ROSTER),
        as_csv(ROSTER),
        as_csv(ROSTER, "utf-8"),
        as_csv(ROSTER, "utf-8-sig"),
        as_csv(ROSTER, "utf-16"),
        as_csv(ROSTER, "utf-8", ";"),
        as_csv(ROSTER, "gb18030", "\t"),
    ],
    ids=["xlsx", "xls", "gb18030", "utf-8", "bom", "utf-16", "semicolon", "tab"],
)
def test_every_format_gives_the_same_table(content):
    table = read_table(content)
    assert table.header_row == TITLE_ROWS
    assert [str(cell) for cell in table.rows[TITLE_ROWS]] == HEADER
    assert list(guess(table.headers).values()) == EXPECTED
    first = table.rows[TITLE_ROWS + 1]
    assert str(first[5]) == ROSTER.children[0].id_number


def test_dates_and_numbers_stay_what_they_were():
    table = read_table(as_xlsx(ROSTER))
    column = [row[4] for row in table.rows[TITLE_ROWS + 1 :] if len(row) > 4]
    assert any(isinstance(cell, date) for cell in column)
    assert any(isinstance(cell, float | int) for cell in column)


def book_of(*lines, title="花名册", more=()) -> bytes:
    book = Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    for name, rows in more:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_sheet_with_the_roster_is_chosen():
    roster = [["姓名", "班级", "性别"], ["王小雨", "三年级2班", "女"]]
    table = read_table(book_of(["说明"], ["请先看说明"], title="说明", more=[("学生", roster)]))
    assert table.sheet == "学生"
    assert table.headers == ["姓名", "班级", "性别"]


def test_a_header_of_two_lines_is_read_as_one():
    table = read_table(
        book_of(
            ["花名册"],
            ["姓名", "班级", "父亲", None, None, "母亲", None],
            [None, None, "姓名", "电话", "务工地", "姓名", "联系电话"],
            ["王小雨", "三2", "王强", "13893512345", "昆山", "李芳", "13893512346"],
        )
    )
    fields = ["name", "class", "father_name", "father_phone", "father_place"]
    assert list(guess(table.headers).values()) == [*fields, "mother_name", "mother_phone"]


def test_a_phone_that_could_be_anybodys_is_asked_about():
    assert guess(["姓名", "联系方式2"]) == {0: "name", 1: None}
    assert guess(["父亲姓名", "联系电话"])[1] == "father_phone"


def zip_of(**files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
)


def unfolding(name: str, megabytes: int) -> bytes:
    """Return a workbook with one part that is small in the file and large when unpacked."""
    stream = io.BytesIO(book_of(["姓名", "班级"], ["王小雨", "三2"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * megabytes * 1024 * 1024)
    return stream.getvalue()


def lying(content: bytes, name: bytes) -> bytes:
    """Return the same file, claiming that this part is one byte long."""
    changed = bytearray(content)
    at = changed.rfind(b"PK\x01\x02", 0, changed.rfind(name))
    changed[at + 24 : at + 28] = (1).to_bytes(4, "little")
    return bytes(changed)


def test_no_workbook_unfolds_without_end():
    bomb = unfolding("xl/worksheets/sheet9.xml", 61)
    assert len(bomb) < 200_000
    for content in (
        bomb,
        lying(bomb, b"xl/worksheets/sheet9.xml"),
        unfolding("xl/media/a.bin", 61),
    ):
        with pytest.raises(UnreadableFile) as refused:
            read_table(content)
        assert "60 MB" in str(refused.value.sentence)


def test_formulas_count_with_their_results_and_are_named_without():
    """openpyxl writes no results; Excel does as soon as somebody saves the file."""
    content = book_of(
        ["姓名", "班级", "出生日期"], ['=CONCATENATE("王","小雨")', "三2", "=TODAY()"]
    )
    with pytest.raises(UnreadableFile) as refused:
        read_table(content)
    assert refused.value.places == ["A2", "C2"]
    calculated = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(calculated, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(rb'<c r="A2"[^>]*>.*?</c>', CALCULATED, part)
                part = re.sub(rb'<c r="C2"[^>]*>.*?</c>', b"", part)
            new.writestr(name, part)
    assert read_table(calculated.getvalue()).rows[1][:2] == ["王小雨", "三2"]


CALCULATED = '<c r="A2" t="str"><f>CONCATENATE("王","小雨")</f><v>王小雨</v></c>'.encode()


def test_fifty_thousand_rows_are_refused_in_a_moment():
    rows = "姓名,班级\n" + "王小雨,三2\n" * 50_000
    with pytest.raises(UnreadableFile) as refused:
        read_table(rows.encode())
    assert "20,000" in str(refused.value.sentence)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"  \n", "空的"),
        (b"x" * (MAX_BYTES + 1), "10 MB"),
        (ENCRYPTED, "密码"),
        (as_xlsx(ROSTER)[:9000], "坏了"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"broken" * 300, "坏了"),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "网页"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "网页"),
        (b"%PDF-1.7 whatever", "不是表格"),
        (b"\x00\x01\x02\x03" * 50, "不是表格"),
        (zip_of(readme="hello"), "不是表格"),
        ("只有一列\n第二行\n".encode(), "不是表格"),
        (book_of(), "一行字也没有"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(content, words):
    with pytest.raises(UnreadableFile) as refused:
        read_table(content)
    assert words in str(refused.value.sentence)
