"""Writes of messaging, by what they are about."""

from messaging.actions.answers import add_more, answer, undo
from messaging.actions.asking import ask_due_check_ins
from messaging.actions.follow_ups import close_follow_up, put_off_follow_up, reopen_follow_up
from messaging.actions.ladder import climb_ladders
from messaging.actions.notices import queue_due_notices
from messaging.actions.outbox import (
    queue_message,
    queue_sign_in_link,
    queue_test,
    resume_sending,
    stop_sending,
    use_sign_in_link,
)
from messaging.actions.plans import ensure_plans

__all__ = [
    "add_more",
    "answer",
    "ask_due_check_ins",
    "climb_ladders",
    "close_follow_up",
    "ensure_plans",
    "put_off_follow_up",
    "queue_due_notices",
    "queue_message",
    "queue_sign_in_link",
    "queue_test",
    "reopen_follow_up",
    "resume_sending",
    "stop_sending",
    "undo",
    "use_sign_in_link",
]
