"""The functions with which other packages read messaging's data."""

from messaging.queries.board import Board, BoardChild, Bridge, board
from messaging.queries.calling import call_groups, call_rows
from messaging.queries.figures import follow_ups_question, open_follow_ups_in
from messaging.queries.ladder import Ladder, ladder
from messaging.queries.ladders import has_own_ladder, ladder_of, ladder_words_of
from messaging.queries.moved import answers_after_a_move
from messaging.queries.reminders import own_reminder, reminder_words
from messaging.queries.replies import (
    latest_check_in,
    open_check_ins,
    reply_calls_for_help,
    texts_since,
)
from messaging.queries.silence import why_of
from messaging.queries.starting import FirstQuestions, first_questions
from messaging.queries.upcoming import UpcomingGroup, upcoming
from messaging.queries.work import timeline, work_for

__all__ = [
    "Board",
    "BoardChild",
    "Bridge",
    "FirstQuestions",
    "Ladder",
    "UpcomingGroup",
    "answers_after_a_move",
    "board",
    "call_groups",
    "call_rows",
    "first_questions",
    "follow_ups_question",
    "has_own_ladder",
    "ladder",
    "ladder_of",
    "ladder_words_of",
    "latest_check_in",
    "open_check_ins",
    "open_follow_ups_in",
    "own_reminder",
    "reminder_words",
    "reply_calls_for_help",
    "texts_since",
    "timeline",
    "upcoming",
    "why_of",
    "work_for",
]
