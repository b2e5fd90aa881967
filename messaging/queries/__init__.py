"""Reads of messaging, by what they are for."""

from messaging.queries.board import Board, BoardChild, Bridge, ClassRow, board
from messaging.queries.figures import OpenFollowUps, open_follow_ups_in
from messaging.queries.invitations import (
    adults_sent_a_link,
    can_write_to,
    claim_work,
    claims_visible_to,
    find_slip,
    is_open,
    open_slips,
)
from messaging.queries.ladder import Ladder, LadderAttempt, LadderStep, ladder
from messaging.queries.moved import AnswerAfterMove, answers_after_a_move
from messaging.queries.operation import (
    Outbox,
    is_held_up,
    outbox_of,
    provider_health,
    recent_settlements,
    unknown_messages,
)
from messaging.queries.replies import (
    latest_check_in,
    open_check_ins,
    reply_calls_for_help,
    texts_since,
)
from messaging.queries.sending import sending_is_stopped, stopped_alerts
from messaging.queries.troubles import Seen, troubles_now
from messaging.queries.upcoming import LeftOut, UpcomingGroup, upcoming
from messaging.queries.work import timeline, work_for

__all__ = [
    "AnswerAfterMove",
    "Board",
    "BoardChild",
    "Bridge",
    "ClassRow",
    "Ladder",
    "LadderAttempt",
    "LadderStep",
    "LeftOut",
    "OpenFollowUps",
    "Outbox",
    "Seen",
    "UpcomingGroup",
    "adults_sent_a_link",
    "answers_after_a_move",
    "board",
    "can_write_to",
    "claim_work",
    "claims_visible_to",
    "find_slip",
    "is_held_up",
    "is_open",
    "ladder",
    "latest_check_in",
    "open_check_ins",
    "open_follow_ups_in",
    "open_slips",
    "outbox_of",
    "provider_health",
    "recent_settlements",
    "reply_calls_for_help",
    "sending_is_stopped",
    "stopped_alerts",
    "texts_since",
    "timeline",
    "troubles_now",
    "unknown_messages",
    "upcoming",
    "work_for",
]
