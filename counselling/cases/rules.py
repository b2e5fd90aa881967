"""How a case moves: from which state to which, and what must be there first.

Pure: facts in, decisions out. Nothing moves by itself: a person asks, and the rule answers.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

NEW, ASSESSED, PLANNED, IN_PROGRESS = "new", "assessed", "planned", "in_progress"
REVIEW, CLOSED, REOPENED = "review", "closed", "reopened"

# A child may move away on any day, so every open state may close, with the same guards.
MOVES: dict[str, tuple[str, ...]] = {
    NEW: (ASSESSED, CLOSED),
    ASSESSED: (PLANNED, CLOSED),
    PLANNED: (IN_PROGRESS, CLOSED),
    IN_PROGRESS: (REVIEW, CLOSED),
    REVIEW: (IN_PROGRESS, PLANNED, CLOSED),
    CLOSED: (REOPENED,),
    REOPENED: (ASSESSED, PLANNED, CLOSED),
}

# Hours of reading in an emergency. Source: the product's own rule. Long enough for a night and the following
# morning, after which the owner can be reached or the case handed over.
EMERGENCY_HOURS = 24
# The most days for which somebody can be let in; after about a term, ask again. Source: the product's own
# rule.
LONGEST_LET_IN_DAYS = 180
# Days for which a plan waits to be shown, and a case to be closed, until a second person has agreed: a child
# must not wait for a colleague who is ill. It stays on record. Source: the product's own rule.
LOOK_WAITS_DAYS = 7


class Missing(StrEnum):
    """Why a case cannot move yet."""

    NOT_FROM_HERE = "not_from_here"
    ASSESSMENT = "assessment"
    GOALS = "goals"
    REVIEW_DAY = "review_day"
    SESSION = "session"
    SESSION_HELD = "session_held"
    SUMMARY = "summary"
    OPEN_TASKS = "open_tasks"
    OPEN_PLAN = "open_plan"
    OPEN_LETTERS = "open_letters"
    SESSIONS_AHEAD = "sessions_ahead"
    AGREEMENT = "agreement"


@dataclass(frozen=True)
class CaseFacts:
    """Facts about one case, counted since it was opened or reopened."""

    state: str
    on: date
    has_assessment: bool = False
    has_goals: bool = False
    has_summary: bool = False
    review_on: date | None = None
    sessions_held: int = 0
    sessions_ahead: int = 0
    open_tasks: int = 0
    open_plans: int = 0
    # Whether the second pair of eyes has agreed to these closing words, if the school requires one.
    is_agreed: bool = True
    open_letters: int = 0


def missing(facts: CaseFacts, to: str) -> tuple[Missing, ...]:
    """Return what the case lacks before it may move to `to`; empty if it may move."""
    if to not in MOVES[facts.state]:
        return (Missing.NOT_FROM_HERE,)
    has_day = facts.review_on is not None and facts.review_on > facts.on
    guards: dict[str, dict[Missing, bool]] = {
        ASSESSED: {Missing.ASSESSMENT: facts.has_assessment},
        PLANNED: {Missing.GOALS: facts.has_goals, Missing.REVIEW_DAY: has_day},
        IN_PROGRESS: {
            Missing.SESSION: facts.sessions_held + facts.sessions_ahead > 0,
            Missing.REVIEW_DAY: has_day,
        },
        REVIEW: {Missing.SESSION_HELD: facts.sessions_held > 0},
        CLOSED: {
            Missing.OPEN_TASKS: facts.open_tasks == 0,
            Missing.OPEN_PLAN: facts.open_plans == 0,
            Missing.OPEN_LETTERS: facts.open_letters == 0,
            Missing.SESSIONS_AHEAD: facts.sessions_ahead == 0,
            Missing.SUMMARY: facts.has_summary,
            Missing.AGREEMENT: facts.is_agreed,
        },
        REOPENED: {},
    }
    return tuple(reason for reason, holds in guards[to].items() if not holds)


def usual_next(state: str) -> str:
    """Return the move that a case in this state is waiting for."""
    return CLOSED if state == REVIEW else MOVES[state][0]
