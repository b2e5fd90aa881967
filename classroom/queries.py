"""Reads of the classroom."""

from collections.abc import Collection
from datetime import datetime

from classroom.models import FamilyRequest, Letter, Observation


def good_news(
    student_ids: Collection[int], since_at: datetime
) -> dict[int, list[Observation]]:
    """child → what its family was told since then, latest first; one query for any number.

    Whatever bears a theme is left out, however it was marked: a family's page withholds it.
    """
    rows = (
        Observation.objects.filter(
            student_id__in=student_ids,
            tell_family=True,
            themes=[],
            retracted_at=None,
            happened_at__gte=since_at,
        )
        .exclude(strengths=[], words="")
        .select_related("written_by")
    )
    found: dict[int, list[Observation]] = {}
    for row in rows:
        found.setdefault(row.student_id, []).append(row)
    return found


def latest_letters(student_ids: Collection[int]) -> dict[int, Letter]:
    """child → the letter sent last; one query for any number."""
    rows = (
        Letter.objects.filter(student_id__in=student_ids, sent_at__isnull=False)
        .order_by("student_id", "-sent_at", "-pk")
        .distinct("student_id")
        .select_related("written_by")
    )
    return {row.student_id: row for row in rows}


def open_requests(adult_ids: Collection[int]) -> list[FamilyRequest]:
    """What the school asks these adults for and has not closed, first due first."""
    rows = FamilyRequest.objects.filter(adult_id__in=adult_ids, closed_at=None)
    return list(rows.select_related("student", "asked_by").order_by("due_on", "pk"))
