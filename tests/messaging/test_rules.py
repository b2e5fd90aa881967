from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import rules as delivery_rules
from delivery.rules import SendFacts, Verdict
from guardians.hours import Hours
from messaging import rules
from messaging.plans.rules import PlanFacts, takes_occasion
from messaging.rules import Candidate, Climb, Due, Ladder, OtherAdult, Rung, VillageFacts

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY, NIGHT = Hours(), Hours(shift="night")


def local(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_first_question_goes_as_soon_as_the_adult_is_awake():
    morning = local("2026-11-25T10:00")
    assert rules.ask_at(DAY, morning, is_first=True) == morning
    assert rules.ask_at(DAY, morning, is_first=False) == local("2026-11-25T18:30")


@pytest.mark.parametrize(
    ("next_due", "talked", "expected"),
    [
        (date(2026, 11, 26), None, Due.NOT_YET),
        (date(2026, 11, 25), None, Due.ASK),
        (date(2026, 11, 1), None, Due.ASK),
        (date(2026, 11, 25), date(2026, 11, 19), Due.TALKED_ALREADY),
        (date(2026, 11, 25), date(2026, 11, 18), Due.ASK),
        (date(2026, 11, 25), date(2026, 11, 25), Due.TALKED_ALREADY),
    ],
)
def test_who_is_due(next_due, talked, expected):
    assert rules.is_due(next_due, 7, talked, date(2026, 11, 25)) == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([], []),
        ([Candidate(1, 1, None)], []),
        ([Candidate(1, 1, False)], [1]),
        ([Candidate(1, 1, False), Candidate(2, 2, True)], [2, 1]),
        ([Candidate(2, 2, True), Candidate(1, 1, True)], [1, 2]),
        ([Candidate(9, 1, True), Candidate(3, 1, True)], [3, 9]),
    ],
)
def test_whom_to_ask_first(candidates, expected):
    assert [one.adult_id for one in rules.order_of_asking(candidates)] == expected


FULL = Ladder()
NOTHING: set[Rung] = set()
ALL = {Rung.ASK_AGAIN, Rung.OTHER_WAY, Rung.OTHER_ADULT}


@pytest.mark.parametrize(
    ("ladder", "last", "possible", "expected"),
    [
        (FULL, "ask", ALL, Climb(Rung.ASK_AGAIN)),
        (FULL, "ask_again", ALL, Climb(Rung.OTHER_WAY)),
        (FULL, "other_way", ALL, Climb(Rung.OTHER_ADULT)),
        (FULL, "other_adult", ALL, Climb(Rung.TELL_TEACHER)),
        (FULL, "ask_again", {Rung.OTHER_ADULT}, Climb(Rung.OTHER_ADULT, (Rung.OTHER_WAY,))),
        # Nobody else: the two days before the teacher's task are waited, of which one has passed.
        (FULL, "ask_again", NOTHING, Climb(None, (Rung.OTHER_WAY, Rung.OTHER_ADULT), 1)),
        (FULL, "other_adult", NOTHING, Climb(Rung.TELL_TEACHER)),
        (
            FULL,
            "ask",
            NOTHING,
            Climb(Rung.TELL_TEACHER, (Rung.ASK_AGAIN, Rung.OTHER_WAY, Rung.OTHER_ADULT)),
        ),
        (Ladder(other_way=None, other_adult=None), "ask_again", ALL, Climb(Rung.TELL_TEACHER)),
        (
            Ladder(ask_again=None, other_way=None, other_adult=None),
            "ask",
            ALL,
            Climb(Rung.TELL_TEACHER),
        ),
    ],
)
def test_climb(ladder, last, possible, expected):
    assert rules.climb(ladder, last, possible) == expected


def ladders():
    wait = st.integers(1, rules.STEP_WAIT_AT_MOST_DAYS)
    maybe = st.none() | wait
    return st.builds(
        Ladder,
        ask_again=maybe,
        other_way=maybe,
        other_adult=maybe,
        tell_teacher=wait,
        village=maybe,
    )


