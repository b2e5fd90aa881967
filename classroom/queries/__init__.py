"""Reads about what teachers see and do. Callers pass in what the policies gave them."""

from classroom.queries.attendance import absences_of, marks_on, register_of, signals
from classroom.queries.family import (
    adults_to_tell,
    good_news,
    latest_letters,
    open_requests,
)
from classroom.queries.homework import help_for, helpers_at, missed_on
from classroom.queries.observing import (
    attention_of,
    correctable_by,
    latest_about,
    latest_for,
    note_weeks,
    with_attention,
)

__all__ = [
    "absences_of",
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
    "missed_on",
    "note_weeks",
    "open_requests",
    "register_of",
    "signals",
    "with_attention",
]
