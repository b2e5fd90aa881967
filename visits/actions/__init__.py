"""Save visits, calls and meetings, and the duties behind them."""

from visits.actions.calls import CallAlreadyEnded, end_call, log_call, start_call
from visits.actions.duties import ensure_duties
from visits.actions.meetings import record_meeting
from visits.actions.visits import (
    AlreadyRecorded,
    ChildLeft,
    ask_visit,
    call_off,
    keep_agreement,
    move_in_walk,
    pass_on,
    plan_visits,
    put_off,
    record_visit,
)

__all__ = [
    "AlreadyRecorded",
    "CallAlreadyEnded",
    "ChildLeft",
    "ask_visit",
    "call_off",
    "end_call",
    "ensure_duties",
    "keep_agreement",
    "log_call",
    "move_in_walk",
    "pass_on",
    "plan_visits",
    "put_off",
    "record_meeting",
    "record_visit",
    "start_call",
]