@given(ladders(), st.sets(st.sampled_from(sorted(ALL))))
def test_every_ladder_ends_at_the_teacher_in_time_and_takes_no_step_twice(ladder, possible):
    """Whatever a school has set and whoever can be reached: no step that it does not take, none twice, and
    the teacher is told no later than the waits together.
    """
    last, taken, days = Rung.ASK, [], ladder.first_wait(Rung.ASK)
    for _ in range(10):
        found = rules.climb(ladder, last, possible)
        taken += found.passed_over
        if found.rung is None:
            last, days = taken[-1], days + found.wait_days
            continue
        taken.append(found.rung)
        if found.rung == Rung.TELL_TEACHER:
            break
        last, days = found.rung, days + ladder.first_wait(found.rung)
    assert taken == ladder.after(Rung.ASK)
    assert taken[-1] == Rung.TELL_TEACHER
    assert days <= ladder.days_to_teacher


def test_by_default_the_teacher_knows_before_the_week_is_over():
    assert Ladder().days_to_teacher < 7


@pytest.mark.parametrize(
    ("not_yets", "expected"),
    [(1, Rung.ASK_AGAIN), (2, Rung.ASK_AGAIN), (3, Rung.TELL_TEACHER)],
)
def test_after_a_not_yet(not_yets, expected):
    assert rules.after_a_not_yet(not_yets) == expected


def test_another_parent_away_comes_before_whoever_is_at_home():
    grandmother, father = OtherAdult(2, False, 1), OtherAdult(3, True, 9)
    assert rules.other_adult([grandmother, father], {1}) == father
    assert rules.other_adult([grandmother, father], {1, 3}) == grandmother
    assert rules.other_adult([grandmother, father], {1, 2, 3}) is None


UNDONE = VillageFacts(opened_on=date(2026, 11, 20), today=date(2026, 11, 25), has_worker=True)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"today": date(2026, 11, 24)}, False),
        ({"has_worker": False}, False),
        ({"is_put_off": True}, False),
        ({"has_open_visit": True}, False),
        ({"family_allows": False}, False),
        ({"is_guarded": True}, False),
    ],
)
def test_wants_village_visit(changed, expected):
    assert rules.wants_village_visit(FULL, replace(UNDONE, **changed)) is expected
    assert not rules.wants_village_visit(Ladder(village=None), replace(UNDONE, **changed))


def test_not_yet_is_asked_again_the_next_evening_and_in_the_end_at_once_for_the_teacher():
    noon = local("2026-11-25T12:00")
    assert rules.after_not_yet(DAY, noon, 1) == local("2026-11-26T18:30")
    assert rules.after_not_yet(DAY, noon, 3) == noon


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], "waiting"),
        (["", ""], "waiting"),
        (["talked", ""], "answered"),
        (["talked", "not_yet"], "not_yet"),
        (["need_help"], "answered"),
    ],
)
def test_settled_state(answers, expected):
    assert rules.settled_state(answers) == expected


def test_backoff_grows_and_never_comes_before_what_the_provider_asked():
    waits = [delivery_rules.backoff(tries, 0.0).total_seconds() for tries in range(1, 7)]
    assert waits == [15, 60, 300, 900, 3600, 3600]
    assert delivery_rules.backoff(1, 0.0, retry_after=120) == timedelta(seconds=120)
    assert delivery_rules.backoff(1, 0.99, retry_after=120) >= timedelta(seconds=120)
    assert delivery_rules.backoff(1, 0.5) > delivery_rules.backoff(1, 0.0)
    assert delivery_rules.backoff(1, 0.0, retry_after=10**9) == timedelta(hours=6)


NOON = local("2026-11-25T12:00")
FACTS = {"kind": "check_in", "expires_at": NOON + timedelta(hours=1), "hours": DAY}


