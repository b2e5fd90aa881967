"""Queries about what teachers see and do. Callers pass in what the policies allow."""

from classroom.queries.attendance import (
    absences_of,
    absent_days,
    marks_on,
    missed_days,
    register_days,
    register_of,
    signals,
    signals_of,
)
from classroom.queries.family import (
    adults_to_tell,
    good_news,
    latest_letters,
    open_requests,
)
from classroom.queries.homework import help_for, helpers_at, missed_on, present_help
from classroom.queries.observing import (
    attention_of,
    correctable_by,
    latest_about,
    latest_for,
    note_weeks,
    praise_since,
    with_attention,
)

__all__ = [
    "absences_of",
    "absent_days",
    "adults_to_tell",
    "attention_of",
    "correctable_by",
    "good_news",
    "help_for",
    "helpers_at",
    "latest_about",
    "latest_for",
    "latest_letters",
    "marks_on",
    "missed_days",
    "missed_on",
    "note_weeks",
    "open_requests",
    "praise_since",
    "present_help",
    "register_days",
    "register_of",
    "signals",
    "signals_of",
    "with_attention",
]
