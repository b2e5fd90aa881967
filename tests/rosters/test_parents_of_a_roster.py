"""Rosters with one column for "a parent", one for "left behind" and one for the place of both parents."""

import pytest
from django.urls import reverse

from guardians.models import Adult, Guardianship
from rosters.columns import guess
from rosters.family_cells import clean_left_behind, clean_places
from rosters.models import RosterImport
from students.models import Student
from tests.rosters.conftest import bring_in, checked, prepare
from tests.rosters.test_reading import book_of

HEADER = ("序号", "姓名", "性别", "班级", "家长姓名", "关系", "电话", "是否留守", "父母在外地点")


def row(name, *rest):
    return ("1", name, "男", "三年级2班", *rest)


def family_of(name: str) -> dict[str, tuple]:
    """Return (kind, name, is away, place, zone) by relation."""
    ties = Guardianship.objects.filter(student__name=name).select_related("adult")
    found = {}
    for tie in ties:
        home = tie.adult.migrations.filter(ends_on=None).first()
        at = (home.is_away, home.place) if home else (None, "")
        found[tie.relation] = (tie.kind, tie.adult.name, *at)
    return found


def test_the_headers_of_a_village_school_are_recognised():
    assert list(guess(HEADER).values()) == [
        "", "name", "sex", "class", "carer_name", "carer_relation", "carer_phone",
        "is_left_behind", "parents_place",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("是否留守儿童", "is_left_behind"),
        ("留守情况", "is_left_behind"),
        ("父母是否外出务工", "is_left_behind"),
        ("父母务工地", "parents_place"),
        ("父母外出务工地点", "parents_place"),
        ("外出务工地点", "parents_place"),
        ("家长务工地", "parents_place"),
        ("家长", "carer_name"),
        ("家长电话", "carer_phone"),
        ("家长联系电话", "carer_phone"),
        ("与家长关系", "carer_relation"),
        ("工作单位", ""),
        ("备注", ""),
    ],
)
def test_names_of_columns(header, field):
    assert guess([header])[0] == field


@pytest.mark.parametrize(
    ("cell", "father", "mother"),
    [
        ("父亲在深圳,母亲在兰州", "深圳", "兰州"),
        ("父亲在深圳母亲在兰州打工", "深圳", "兰州"),
        ("爸爸：深圳；妈妈：兰州", "深圳", "兰州"),
        ("父:深圳 母:兰州", "深圳", "兰州"),
        ("父母在新疆乌鲁木齐务工", "新疆乌鲁木齐", "新疆乌鲁木齐"),
        ("父亲、母亲都在东莞", "东莞", "东莞"),
        ("父母双方均在东莞", "东莞", "东莞"),
        ("母亲在兰州", None, "兰州"),
        ("父亲外出务工，母亲在家", "", "at home"),
        ("父深圳，母在家", "深圳", "at home"),
        ("母在家，父深圳", "深圳", "at home"),
        ("父打工母在家", "", "at home"),
        ("父外出务工", "", None),
    ],
)
def test_a_cell_says_whose_place_it_is(cell, father, mother):
    found = clean_places(cell)
    assert found.problem is None

    def shown(role):
        place = found.value.of.get(role)
        return None if place is None else place.place if place.is_away else "at home"

    assert (shown("father"), shown("mother")) == (father, mother)


@pytest.mark.parametrize(
    ("cell", "owner"),
    [
        ("父母离异，父在深圳", ""),
        ("父母离婚", ""),
        ("离异", ""),
        ("单亲", ""),
        ("孤儿", ""),
        ("双亡", ""),
        ("在家的是母亲", ""),
        ("家里有母亲", ""),
        ("同父亲", "mother"),
        ("随父", "mother"),
    ],
)
def test_nobody_is_taken_for_away_by_a_guess(cell, owner):
    found = clean_places(cell, owner)
    assert found.problem.code == "places_unclear"
    assert (found.value.of, found.value.conditions, found.value.bare) == ({}, {}, None)


def test_parents_who_both_died_are_no_place():
    found = clean_places("父母双亡")
    assert found.value.conditions == {"father": "dead", "mother": "dead"}
    assert found.value.of == {}


