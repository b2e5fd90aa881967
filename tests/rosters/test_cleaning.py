from datetime import date, datetime

import pytest

from rosters.cleaning import (
    PhoneCell,
    check_digit,
    clean_boarding,
    clean_date,
    clean_id_number,
    clean_name,
    clean_phones,
    clean_sex,
    clean_student_number,
    parse_class,
)
from rosters.family_cells import (
    Place,
    clean_adult_name,
    clean_place,
    clean_relation,
    condition_of,
)
from rosters.words import problem_text

TODAY = date(2026, 11, 25)
BORN = date(2016, 5, 4)


@pytest.mark.parametrize(
    "written",
    [
        "2016-05-04",
        "2016-5-4",
        "2016/5/4",
        "2016/05/04",
        "2016年5月4日",
        "2016年05月04号",
        "20160504",
        20160504,
        20160504.0,
        "2016.5.4",
        "２０１６．５．４",
        "2016-05-04 00:00:00",
        42494,
        42494.0,
        "42494",
        "42494.0",
        datetime(2016, 5, 4),
        date(2016, 5, 4),
        " 2016 年 5 月 4 日 ",
    ],
)
def test_one_birthday_in_every_spelling(written):
    assert clean_date(written, TODAY).value == BORN


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2016-02-31", "date_impossible"),
        ("2016-13-01", "date_impossible"),
        ("2016年5月", "date_without_day"),
        ("201605", "date_without_day"),
        ("去年", "date_unread"),
        ("5/4", "date_unread"),
        ("1961-05-04", "date_implausible"),
        ("2026-05-04", "date_implausible"),
        (datetime(2066, 5, 4), "date_implausible"),
    ],
)
def test_what_is_no_birthday_says_why(written, code):
    cleaned = clean_date(written, TODAY)
    assert cleaned.value is None
    assert cleaned.problem.code == code
    assert cleaned.problem.blocks


@pytest.mark.parametrize("written", ["", None, "无", "/", "不详"])
def test_an_empty_date_is_no_mistake(written):
    assert clean_date(written, TODAY) == clean_date(None, TODAY)
    assert clean_date(written, TODAY).problem is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("王　伟", "王伟"),
        ("王 伟", "王伟"),
        (" 徐梦瑶 ", "徐梦瑶"),
        ("\ufeff李强", "李强"),
        ("欧阳\n小兰", "欧阳小兰"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("John Smith", "John Smith"),
    ],
)
def test_names(written, name):
    assert clean_name(written).value == name
    assert clean_name(written).problem is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "name_missing"),
        (None, "name_missing"),
        ("无", "name_missing"),
        ("王伟2", "name_odd"),
        (12.0, "name_odd"),
        ("=1+1", "name_odd"),
        ("三年级2班学生名单", "name_odd"),
    ],
)
def test_what_is_no_name(written, code):
    assert clean_name(written).problem.code == code


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("男", "m"),
        ("女", "f"),
        ("男生", "m"),
        (" 女 ", "f"),
        ("M", "m"),
        ("2", "f"),
        (1.0, "m"),
        ("", None),
    ],
)
def test_sex(written, sex):
    assert clean_sex(written).value == sex


@pytest.mark.parametrize(
    ("written", "boards"),
    [
        ("是", True),
        ("住校", True),
        ("寄宿", True),
        ("√", True),
        (True, True),
        ("否", False),
        ("走读", False),
        ("", None),
        ("N", False),
        (1.0, True),
    ],
)
def test_boarding(written, boards):
    assert clean_boarding(written).value is boards


def test_unknown_words_leave_the_cell_empty_and_the_row_in():
    for cleaned in (clean_sex("不知道啊"), clean_boarding("有时候"), clean_relation("干爹")):
        assert cleaned.problem is not None
        assert not cleaned.problem.blocks


# Numbers built from an invented sequence; the last character follows GB 11643-1999.
@pytest.mark.parametrize(
    ("first17", "last"),
    [("62062220160504042", "5"), ("11010519491231002", "X"), ("44052418800101001", "4")],
)
def test_check_digit(first17, last):
    assert check_digit(first17) == last


@pytest.mark.parametrize(
    "written",
    [
        "620622201605040425",
        " 620622 20160504 0425",
        "６２０６２２２０１６０５０４０４２５",
        "'620622201605040425",
    ],
)
def test_identity_card(written):
    assert clean_id_number(written).value == "620622201605040425"


def test_identity_card_ending_in_a_small_x():
    assert clean_id_number("11010519491231002x").value == "11010519491231002X"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("620622201605040428", "id_check_digit"),
        ("62062220160504042", "id_length"),
        ("6206222016050404255", "id_length"),
        ("62062220160504O425", "id_odd"),
        ("620622160504042", "id_old"),
        (6.2062220160504e17, "id_rounded"),
        ("6.20622E+17", "id_rounded"),
        ("620622201613040429", "id_birthday_impossible"),
    ],
)
def test_what_is_no_identity_card(written, code):
    problem = clean_id_number(written).problem
    assert (problem.code, problem.blocks, problem.fix) == (code, True, "")


def test_the_expected_last_digit_is_told():
    assert clean_id_number("620622201605040428").problem.facts == {"digit": "5"}


