"""Check notes about children that another system of the school sends, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from classroom.models import Observation
from classroom.rules import CLOCK_SLACK_MINUTES, LATE_DAYS
from students.models import Student

ID_LENGTH = 80  # characters of the system's own id for a note; a UUID has 36
WORDS_AT_MOST, PLACE_AT_MOST = 500, 40  # characters; the same as in Observation
SPACE = UUID("6f0b7a52-8a9e-4d0f-9b1c-2f6f5f0f7a11")  # namespace of our keys, generated once


@dataclass(frozen=True)
class ReportedNote:
    """A note from another system.

    `key` is derived from the system's own id and is the same for every token of the school. `seen` is
    passed on to `observe`.
    """

    key: UUID
    student: Student
    happened_at: datetime
    seen: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    row: int
    field: str
    words: str


def key_of_note(school_id: int, given: str) -> UUID:
    return uuid5(SPACE, f"{school_id}:{given}")


def problems_of(notes: Sequence[ReportedNote], at: datetime) -> list[Problem]:
    """Return the problems in these notes; empty if all of them may be saved."""
    known = {row.key: row for row in Observation.objects.filter(key__in=[one.key for one in notes])}
    first, last = at - timedelta(days=LATE_DAYS), at + timedelta(minutes=CLOCK_SLACK_MINUTES)
    problems, seen = [], set()
    for row, one in enumerate(notes):
        told = {"student_id": one.student.pk, "happened_at": one.happened_at} | one.seen
        if one.key in known and any(getattr(known[one.key], name) != told[name] for name in told):
            problems.append(Problem(row, "id", _("This id was used for another note.")))
        if one.key in seen:
            problems.append(Problem(row, "id", _("This note is in the list twice.")))
        if not first <= one.happened_at <= last:
            words = _("Send a note after the event, and within %(n)d days.")
            problems.append(Problem(row, "happened_at", words % {"n": LATE_DAYS}))
        seen.add(one.key)
    return problems
