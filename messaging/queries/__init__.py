"""Reads of messaging, by what they are for."""

from messaging.queries.board import Board, BoardChild, Bridge, ClassRow, board
from messaging.queries.calling import call_groups, call_rows
from messaging.queries.figures import OpenFollowUps, open_follow_ups_in
from messaging.queries.invitations import (
    adults_sent_a_link,
    can_write_to,
    claim_work,
    claims_for,
    find_slip,
    is_open,
    open_slips,
)
from messaging.queries.ladder import Ladder, LadderAttempt, LadderStep, ladder
from messaging.queries.ladders import has_own_ladder, ladder_of, ladder_words_of
from messaging.queries.moved import AnswerAfterMove, answers_after_a_move
from messaging.queries.operation import (
    Outbox,
    held_up_schools,
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
from messaging.queries.screens import has_screen, may_be_offered_screen, push_account_for
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
    "call_groups",
    "call_rows",
    "can_write_to",
    "claim_work",
    "claims_for",
    "find_slip",
    "has_own_ladder",
    "has_screen",
    "held_up_schools",
    "is_open",
    "ladder",
    "ladder_of",
    "ladder_words_of",
    "latest_check_in",
    "may_be_offered_screen",
    "open_check_ins",
    "open_follow_ups_in",
    "open_slips",
    "outbox_of",
    "provider_health",
    "push_account_for",
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
