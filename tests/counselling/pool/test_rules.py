"""Which words tell who a child is, and what keeps a concern out of the shared queue."""

from datetime import date

import pytest

from counselling.pool import rules
from counselling.pool.rules import Known, Refused, Tells

MENGYAO = Known(
    child="徐梦瑶",
    pinyin="xu mengyao",
    family=["王芳", "李秀兰", "徐小宝"],
    staff=["张丽华", "欧阳静"],
    class_name="三年级2班",
    school="黄羊川中心小学",
    places=["", "古浪县黄羊川镇石城村三组"],
    away=["江苏省昆山市"],
    works=["电子厂"],
    pupils=["孙小雨", "高兴"],
    born_on=date(2017, 5, 4),
)

TELLING = [
    ("徐梦瑶夜里醒", Tells.CHILD),
    ("徐 梦 瑶", Tells.CHILD),
    ("徐·梦瑶", Tells.CHILD),
    ("梦瑶夜里醒", Tells.CHILD),
    ("Xu Mengyao sleeps badly", Tells.CHILD),
    ("XUMENGYAO", Tells.CHILD),
    ("mengyao is tired", Tells.CHILD),
    ("妈妈王芳在昆山", Tells.FAMILY),
    ("奶奶秀兰照顾", Tells.FAMILY),
    ("弟弟小宝也怕", Tells.FAMILY),
    ("张丽华说的", Tells.STAFF),
    ("问张老师", Tells.STAFF),
    ("欧阳老师知道", Tells.STAFF),
    ("三年级2班的", Tells.CLASS),
    ("他在二（3）班", Tells.CLASS),
    ("四年级", Tells.CLASS),
    ("in class 3", Tells.CLASS),
    ("黄羊川的孩子", Tells.SCHOOL),
    ("住石城", Tells.PLACE),
    ("住在石城村", Tells.PLACE),
    ("5月4日生日", Tells.BIRTHDAY),
    ("打138 9351 0001", Tells.NUMBER),
    ("138-9351-0001", Tells.NUMBER),
    ("１３８９３５１０００１", Tells.NUMBER),
    ("幺三八九三五幺零零零幺", Tells.NUMBER),
    ("62062220170504002X", Tells.NUMBER),
    ("写信 a@example.org", Tells.NUMBER),
]
WALKED_AROUND = [
    ("138.0013.8000", Tells.NUMBER),
    ("138，0013，8000", Tells.NUMBER),
    ("138/0013/8000", Tells.NUMBER),
    ("一三八,零零,一三八零零零", Tells.NUMBER),
    ("壹叁捌零零壹叁捌", Tells.NUMBER),
    ("1\u200b3\u200b8\u200b0\u200b0\u200b1\u200b3", Tells.NUMBER),
    ("小瑶夜里醒", Tells.CHILD),
    ("阿瑶", Tells.CHILD),
    ("瑶瑶", Tells.CHILD),
    ("瑶儿", Tells.CHILD),
    ("徐同学", Tells.CHILD),
    ("梦(瑶)", Tells.CHILD),
    ("梦\u200b瑶", Tells.CHILD),
    ("Meng-yao", Tells.CHILD),
    ("Mèng Yáo", Tells.CHILD),
    ("M.e.n.g.y.a.o", Tells.CHILD),
    ("古浪的", Tells.PLACE),
    ("黄羊川镇的", Tells.PLACE),
    ("昆山", Tells.AWAY),
    ("妈妈在电子厂", Tells.AWAY),
    ("孙小雨打他", Tells.PUPIL),
    ("刚上初一", Tells.CLASS),
    ("小学六年", Tells.CLASS),
    ("高二的学生", Tells.CLASS),
    ("三(2)班", Tells.CLASS),
    ("五月四日", Tells.BIRTHDAY),
    ("05月04日", Tells.BIRTHDAY),
    ("2017.5.4", Tells.BIRTHDAY),
]
SAYING_NOTHING = [
    "",
    "夜里常醒，上课没有精神，下课一个人坐着",
    "爸爸在新疆打工，两年没有回来；2024年以后很少说话",
    "坐一班车要一个小时",
    "11月以来缺了5天课，每天睡4、5个小时",
    "She sleeps badly and sits alone. Her mother works in Kunshan.",
    "大年初一以后不说话；起初三天不吃饭",
    "声音高一点就害怕，身高一米二",
    "数学第一，班里没有朋友，分三组时没人要，很少高兴",
    "低年级的时候很开朗",
]


@pytest.mark.parametrize(("words", "what"), TELLING + WALKED_AROUND)
def test_what_tells_who_it_is_is_found(words, what):
    assert what in {one.what for one in rules.telling(words, MENGYAO)}


def test_a_part_of_a_village_gives_the_village_away():
    known = Known(places=["上河村三组"])
    for words in ("上河", "住上河村", "上河村三组"):
        assert [one.what for one in rules.telling(words, known)] == [Tells.PLACE]


@pytest.mark.parametrize("words", SAYING_NOTHING)
def test_everyday_words_are_left_alone(words):
    assert rules.telling(words, MENGYAO) == ()


def test_a_file_with_nothing_in_it_still_refuses_numbers_and_classes():
    assert {one.what for one in rules.telling("三年级 13893510001", Known())} == {
        Tells.CLASS,
        Tells.NUMBER,
    }


@pytest.mark.parametrize(
    ("born_on", "band"),
    [(None, ""), ("2018-01-02", "-8"), ("2017-11-26", "-8"), ("2017-11-25", "9-11"),
     ("2014-11-26", "9-11"), ("2014-11-25", "12-14"), ("2011-11-25", "15-"), ("2005-01-01", "15-")],
)  # fmt: skip
def test_age_bands(born_on, band):
    born = date.fromisoformat(born_on) if born_on else None
    assert rules.age_band(born, date(2026, 11, 25)) == band


@pytest.mark.parametrize(
    ("grade", "band"), [(None, ""), (1, "1-3"), (3, "1-3"), (4, "4-6"), (9, "7-9"), (12, "10-12")]
)
def test_grade_bands(grade, band):
    assert rules.grade_band(grade) == band


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, None),
        ({"level": "yellow"}, None),
        ({"level": "red"}, Refused.RED),
        ({"level": ""}, Refused.NO_LEVEL),
        ({"is_open": False, "level": "red"}, Refused.CLOSED),
        ({"is_in_pool": False}, Refused.NOT_IN_POOL),
        ({"is_kept": True}, Refused.KEPT),
        ({"waits": True}, Refused.WAITS),
    ],
)
def test_what_keeps_a_concern_out(facts, why):
    ready = {"is_open": True, "level": "orange", "is_in_pool": True, "is_kept": False}
    assert rules.hand_on_refused(**ready | facts) == why


def test_the_most_urgent_comes_first_then_the_longest_wait():
    waiting = [("yellow", 1.0), ("orange", 3.0), ("orange", 2.0), ("yellow", 0.5)]
    assert sorted(waiting, key=lambda one: rules.queue_order(*one)) == [
        ("orange", 2.0), ("orange", 3.0), ("yellow", 0.5), ("yellow", 1.0),
    ]  # fmt: skip
