"""The last months once more under another ladder: what follows from what a family did then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from guardians.hours import Hours
from messaging.ladder.replay import Family, Past, held_back, replay, stories_of, story
from messaging.rules import Ladder, Rung

ZONE = ZoneInfo("Asia/Shanghai")
ASKED = datetime(2026, 9, 6, 19, 30, tzinfo=ZONE)
UNTIL = date(2026, 10, 18)
ALL = frozenset({Rung.ASK_AGAIN, Rung.OTHER_WAY, Rung.OTHER_ADULT})
SILENT = Past(Hours(), ASKED, ALL)
DAY = timedelta(days=1)


def heard(by: Rung, after: timedelta) -> Past:
    return replace(SILENT, heard_by=by, heard_after=after)


def weekly(past: Past, weeks: int = 7) -> Family:
    return Family([replace(past, asked_at=past.asked_at + week * 7 * DAY) for week in range(weeks)])


def test_an_answer_to_the_first_question_costs_one_message_under_any_ladder():
    past = heard(Rung.ASK, timedelta(hours=2))
    for ladder in (Ladder(), Ladder(ask_again=1), Ladder(None, None, None, tell_teacher=1)):
        told = story(past, ladder)
        assert (told.messages, told.told_teacher) == (1, False)
        assert told.heard_after == timedelta(hours=2)


def test_silence_climbs_to_the_teacher():
    assert story(SILENT, Ladder()).messages == 4
    assert story(SILENT, Ladder(other_way=None, other_adult=None)).messages == 2
    assert story(replace(SILENT, possible=frozenset({Rung.ASK_AGAIN})), Ladder()).messages == 2
    assert story(SILENT, Ladder()).told_teacher


def test_who_answers_the_second_question_answers_it_as_quickly_when_it_comes_sooner():
    past = heard(Rung.ASK_AGAIN, timedelta(hours=3))
    later, sooner = story(past, Ladder(ask_again=4)), story(past, Ladder(ask_again=1))
    assert later.heard_after - sooner.heard_after == 3 * DAY
    assert (later.messages, sooner.messages) == (2, 2)


def test_a_question_that_is_no_longer_asked_is_not_answered():
    told = story(heard(Rung.ASK_AGAIN, timedelta(hours=3)), Ladder(ask_again=None))
    assert told.told_teacher
    assert told.heard_after is None


def test_a_slow_answer_to_the_first_question_meets_the_steps_that_come_before_it():
    told = story(heard(Rung.ASK, 3 * DAY), Ladder(ask_again=1, other_way=1, other_adult=None))
    assert told.messages == 3
    assert told.heard_after == 3 * DAY


def test_half_the_days_are_twice_the_questions():
    family = weekly(heard(Rung.ASK, timedelta(hours=2)))
    assert len(list(stories_of(family, Ladder(), 7, UNTIL))) == 7
    assert len(list(stories_of(family, Ladder(), 14, UNTIL))) == 4
    family.own_every_days = 7
    assert replay([family], Ladder(), 14, UNTIL).questions == 7


def test_nobody_is_asked_anew_while_the_ladder_still_climbs():
    slow = Ladder(ask_again=3, other_way=2, other_adult=2, tell_teacher=3)
    assert len(list(stories_of(weekly(SILENT), slow, 7, UNTIL))) == 5
    assert len(list(stories_of(weekly(heard(Rung.ASK, DAY)), slow, 7, UNTIL))) == 7


def test_two_adults_in_turn_are_asked_as_often_as_one():
    mother = weekly(heard(Rung.ASK, DAY), weeks=3)
    father = weekly(heard(Rung.ASK, DAY), weeks=7)
    father.questions = father.questions[3:]
    assert replay([mother, father], Ladder(), 7, UNTIL).questions == 7
    assert replay([mother], Ladder(), 7, UNTIL).questions == 3  # the child has left since


def test_who_has_talked_is_not_asked_in_that_rhythm():
    family = weekly(heard(Rung.ASK, timedelta(hours=2)))
    family.talks = [date(2026, 9, 6) + n * 6 * DAY for n in range(8)]
    assert len(list(stories_of(family, Ladder(), 7, UNTIL))) == 1
    assert len(list(stories_of(family, Ladder(), 5, UNTIL))) > 5


def test_the_talk_that_answers_a_question_does_not_take_it_away():
    family = weekly(heard(Rung.ASK, timedelta(hours=2)))
    family.talks = [date(2026, 9, 6) + n * 7 * DAY for n in range(8)]
    assert len(list(stories_of(family, Ladder(), 7, UNTIL))) == 7


def test_figures_of_a_school():
    quick, slow = heard(Rung.ASK, DAY), heard(Rung.ASK, 9 * DAY)
    found = replay([weekly(quick), weekly(slow), weekly(SILENT)], Ladder(), 7, UNTIL)
    assert (found.questions, found.tasks) == (21, 14)
    assert found.messages == 7 * (1 + 4 + 4)
    assert found.heard_within == 1 / 3
    assert found.half_after == 9
    assert replay([weekly(SILENT)], Ladder(), 7, UNTIL).half_after is None
    assert replay([], Ladder(), 7, UNTIL).heard_within is None


waits = st.one_of(st.none(), st.integers(1, 7))


@given(
    st.builds(Ladder, waits, waits, waits, st.integers(1, 7)),
    st.builds(Ladder, waits, waits, waits, st.integers(1, 7)),
    st.frozensets(st.sampled_from(sorted(ALL))),
    st.sampled_from([Rung.ASK, *sorted(ALL), Rung.TELL_TEACHER]),
    st.integers(0, 14 * 24),
)
def test_a_ladder_with_fewer_steps_never_sends_more(one, other, possible, by, hours):
    past = replace(heard(by, timedelta(hours=hours)), possible=possible)
    told = story(past, one)
    assert 1 <= told.messages <= 4
    assert told.told_teacher or told.heard_after is not None
    silent = story(replace(past, heard_by=None, heard_after=None), one)
    assert silent.messages >= told.messages
    bare = story(
        replace(past, heard_by=None),
        replace(other, ask_again=None, other_way=None, other_adult=None),
    )
    assert bare.messages == 1


def test_each_answer_is_counted_at_the_step_that_it_followed():
    first, second = heard(Rung.ASK, timedelta(hours=2)), heard(Rung.ASK_AGAIN, timedelta(hours=3))
    families = [weekly(first, weeks=2), weekly(second, weeks=1), weekly(SILENT, weeks=1)]
    assert replay(families, Ladder(), 7, UNTIL).heard_by == {Rung.ASK: 2, Rung.ASK_AGAIN: 1}
    without = replay(families, Ladder(ask_again=None), 7, UNTIL)
    assert without.heard_by == {Rung.ASK: 2}


def test_the_limit_for_a_day_holds_a_question_back_until_the_first_notice_is_a_day_old():
    hour = timedelta(hours=1)
    told = [story(heard(Rung.ASK, hour), Ladder())]
    assert held_back([ASKED - 3 * hour, ASKED - 2 * hour], told) == 0
    three = [ASKED - 3 * hour, ASKED - 2 * hour, ASKED - hour]
    assert held_back(three, told) == 1
    assert held_back([one - 22 * hour for one in three], told) == 0  # the first is a day old
    assert held_back([one + 4 * hour for one in three], told) == 0  # they come later
    family = weekly(heard(Rung.ASK, hour), weeks=1)
    family.notices = three
    assert replay([family], Ladder(), 7, UNTIL).held == 1


def test_another_adult_has_a_limit_of_their_own():
    told = story(SILENT, Ladder())
    assert (told.messages, len(told.sent_at)) == (4, 3)