@pytest.mark.parametrize("said", ["单留守", "一方外出", "单方外出"])
def test_one_of_two_is_not_both(said):
    assert (clean_left_behind(said).value, clean_left_behind(said).problem.code) == (
        "one",
        "which_parent",
    )


def test_one_place_after_both_parents_is_a_place_for_both():
    header = ["父亲姓名", "父亲电话", "母亲姓名", "母亲电话", "外出务工地点"]
    assert list(guess(header).values())[-1] == "parents_place"


def test_two_columns_of_one_name_belong_to_the_person_before_each():
    header = ["父亲姓名", "在外务工地点", "母亲姓名", "在外务工地点"]
    assert list(guess(header).values()) == [
        "father_name", "father_place", "mother_name", "mother_place",
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["深圳、兰州", "深圳,兰州", "深圳(父亲)、兰州(母亲)"])
def test_two_places_of_nobody_are_a_question(cell):
    found = clean_places(cell)
    assert found.problem.code == "places_unclear"
    assert not found.problem.blocks
    places = [*found.value.of.values(), found.value.bare]
    assert not any(place.place for place in places if place)


def test_a_parent_who_died_is_no_place():
    found = clean_places("父亲已故，母亲在兰州").value
    assert (found.conditions, found.of["mother"].place) == ({"father": "dead"}, "兰州")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("是", "yes"),
        ("留守儿童", "yes"),
        ("√", "yes"),
        ("父母双方外出", "both"),
        ("双方外出务工", "both"),
        ("父母都在外", "both"),
        ("父亲外出", "father"),
        ("母亲外出务工", "mother"),
        ("否", "no"),
        ("非留守", "no"),
        ("", None),
    ],
)
def test_words_for_left_behind(cell, said):
    found = clean_left_behind(cell)
    assert (found.value, found.problem) == (said, None)


@pytest.mark.django_db
def test_one_column_of_a_parent_makes_the_right_adults(cast, school):
    book = book_of(
        HEADER,
        row("马小虎", "王桂兰", "奶奶", "13893011101", "是", "父母在新疆乌鲁木齐务工"),
        row("马雪梅", "马占福", "父亲", "13893011102", "是", "广东东莞"),
        row("祁文杰", "祁玉莲", "母亲", "13893011103", "是", ""),
        row("张慧", "张海", "爸爸", "13893011104", "否", ""),
        row("妥海龙", "妥英", "爷爷", "13893011105", "父母双方外出", ""),
        row("罗梦婷", "罗强", "父亲", "13893011106", "是", "父亲在深圳,母亲在兰州"),
        title="三年级",
    )
    bring_in(cast, book)
    at_urumqi = (True, "新疆乌鲁木齐")
    assert family_of("马小虎") == {
        "paternal_grandmother": ("carer", "王桂兰", None, ""),
        "father": ("parent", "马小虎的爸爸", *at_urumqi),
        "mother": ("parent", "马小虎的妈妈", *at_urumqi),
    }
    assert family_of("马雪梅") == {"father": ("parent", "马占福", True, "广东东莞")}
    assert family_of("祁文杰") == {"mother": ("parent", "祁玉莲", True, "")}
    assert family_of("张慧") == {"father": ("parent", "张海", None, "")}
    both = family_of("妥海龙")
    assert (both["father"][2], both["mother"][2]) == (True, True)
    split = family_of("罗梦婷")
    assert (split["father"][3], split["mother"][3]) == ("深圳", "兰州")


@pytest.mark.django_db
def test_the_word_left_behind_overrules_nothing_on_record(cast, school):
    known = ("姓名", "性别", "班级", "父亲姓名", "父亲务工地", "母亲姓名", "母亲务工地")
    bring_in(cast, book_of(known, ("宋一", "男", "三2", "宋强", "深圳", "李芳", "在家")))
    RosterImport.objects.all().update(state="undone")
    bring_in(cast, book_of(("姓名", "班级", "是否留守"), ("宋一", "三2", "父母双方外出")))
    assert {one[1:] for one in family_of("宋一").values()} == {
        ("宋强", True, "深圳"),
        ("李芳", False, ""),
    }


