"""Queries for what a family may see, and for adults whom the school may message."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet

from classroom.models import FamilyRequest, Letter, Observation
from classroom.queries.observing import for_families
from core.prepared import Question, joined, prepared
from guardians.models import Guardianship
from guardians.queries import (
    has_usable_way,
    informed_guardianships,
    is_informed,
    may_be_asked,
)


def good_news(student_ids: Collection[int], since_at: datetime) -> dict[int, list[Observation]]:
    """Return good news for the family by child, latest first; one query."""
    found: dict[int, list[Observation]] = defaultdict(list)
    for row in _good_news(student_ids=student_ids, since_at=since_at):
        found[row.student_id].append(row)
    return dict(found)


@prepared
def _good_news(*, student_ids, since_at) -> QuerySet[Observation]:
    rows = for_families().filter(student_id__in=student_ids, happened_at__gte=since_at)
    return joined(rows, "written_by__name").order_by("-happened_at", "-pk")


def latest_letters(student_ids: Collection[int]) -> dict[int, Letter]:
    """Return the last sent letter by child; one query."""
    return {row.student_id: row for row in _letters(student_ids=student_ids)}


@prepared
def _letters(*, student_ids) -> QuerySet[Letter]:
    rows = Letter.objects.filter(student_id__in=student_ids, sent_at__isnull=False)
    latest = rows.order_by("student_id", "-sent_at", "-pk").distinct("student_id")
    return joined(latest, "written_by__name")


def open_requests(adult_ids: Collection[int], on: date) -> list[FamilyRequest]:
    """Return the school's open requests to these adults, unanswered first, then by due day.

    Leave out children whom the adult may not know about, or no longer.
    """
    return _open_requests(adult_ids=adult_ids, on=on)


def questions(
    student_ids: Collection[int], adult_ids: Collection[int], since: datetime, on: date
) -> list[Question]:
    """Return the prepared queries that `good_news`, `latest_letters` and `open_requests` run first.

    For requests it is only a first look, because few families have an open one.
    """
    return [
        _good_news.question(student_ids=student_ids, since_at=since),
        _letters.question(student_ids=student_ids),
        _open_requests.first_look(adult_ids=adult_ids, on=on),
    ]


@prepared
def _open_requests(*, adult_ids, on) -> QuerySet[FamilyRequest]:
    rows = FamilyRequest.objects.filter(
        is_informed(on), adult_id__in=adult_ids, adult__blocked_at=None, closed_at=None
    )
    rows = joined(rows, "student__name", "asked_by__name")
    return rows.order_by("answered_at", "due_on", "pk")


def adults_to_tell(student_ids: Collection[int], on: date) -> QuerySet[Guardianship]:
    """Return adults around these children who may hear how they are and to whom the school may write.

    Annotated with `works`: whether we have a usable contact for them.
    """
    return (
        informed_guardianships(on)
        .filter(may_be_asked(), student_id__in=student_ids)
        .select_related("adult")
        .annotate(works=has_usable_way("adult_id"))
        .order_by("priority", "pk")
    )
