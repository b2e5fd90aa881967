"""XLSForm in and out: what is understood, what is told, what is refused; pyxform judges what we write."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from pyxform.xls2xform import convert

from surveys import shipped
from surveys.files import BadFile, read_file, xlsform
from surveys.files.matching import definition_with_words, suggested
from surveys.files.xlsform_out import write
from surveys.instruments import read
from surveys.scoring import score
from tests.surveys.test_conditions import scale, when

HEADS = ["type", "name", "label::English (en)", "label::中文 (zh)"]
CHOICES = [["how", str(n), word, "", str(n)] for n, word in enumerate(("a", "b", "c", "d"))]


def form(rows, choices=CHOICES, heads=HEADS, **sheets) -> bytes:
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(heads)
    for row in rows:
        survey.append(row)
    listed = book.create_sheet("choices")
    listed.append(["list_name", "name", "label::English (en)", "label::中文 (zh)", "score"])
    for row in choices:
        listed.append(row)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


ASK = ["select_one how", "a", "Words a", "问题"]


def test_questions_answers_weights_and_languages():
    found = read_file(
        form(
            [["note", "intro", "How often?", "多久一次？"], ASK],
            settings=[["form_title", "form_id"], ["Title", "x"]],
        )
    )
    [item] = found.items
    assert (found.title, found.intro) == ("Title", "How often?")
    assert (item.id, item.texts) == ("a", {"en": "Words a", "zh-hans": "问题"})
    assert [(one.code, one.texts, one.weight) for one in item.options] == [
        (str(n), {"en": word}, n) for n, word in enumerate("abcd")
    ]


def test_words_of_a_scale_come_in_and_are_counted():
    rows = [["select_one how", f"gad7_{n}", f"Words {n}", ""] for n in range(1, 8)]
    words = enumerate(("never", "seldom", "often", "always"))
    found = read_file(form(rows, [["how", str(n), word, ""] for n, word in words]))
    ours = shipped.instruments()["gad-7"]
    pairs = suggested(found, ours)
    made = read(definition_with_words(shipped.definitions()["gad-7"], ours, found, pairs))
    assert made.has_wording
    assert score(made, {f"gad7-{n}": "3" for n in range(1, 8)}).of("total").value == 21


@pytest.mark.parametrize(
    ("row", "code", "where"),
    [
        (["integer", "b", "How old?", ""], "not_a_choice", "b"),
        (["select_multiple how", "b", "Which?", ""], "not_a_choice", "b"),
        (["telepathy", "b", "Think!", ""], "unknown_type", "b: telepathy"),
        (["note", "b", "Read this", ""], "text_left_out", "b"),
        (["begin_group", "b", "Part two", ""], "text_left_out", "b"),
        (["calculate", "b", "", ""], "expression", "b"),
        (["select_one gone", "b", "Which?", ""], "no_options", "b"),
        (
            ["select_one_from_file x.csv", "b", "Which?", ""],
            "value_set_elsewhere",
            "b: x.csv",
        ),
        (["select_one how or_other", "b", "Which?", ""], "free_answer", "b"),
        (["select_one how", "b", "<b onclick='x'>Hi</b>", ""], "markup", "b"),
    ],
)
def test_what_is_not_understood_is_told_at_its_place(row, code, where):
    found = read_file(form([ASK, row]))
    assert (code, where) in [(one.code, one.where) for one in found.remarks]
    assert "<" not in str([one.texts for one in found.items])


def test_expressions_are_shown_and_never_carried_out():
    rows = [
        [*ASK, "", "", ""],
        ["select_one how", "b", "B", "", "${a} = '1'", ". > 1", "once(random())"],
    ]
    found = read_file(form(rows, heads=[*HEADS, "relevant", "constraint", "calculation"]))
    told = {(one.code, one.where) for one in found.remarks}
    assert {
        ("condition", "b: ${a} = '1'"),
        ("constraint", "b: . > 1"),
        ("expression", "b"),
    } <= told
    assert found.item("b").rules == ()


def _bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (xlsform.UNPACKED_BYTES_MAX + 1))
    return content.getvalue()


def _no_form() -> bytes:
    book = Workbook()
    book.active.title = "survey"
    book.active.append(["姓名", "班级"])
    book.active.append(["王小雨", "三年级2班"])
    return saved(book)


def _cut() -> bytes:
    return form([ASK])[:900]


def _entities() -> bytes:
    """A workbook whose text multiplies while it is read."""
    content = io.BytesIO()
    lol = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(io.BytesIO(form([ASK]))) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = lol.encode() + text.replace(b"<sheetData>", b"<sheetData>&b;")
            new.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_bomb(), "unfolds"),
        (_no_form(), "not_xlsform"),
        (_cut(), "not_xlsform"),
        (_entities(), "not_xlsform"),
        (b"PK\x03\x04 and nothing else", "not_xlsform"),
        (saved(Workbook()), "not_xlsform"),
        (form([]), "not_xlsform"),
        (form([ASK, ASK]), "item_twice"),
        (form([ASK], [*CHOICES, CHOICES[0]]), "option_twice"),
        (form([["select_one_from_file x.csv", "a", "Which?", ""]]), "answers_elsewhere"),
        (form([["select_one how", f"q{n}", "W", ""] for n in range(501)]), "too_many_items"),
        (form([["text", "a", "Say it", ""]]), "only_other_kinds"),
        (form([["note", "a", "Read", ""]]), "no_questions"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_workbook_is_refused_with_its_reason(content, code):
    with pytest.raises(BadFile) as refused:
        read_file(content)
    assert refused.value.code == code


@pytest.mark.parametrize("key", shipped.OWN)
def test_our_own_go_out_as_others_can_read_them(key):
    ours = shipped.instruments()[key]
    content = write(ours)
    assert convert(io.BytesIO(content)).xform.count("<select1") == len(ours.items)
    again = read_file(content)
    assert [(one.id, one.texts) for one in again.items] == [
        (one.id, dict(one.texts)) for one in ours.items
    ]
    assert [[o.weight for o in one.options] for one in again.items] == [
        [o.value for o in one.options] for one in ours.items
    ]


def test_conditions_go_out_as_the_answers_under_which_they_hold():
    ours = read(
        scale(b=when("a", ">=", "c2"), c=when("a", "!=", "c1"), d=when("b", "exists", True))
    )
    written = convert(io.BytesIO(write(ours))).xform
    assert "( /data/a  = 'c2' or  /data/a  = 'c3')" in written
    assert "= 'c0' or  /data/a  = 'c2' or  /data/a  = 'c3' or  /data/a  = ''" in written
    assert "/data/b  != ''" in written


def test_a_formula_goes_out_as_text():
    known = scale()
    known["item"][0]["texts"] = {"en": "=1+1"}
    assert read_file(write(read(known))).item("a").texts == {"en": "=1+1"}
