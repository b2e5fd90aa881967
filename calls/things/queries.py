"""Queries for the three things: a child's open ones, those waiting for a parent, and falling taps."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from calls.things import rules
from calls.things.models import ThreeThings
from calls.things.policies import things_shown
from core.prepared import Question, joined, prepared
from guardians.queries import last_ties
from students.models import Student


def open_of(student: Student, at: datetime) -> list[tuple[ThreeThings, str]]:
    """Return the child's open things, the latest for each parent, with the parent's relation. Two queries."""
    rows = things_shown(timezone.localdate(at), at).filter(student=student, over_at=None)
    rows = rows.select_related("answer_photo")
    latest = {row.adult_id: row for row in reversed(list(rows))}
    held = last_ties([(student.pk, adult_id) for adult_id in latest])
    return [
        (row, held[student.pk, adult_id].relation if (student.pk, adult_id) in held else "")
        for adult_id, row in latest.items()
    ]


@prepared
def waiting_for(*, adult_ids, student_ids, since) -> QuerySet[Any]:
    """Return what children want these adults to ask. The page checks again whether they may see it."""
    rows = ThreeThings.objects.filter(
        adult_id__in=adult_ids,
        student_id__in=student_ids,
        over_at=None,
        chosen_at__gte=since,
    )
    return joined(rows, "student__name")


def falling(children: Collection[int], at: datetime) -> list[ThreeThings]:
    """Return the latest tap of each child whose taps have been falling since somebody last asked.

    One query.
    """
    since = at - timedelta(days=rules.FALLING_DAYS)
    taps: dict[int, list[ThreeThings]] = {}
    for row in felt_of(children=list(children), since=since):
        taps.setdefault(row.student_id, []).append(row)
        if row.asked_at:
            taps[row.student_id] = []
    return [
        rows[-1]
        for rows in taps.values()
        if rules.is_falling([row.felt for row in rows if row.felt])
    ]


def falling_questions(children: Collection[int], at: datetime) -> list[Question]:
    """Return the prepared query that `falling` runs, for `ask_together`."""
    since = at - timedelta(days=rules.FALLING_DAYS)
    return [felt_of.question(children=list(children), since=since)]


@prepared
def felt_of(*, children, since) -> QuerySet[ThreeThings]:
    rows = ThreeThings.objects.filter(student_id__in=children, felt__isnull=False)
    rows = rows.filter(felt_at__gte=since)
    return joined(rows, "student__name").order_by("felt_at", "pk")