@pytest.mark.django_db
def test_a_place_for_both_overrules_no_parent_who_is_at_home(cast, school):
    known = ("姓名", "性别", "班级", "父亲姓名", "父亲务工地", "母亲姓名", "母亲务工地")
    bring_in(cast, book_of(known, ("宋一", "男", "三2", "宋强", "深圳", "李芳", "在家")))
    RosterImport.objects.all().update(state="undone")
    header = ("姓名", "班级", "父亲姓名", "母亲姓名", "外出务工地点")
    bring_in(cast, book_of(header, ("宋一", "三2", "宋强", "李芳", "广州")))
    assert {one[1:] for one in family_of("宋一").values()} == {
        ("宋强", True, "广州"),
        ("李芳", False, ""),
    }


@pytest.mark.django_db
def test_what_is_written_of_a_parent_counts_after_a_word_for_both(cast, school):
    header = (
        "姓名", "性别", "班级", "是否留守",
        "父亲姓名", "父亲电话", "父亲务工地", "母亲姓名", "母亲电话", "母亲务工地",
    )  # fmt: skip
    father, mother = ("宋强", "13893011101"), ("李芳", "13893011102")
    bring_in(
        cast,
        book_of(
            header,
            ("宋一", "男", "三2", "是", *father, "", *mother, ""),
            ("宋二", "女", "三2", "是", *father, "深圳", *mother, "在家"),
        ),
    )
    assert {one[1:] for one in family_of("宋二").values()} == {
        ("宋强", True, "深圳"),
        ("李芳", False, ""),
    }


@pytest.mark.django_db
def test_a_place_abroad_sets_the_clock_and_the_way_home_sets_it_back(cast, school):
    header = ("姓名", "性别", "班级", "父亲姓名", "父亲电话", "父亲务工地")
    one = ("宋一", "男", "三2", "宋强", "13893011101")
    bring_in(cast, book_of(header, (*one, "日本东京"), title="一"))
    father = Adult.objects.get(name="宋强")
    assert father.time_zone == "Asia/Tokyo"
    bring_in(cast, book_of(header, (*one, "广东东莞"), title="二"))
    father.refresh_from_db()
    assert father.time_zone == "Asia/Shanghai"


@pytest.mark.django_db
def test_a_country_with_several_clocks_is_asked(admin, school):
    header = ("姓名", "性别", "班级", "父亲姓名", "父亲务工地")
    roster = prepare(admin, book_of(header, ("宋一", "男", "三2", "宋强", "美国")))
    roster.refresh_from_db()
    (found,) = checked(roster).rows
    assert found.problems["father_place"].code == "zone_unclear"
    page = admin.get(reverse("rosters:preview", args=[roster.pk]), {"tab": "notes"})
    assert "好几个时区" in page.content.decode()


@pytest.mark.django_db
def test_the_preview_shows_adults_and_what_is_left_aside(admin, school):
    header = (*HEADER[:7], "父亲务工地", "工作单位", "备注")
    book = book_of(
        header, row("宋一", "宋强", "父亲", "13893011101", "日本东京", "x", "y"), title="三"
    )
    roster = prepare(admin, book)
    page = admin.get(reverse("rosters:preview", args=[roster.pk])).content.decode()
    assert "爸爸 宋强 · 138 9301 1101 · 日本东京（按东京时间）" in page
    assert "2 列没有用上：工作单位、备注" in page
    assert reverse("rosters:columns", args=[roster.pk]) in page
    assert "1 个孩子有家长在外" in page


@pytest.mark.django_db
def test_the_preview_warns_where_nobody_would_be_asked(admin, school):
    roster = prepare(admin, book_of(HEADER[:6], row("宋一", "宋芳", "奶奶")))
    page = admin.get(reverse("rosters:preview", args=[roster.pk])).content.decode()
    assert "没有一个孩子的家长在外" in page
    assert not Student.objects.filter(name="宋一").exists()
