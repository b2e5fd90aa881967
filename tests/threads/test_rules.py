"""Tables of cases for the pure rules, and what must hold always."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads import rules
from threads.rules import Candidate, Place, Quiet

NIGHT = Quiet(time(21), time(7))
CHINA = 8  # hours east


def china(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=CHINA)


@pytest.mark.parametrize(
    ("at", "back"),
    [
        (china(20, 59), china(20, 59)),
        (china(21), china(7, day=25)),
        (china(23, 30), china(7, day=25)),
        (china(3), china(7)),
        (china(6, 59), china(7)),
        (china(7), china(7)),
    ],
)
def test_when_a_teacher_looks_again(at, back):
    assert rules.back_at(NIGHT, at) == back


@given(
    st.times(), st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu"]),
)  # fmt: skip
def test_nobody_looks_again_within_quiet_hours(starts, ends, naive, zone):
    quiet, at = Quiet(starts, ends, zone), naive.replace(tzinfo=UTC)
    back = rules.back_at(quiet, at)
    assert back >= at - timedelta(hours=1)  # an hour that comes twice
    assert starts == ends or not rules.is_quiet(quiet, back) or back - at < timedelta(hours=2)


def test_the_automatic_word_comes_once_a_night():
    first = china(22)
    back = rules.back_at(NIGHT, first)
    assert rules.says_itself(NIGHT, first, None)
    assert not rules.says_itself(NIGHT, china(23), back)
    assert not rules.says_itself(NIGHT, china(12, day=25), back)
    assert rules.says_itself(NIGHT, china(22, day=25), back)


@pytest.mark.parametrize(
    ("last_at", "was_done", "opens"),
    [
        (None, False, True),
        (china(9, day=23), False, False),
        (china(9, day=23), True, True),
        (china(9, day=10), False, True),
    ],
)
def test_what_begins_an_exchange(last_at, was_done, opens):
    assert rules.opens_exchange(last_at, was_done, china(9)) is opens


@pytest.mark.parametrize(
    "text", ["STOP", "td", "ＴＤ", "退订", " 退订。", "拒收", "T", "R", "取消订阅"]
)
def test_words_that_stop_messages(text):
    assert rules.is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "退订什么意思", "不要退订", "stop it please", "老师他退烧了", "TT"]
)
def test_words_that_stop_nothing(text):
    assert not rules.is_stop(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("已通话", "talked"),
        ("已通话。", "talked"),
        ("还没有", "not_yet"),
        ("需要帮忙！", "need_help"),
        ("We talked", "talked"),
        ("我们昨天已通话了", ""),
        ("还没有，明天打", ""),
        ("1", ""),
        ("是", ""),
    ],
)
def test_an_answer_is_never_guessed(text, answer):
    assert rules.answer_in(text) == answer


@pytest.mark.parametrize(
    ("people", "place"),
    [
        ([], Place.UNKNOWN),
        ([Candidate(1, False, True)], Place.ADULT),
        ([Candidate(1, False, False)], Place.NO_CHILD),
        ([Candidate(1, False, True), Candidate(2, False, True)], Place.SEVERAL),
        ([Candidate(1, True, True)], Place.BARRED),
        ([Candidate(1, False, True), Candidate(2, True, True)], Place.BARRED),
    ],
)
def test_where_a_text_lands(people, place):
    assert rules.place_of(people) is place


@pytest.mark.parametrize(
    ("last", "waits", "again"),
    [
        (None, False, True),
        (None, True, False),
        (china(8, 30), False, False),
        (china(6), False, True),
        (china(6), True, False),
    ],
)
def test_several_words_are_one_ping(last, waits, again):
    assert rules.is_pinged_again(last, waits, china(9)) is again


def test_search_sees_chinese_in_pairs():
    assert rules.pairs_of("她咳嗽") == ["咳嗽", "她咳"]
    assert set(rules.pairs_of("咳嗽")) <= set(rules.pairs_of("她晚上还咳嗽吗"))
    assert rules.pairs_of("x") == []
