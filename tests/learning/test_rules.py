"""When a lesson is sent, until when its link opens, and when a recording is tried again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from learning import rules
from learning.curriculum import rules as curriculum
from learning.exchange import rules as exchange
from learning.rules import Fit

AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("months", "is_in_season"),
    [(set(), True), ({11}, True), ({1, 2}, False), ({1, 11}, True), ({10, 12}, False)],
)
def test_a_lesson_of_a_season(months, is_in_season):
    lesson = Fit(frozenset(), None, frozenset(months), counts_on_parents=False)
    assert rules.is_in_season(lesson, WEDNESDAY) is is_in_season


@pytest.mark.parametrize(
    ("weekday", "days_ago", "is_due"),
    [
        (2, None, True),
        (2, 13, False),
        (2, 14, True),
        (2, 21, True),  # a day was missed
        (2, 7, False),
        (1, 15, False),  # not on another weekday
        (3, None, False),
    ],
)
def test_the_plan_sends_every_second_week_on_its_weekday(weekday, days_ago, is_due):
    done_on = None if days_ago is None else WEDNESDAY - timedelta(days=days_ago)
    assert rules.is_plan_due(weekday, done_on, WEDNESDAY) is is_due


@pytest.mark.parametrize(("minutes", "opens"), [(0, True), (-1, True), (1, False)])
def test_a_link_opens_for_sixty_days(minutes, opens):
    ends = AT + timedelta(days=60)
    assert rules.link_opens(AT, ends + timedelta(minutes=minutes, seconds=-1)) is opens


def test_weeks_of_a_term_and_those_that_today_asks_about():
    monday = date(2026, 11, 23)
    week = timedelta(days=7)
    assert curriculum.weeks_of(WEDNESDAY, WEDNESDAY) == [monday]
    assert curriculum.weeks_of(WEDNESDAY, monday + timedelta(days=6)) == [monday]
    assert curriculum.weeks_of(WEDNESDAY, monday + week) == [monday, monday + week]
    for day in (monday, WEDNESDAY, monday + timedelta(days=6)):
        assert curriculum.asked_weeks(day) == (monday - 2 * week, monday)


def test_a_recording_is_tried_again_until_the_waits_are_used_up():
    failure, times = None, 0
    while (after := exchange.failed_again(failure, AT)) is not None:
        assert after == [times + 1, (AT + exchange.WAITS[times]).isoformat()]
        failure, times = after, times + 1
        assert exchange.is_trouble(after) is (times >= 3)
    assert times == len(exchange.WAITS)
