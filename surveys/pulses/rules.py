"""When a pulse is due, until when it may be changed, and when a low mood asks for a talk. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from core.weeks import monday_of

MOOD, CARER = "weekly-mood", "carer-wellbeing"
MOOD_ITEM = "mood"
# Weeks from one form to the next. Source: the product's own; five questions to a carer each week are many.
EVERY_WEEKS = {MOOD: 1, CARER: 4}
CHANGE_MINUTES = 10  # in which an answer may be changed: a finger slips

# A mood of this value or less is low: "a bit low" and "sad" of definitions/weekly-mood.toml.
LOW_AT_MOST = 2
# Our own figures, until schools have some: one bad week is only a bad week.
LOW_ANSWERS = 3  # in a row
LOW_WITHIN_WEEKS = 5  # leaves room for a week or two without an answer, such as holidays
TALK_AGAIN_WEEKS = 4  # a class teacher is not asked about the same child sooner

SHOWN_WEEKS = 20  # of the line: a term
KEPT_WEEKS = 53  # a year, as the families are told (privacy.texts)
LEFT_DAYS = 30  # after a child has left the school; then its answers are deleted


def is_due(last_on: date | None, on: date, every_weeks: int) -> bool:
    """Return whether a form is due. `last_on`: the week of the last finished form."""
    return last_on is None or monday_of(on) - last_on >= timedelta(weeks=every_weeks)


def may_change(finished_at: datetime | None, at: datetime) -> bool:
    return finished_at is None or at - finished_at <= timedelta(minutes=CHANGE_MINUTES)


def stays_low(moods: Sequence[tuple[date, int | None]], on: date) -> bool:
    """Return whether the last answers are all low.

    `moods`: week and value, the earliest first; None: skipped, which says nothing.
    """
    since = monday_of(on) - timedelta(weeks=LOW_WITHIN_WEEKS - 1)
    answered = [value for week, value in moods if value is not None and week >= since]
    last = answered[-LOW_ANSWERS:]
    return len(last) == LOW_ANSWERS and max(last) <= LOW_AT_MOST


def talk_is_due(moods: Sequence[tuple[date, int | None]], asked_on: date | None, on: date) -> bool:
    """Return whether to ask for a talk.

    `asked_on`: the week of the last form after which the class teacher was asked to talk.
    """
    is_soon = asked_on is not None and monday_of(on) - asked_on < timedelta(weeks=TALK_AGAIN_WEEKS)
    return stays_low(moods, on) and not is_soon
