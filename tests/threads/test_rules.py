"""Cases for the pure rules, and properties that must always hold."""

from datetime import UTC, datetime, time, timedelta

import pytest

from delivery.incoming.rules import is_stop
from schools.hours import QuietHours, back_at
from threads import rules
from threads.rules import Candidate, Place

NIGHT = QuietHours(time(21), time(7))
CHINA = 8  # hours east of UTC


def china(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=CHINA)


def test_the_automatic_word_comes_once_a_night():
    first = china(22)
    back = back_at(NIGHT, first)
    assert rules.is_auto_reply_due(NIGHT, first, None)
    assert not rules.is_auto_reply_due(NIGHT, china(23), back)
    assert not rules.is_auto_reply_due(NIGHT, china(12, day=25), back)
    assert rules.is_auto_reply_due(NIGHT, china(22, day=25), back)


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
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "退订什么意思", "不要退订", "stop it please", "老师他退烧了", "TT"]
)
def test_words_that_stop_nothing(text):
    assert not is_stop(text)


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
    assert rules.is_ping_due(last, waits, china(9)) is again


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 4), (3, 16), (6, 1024), (7, None), (8, None)]
)
def test_a_machine_is_asked_seven_times_with_longer_and_longer_waits(attempts, minutes):
    at = china(9)
    expected = None if minutes is None else at + timedelta(minutes=minutes)
    assert rules.next_attempt_at(attempts, at) == expected


@pytest.mark.parametrize(
    ("days", "was_done", "opens"),
    [(None, False, True), (0, False, False), (7, False, False), (8, False, True), (0, True, True)],
)
def test_a_message_after_a_week_of_silence_begins_an_exchange(days, was_done, opens):
    at = china(9)
    last_at = None if days is None else at - timedelta(days=days)
    assert rules.opens_exchange(last_at, was_done, at) is opens
