"""The table of moves: from where to where, and what is missing on the way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counselling.cases import rules
from counselling.cases.rules import CaseFacts, Missing, missing

ON = date(2026, 11, 24)
READY = CaseFacts(
    state=rules.NEW,
    on=ON,
    has_assessment=True,
    has_goals=True,
    has_summary=True,
    review_on=ON + timedelta(days=28),
    sessions_held=1,
)
ALLOWED = {
    ("new", "assessed"),
    ("new", "closed"),
    ("assessed", "planned"),
    ("assessed", "closed"),
    ("planned", "in_progress"),
    ("planned", "closed"),
    ("in_progress", "review"),
    ("in_progress", "closed"),
    ("review", "in_progress"),
    ("review", "planned"),
    ("review", "closed"),
    ("closed", "reopened"),
    ("reopened", "assessed"),
    ("reopened", "planned"),
    ("reopened", "closed"),
}


@pytest.mark.parametrize("to", rules.MOVES)
@pytest.mark.parametrize("state", rules.MOVES)
def test_from_where_to_where(state, to):
    found = missing(replace(READY, state=state), to)
    assert found == (() if (state, to) in ALLOWED else (Missing.NOT_FROM_HERE,))


@pytest.mark.parametrize(
    ("state", "to", "without", "expected"),
    [
        ("new", "assessed", {"has_assessment": False}, Missing.ASSESSMENT),
        ("assessed", "planned", {"has_goals": False}, Missing.GOALS),
        ("assessed", "planned", {"review_on": None}, Missing.REVIEW_DAY),
        ("assessed", "planned", {"review_on": ON}, Missing.REVIEW_DAY),
        ("planned", "in_progress", {"sessions_held": 0}, Missing.SESSION),
        ("review", "in_progress", {"review_on": ON - timedelta(days=1)}, Missing.REVIEW_DAY),
        ("in_progress", "review", {"sessions_held": 0}, Missing.SESSION_HELD),
        ("review", "closed", {"open_tasks": 1}, Missing.OPEN_TASKS),
        ("review", "closed", {"sessions_ahead": 1}, Missing.SESSIONS_AHEAD),
        ("review", "closed", {"has_summary": False}, Missing.SUMMARY),
        ("new", "closed", {"has_summary": False}, Missing.SUMMARY),
    ],
)
def test_each_guard_alone_holds_the_case(state, to, without, expected):
    assert missing(replace(READY, state=state, **without), to) == (expected,)


def test_everything_that_is_missing_is_said_at_once():
    bare = CaseFacts(state="review", on=ON, open_tasks=2, sessions_ahead=1)
    assert missing(bare, "closed") == (
        Missing.OPEN_TASKS,
        Missing.SESSIONS_AHEAD,
        Missing.SUMMARY,
    )


@given(
    facts=st.builds(
        CaseFacts,
        state=st.sampled_from(sorted(rules.MOVES)),
        on=st.just(ON),
        has_summary=st.booleans(),
        sessions_ahead=st.integers(0, 3),
        open_tasks=st.integers(0, 3),
    )
)
def test_nothing_closes_with_something_open(facts):
    if not missing(facts, rules.CLOSED):
        assert facts.has_summary
        assert facts.open_tasks == facts.sessions_ahead == 0


@pytest.mark.parametrize("state", rules.MOVES)
def test_the_usual_next_move_is_one_that_exists(state):
    assert rules.usual_next(state) in rules.MOVES[state]
