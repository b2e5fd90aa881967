"""The functions with which other packages change messaging's data."""

from messaging.actions.adult_rhythms import choose_rhythm, pause_adult, set_adult_rhythm
from messaging.actions.answers import add_more, answer, undo
from messaging.actions.asking import ask_due_check_ins
from messaging.actions.follow_ups import close_follow_up, put_off_follow_up, reopen_follow_up
from messaging.actions.ladder import climb_ladders
from messaging.actions.ladder_settings import reset_ladder, set_ladder
from messaging.actions.occasions import bring_forward, mark_date, set_occasions, unmark_date
from messaging.actions.plans import ensure_plans, resume_asking, set_rhythm
from messaging.actions.reminders import close_reminder, remind_teacher, reopen_reminder
from messaging.actions.starting import start_sending
from messaging.actions.village import propose_village_visits

__all__ = [
    "add_more",
    "answer",
    "ask_due_check_ins",
    "bring_forward",
    "choose_rhythm",
    "climb_ladders",
    "close_follow_up",
    "close_reminder",
    "ensure_plans",
    "mark_date",
    "pause_adult",
    "propose_village_visits",
    "put_off_follow_up",
    "remind_teacher",
    "reopen_follow_up",
    "reopen_reminder",
    "reset_ladder",
    "resume_asking",
    "set_adult_rhythm",
    "set_ladder",
    "set_occasions",
    "set_rhythm",
    "start_sending",
    "undo",
    "unmark_date",
]
