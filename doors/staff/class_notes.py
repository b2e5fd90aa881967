"""The class list as notes: when staff last noted, praised or told the family, and counted facts.

It shows figures about children, never about teachers.
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from classroom.presenters import ago
from classroom.queries import attention_of, signals_of
from classroom.rules import ATTENTION_DAYS, GOOD_NEWS_DAYS, is_owed
from schools.policies import Viewer
from students.models import Student


@dataclass(frozen=True)
class NoteRow:
    pk: int
    name: str
    class_name: str
    seen: str
    praised: str
    told: str
    is_unseen: bool
    is_owed: bool
    facts: tuple[str, ...]


def rows_of(students: QuerySet[Student], viewer: Viewer) -> list[NoteRow]:
    """Return rows for `students` (from queries.with_class), sorted by pinyin."""
    if viewer.school is None:
        return []
    found = attention_of(students)
    facts = signals_of([one["pk"] for one in found], viewer.on)
    zone = viewer.school.time_zone
    rows = []
    for one in found:
        rows.append(
            NoteRow(
                pk=one["pk"],
                name=one["name"],
                class_name=one["class_name"],
                seen=ago(one["seen_at"], viewer.at, zone),
                praised=ago(one["praised_at"], viewer.at, zone),
                told=ago(one["told_at"], viewer.at, zone),
                is_unseen=is_owed(one["seen_at"], viewer.at, ATTENTION_DAYS),
                is_owed=is_owed(one["told_at"], viewer.at, GOOD_NEWS_DAYS),
                facts=tuple(facts.get(one["pk"], [])),
            )
        )
    return rows
