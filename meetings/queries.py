"""Queries for who else is invited at the same time, and whom no message reached."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet

from core.prepared import prepared
from meetings import messages
from meetings.models import Meeting, MeetingChild, MeetingInvitation
from meetings.reach import ties


def at_the_same_time(
    adult_ids: Collection[int], starts_at: datetime, ends_at: datetime, but: int | None = None
) -> list[tuple[Meeting, int]]:
    """Return other meetings that overlap, each with how many of these adults it invites."""
    rows = MeetingInvitation.objects.filter(
        adult_id__in=adult_ids,
        meeting__off_at=None,
        meeting__starts_at__lt=ends_at,
        meeting__ends_at__gt=starts_at,
    ).exclude(meeting=but)
    counts = dict(rows.values_list("meeting").annotate(adults=Count("pk")).order_by())
    found = Meeting.objects.filter(pk__in=counts).order_by("starts_at", "pk")
    return [(one, counts[one.pk]) for one in found]


def unreached(
    meetings: Sequence[Meeting], about: Iterable[tuple[int, int]], on: date
) -> dict[int, set[int]]:
    """Return {meeting id: ids of its children whose adults were not reached}.

    None of their adults has answered or got a message, or may still get one. `about`: ids of meeting and
    child. The number of queries does not depend on that of meetings.
    """
    by_key = {one.pk: one for one in meetings}
    open_: dict[int, set[int]] = {pk: set() for pk in by_key}
    for meeting_id, student_id in about:
        open_[meeting_id].add(student_id)
    held: dict[int, set[int]] = {}
    for adult_id, student_id in _ties(student_ids=set().union(*open_.values()), on=on):
        held.setdefault(adult_id, set()).add(student_id)
    rows = _invited(meeting_ids=by_key, adult_ids=held)
    through = messages.ways_through({row.pk: by_key[row.meeting_id].moves for row in rows})
    for row in rows:
        if row.reply_now(by_key[row.meeting_id]) or row.pk in through:
            open_[row.meeting_id] -= held[row.adult_id]
    return open_


@prepared
def _ties(*, student_ids, on) -> QuerySet[Any]:
    rows = ties(on).filter(student_id__in=student_ids)
    return rows.order_by().values_list("adult_id", "student_id")


@prepared
def _invited(*, meeting_ids, adult_ids) -> QuerySet[MeetingInvitation]:
    return MeetingInvitation.objects.filter(meeting_id__in=meeting_ids, adult_id__in=adult_ids)


def classes_of(meeting_ids: Collection[int]) -> dict[int, list[int]]:
    """Return {meeting id: ids of the classes that it invites}, as they were when it was made; one query."""
    rows = MeetingChild.objects.filter(meeting_id__in=meeting_ids).order_by("school_class_id")
    found: dict[int, list[int]] = {}
    for meeting_id, class_id in rows.values_list("meeting_id", "school_class_id").distinct():
        found.setdefault(meeting_id, []).append(class_id)
    return found