@pytest.mark.parametrize(
    ("written", "number", "code"),
    [
        ("G620622201605040425", "G620622201605040425", None),
        ("l62062220160504042x", "L62062220160504042X", None),
        (20260312.0, "20260312", None),
        ("", "", None),
        (6.2062220160504e17, "", "student_number_rounded"),
        ("不知道", "", "student_number_odd"),
    ],
)
def test_student_number(written, number, code):
    cleaned = clean_student_number(written)
    assert cleaned.value == number
    assert (cleaned.problem.code if cleaned.problem else None) == code


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("13893512345", ["+8613893512345"]),
        (13893512345.0, ["+8613893512345"]),
        ("13893512345.0", ["+8613893512345"]),
        ("1.3893512345E10", ["+8613893512345"]),
        ("138 9351 2345", ["+8613893512345"]),
        ("１３８９３５１２３４５", ["+8613893512345"]),
        ("+86 13893512345", ["+8613893512345"]),
        ("0935-5112233", ["+869355112233"]),
        ("+7 701 234 5678", ["+77012345678"]),
        ("13893512345、13893512346", ["+8613893512345", "+8613893512346"]),
        ("13893512345 13893512346", ["+8613893512345", "+8613893512346"]),
        ("13893512345\n0935-5112233", ["+8613893512345", "+869355112233"]),
        ("13893512345/13893512345", ["+8613893512345"]),
        ("", []),
        ("无", []),
    ],
)
def test_phones(written, addresses):
    cleaned = clean_phones(written)
    assert list(cleaned.value.addresses) == addresses
    assert cleaned.problem is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("同奶奶", "phone_letters"),
        ("1389351234", "phone_too_short"),
        ("138935123456", "phone_too_long"),
        ("1.38935E+10", "phone_rounded"),
        ("10000000000", "phone_not_a_number"),
        ("..", "phone_empty"),
    ],
)
def test_a_bad_phone_is_kept_as_written_and_told(written, code):
    cleaned = clean_phones(written)
    assert cleaned.value.written == written
    assert cleaned.value.addresses == ()
    assert (cleaned.problem.code, cleaned.problem.blocks) == (code, False)
    assert problem_text(cleaned.problem)


def test_of_two_phones_the_good_one_is_used():
    cleaned = clean_phones("13893512345、138935")
    assert cleaned.value == PhoneCell(("+8613893512345",), "138935", "too_short")


@pytest.mark.parametrize(
    ("written", "grade", "key"),
    [
        ("三年级2班", None, (3, 2)),
        ("三年级二班", None, (3, 2)),
        ("3年级2班", None, (3, 2)),
        ("三(2)班", None, (3, 2)),
        ("三（2）班", None, (3, 2)),
        ("六（一）班", None, (6, 1)),
        ("3.2", None, (3, 2)),
        (3.2, None, (3, 2)),
        ("三2", None, (3, 2)),
        ("三二班", None, (3, 2)),
        ("3-2", None, (3, 2)),
        ("302", None, (3, 2)),
        (302.0, None, (3, 2)),
        ("三年二班", None, (3, 2)),
        ("初一1班", None, (7, 1)),
        ("七年级(3)班", None, (7, 3)),
        ("小学三年级2班", None, (3, 2)),
        ("三年级", None, (3, 1)),
        ("2班", "三年级", (3, 2)),
        (2.0, 3.0, (3, 2)),
        ("（2）班", "三", (3, 2)),
        ("三年级2班", "三年级", (3, 2)),
        ("三年级12班", None, (3, 12)),
        (datetime(2026, 3, 2), None, (3, 2)),
    ],
)
def test_classes(written, grade, key):
    assert parse_class(written, grade) == key


@pytest.mark.parametrize("written", ["", None, "向日葵班", "三班", "无", "十三年级1班", "0.1"])
def test_what_is_no_class(written):
    assert parse_class(written) is None


@pytest.mark.parametrize(
    ("word", "relation"),
    [
        ("爷爷", "paternal_grandfather"),
        ("奶奶", "paternal_grandmother"),
        ("外公", "maternal_grandfather"),
        ("姥爷", "maternal_grandfather"),
        ("外婆", "maternal_grandmother"),
        ("姥姥", "maternal_grandmother"),
        ("伯伯", "relative"),
        ("姑姑", "relative"),
        ("姐姐", "sibling"),
        ("爸爸", "father"),
        ("母女", "mother"),
        ("母子关系", "mother"),
        ("祖 母", "paternal_grandmother"),
        ("邻居", "other"),
        ("继父", "other"),
    ],
)
def test_relations(word, relation):
    assert clean_relation(word).value == relation


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("在家", Place(False)),
        ("在家务农", Place(False)),
        ("本村", Place(False)),
        ("未外出", Place(False)),
        ("昆山", Place(True, "昆山")),
        ("在昆山打工", Place(True, "昆山")),
        ("去上海", Place(True, "上海")),
        ("外地", Place(True)),
        ("外出务工", Place(True)),
        ("新疆库尔勒", Place(True, "新疆库尔勒")),
        ("", None),
    ],
)
def test_places(written, place):
    assert clean_place(written).value == place


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("已故", "dead"),
        ("去世", "dead"),
        ("徐建军（已故）", "dead"),
        ("服刑", "imprisoned"),
        ("失踪", "missing"),
        ("失联", "no_contact"),
        ("离家出走", "no_contact"),
        ("昆山", None),
        ("徐建军", None),
        ("", None),
    ],
)
def test_what_a_cell_says_of_a_parent(written, condition):
    assert condition_of(written) == condition


def test_an_adults_name_is_what_stands_before_the_bracket():
    assert clean_adult_name("徐 建军（已故）").value == "徐建军"
    assert clean_adult_name("已故").value == ""