@pytest.mark.parametrize(
    ("changed", "verdict", "cause"),
    [
        ({}, Verdict.SEND, ""),
        ({"is_blocked": True}, Verdict.SUPPRESS, "blocked"),
        ({"has_opted_out": True}, Verdict.SUPPRESS, "opted_out"),
        ({"has_legal_basis": False}, Verdict.SUPPRESS, "no_legal_basis"),
        ({"is_in_touch": False}, Verdict.SUPPRESS, "not_asked_about"),
        ({"is_guardian": False}, Verdict.SUPPRESS, "not_guardian"),
        ({"cause_of_its_own": "answered"}, Verdict.SUPPRESS, "answered"),
        (
            {"is_guardian": False, "cause_of_its_own": "answered"},
            Verdict.SUPPRESS,
            "not_guardian",
        ),
        ({"expires_at": NOON}, Verdict.EXPIRE, "too_late"),
        ({"is_stopped": True}, Verdict.HOLD, "stopped"),
        ({"has_way": False}, Verdict.FAIL, "no_way"),
        ({"has_way": False, "no_way_cause": "no_channel"}, Verdict.WAIT, "no_channel"),
        (
            {"has_way": False, "no_way_cause": "no_channel", "expires_at": NOON},
            Verdict.EXPIRE,
            "no_channel",
        ),
        (
            {"has_way": False, "no_way_cause": "no_channel", "kind": "code"},
            Verdict.FAIL,
            "no_channel",
        ),
        ({"ways_open_at": NOON, "expires_at": NOON}, Verdict.EXPIRE, "provider_rests"),
        ({"has_started": False}, Verdict.HOLD, "not_started"),
        ({"has_started": False, "kind": "code"}, Verdict.SEND, ""),
        ({"has_started": False, "kind": "concern", "is_to_family": False}, Verdict.SEND, ""),
        ({"hours": NIGHT}, Verdict.WAIT, "quiet_hours"),
        ({"hours": NIGHT, "kind": "link"}, Verdict.SEND, ""),
        ({"hours": NIGHT, "kind": "account"}, Verdict.WAIT, "quiet_hours"),
        ({"hours": NIGHT, "kind": "account", "is_to_family": False}, Verdict.SEND, ""),
        ({"is_blocked": True, "is_stopped": True, "hours": NIGHT}, Verdict.SUPPRESS, "blocked"),
        (
            {"kind": "concern", "is_to_family": False, "is_stopped": True, "hours": NIGHT},
            Verdict.SEND,
            "",
        ),
        ({"is_to_family": False, "is_active_user": False}, Verdict.SUPPRESS, "account_closed"),
    ],
)
def test_last_look_before_sending(changed, verdict, cause):
    decision = delivery_rules.recheck(SendFacts(**(FACTS | changed)), NOON)
    assert (decision.verdict, decision.cause) == (verdict, cause)


def test_a_late_question_waits_and_says_for_what():
    facts = SendFacts(**(FACTS | {"kind": "check_in", "planned_at": local("2026-11-24T19:00")}))
    decision = delivery_rules.recheck(facts, local("2026-11-25T12:00"))
    assert decision == delivery_rules.Decision(Verdict.WAIT, "good_hour", local("2026-11-25T18:30"))


def test_a_message_in_quiet_hours_waits_for_their_end():
    decision = delivery_rules.recheck(SendFacts(**(FACTS | {"hours": NIGHT})), NOON)
    assert decision.due_at == local("2026-11-25T17:00")


@pytest.mark.parametrize(
    ("due", "paused", "is_climbing", "takes"),
    [
        (1, None, False, True),
        (0, None, False, False),  # it is asked on that day anyway
        (-1, None, False, False),
        (1, None, True, False),
        (1, 0, False, False),  # the pause ends on the evening of that day
        (1, -1, False, True),
    ],
)
def test_what_a_date_brings_forward(due, paused, is_climbing, takes):
    on = date(2026, 11, 25)
    facts = PlanFacts(
        next_due_on=on + timedelta(days=due),
        paused_until=None if paused is None else on + timedelta(days=paused),
        is_climbing=is_climbing,
    )
    assert takes_occasion(facts, on) is takes
