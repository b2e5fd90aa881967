"""People in the neighbourhood who are on record for a child, and those of them who may be asked now."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from core.prepared import Question, prepared
from guardians.models import Adult, Guardianship
from guardians.nearby.models import NearbyAdult
from guardians.nearby.rules import Missing, missing
from guardians.queries import is_blocked_somewhere, may_be_asked, ties_of_row
from students.barriers import barriers_in_force


def on_record(student_id: int) -> list[NearbyAdult]:
    """Return the people near by in the order in which they are asked, including those who do
    not count yet.
    """
    return list(_on_record(student_id=student_id))


def record_questions(student_id: int) -> list[Question]:
    """Return the queries that `on_record` makes."""
    return [_on_record.question(student_id=student_id)]


@prepared
def _on_record(*, student_id) -> QuerySet[NearbyAdult]:
    """Annotate `relation`: the person's relation in the latest guardianship, or None."""
    ties = Guardianship.objects.filter(
        student_id=OuterRef("student_id"), adult_id=OuterRef("adult_id")
    )
    latest = ties.order_by("-starts_on", "-pk").values("relation")[:1]
    rows = NearbyAdult.objects.filter(fits(), student_id=student_id, ended_at=None)
    rows = rows.annotate(relation=Subquery(latest))
    return rows.select_related("adult", "agreed_by").order_by("rank", "pk")


def missing_of(row: NearbyAdult) -> tuple[Missing, ...]:
    """Return what is still missing.

    An agreement no longer counts if the parent who gave it has since been blocked.
    """
    is_agreed = row.agreed_at is not None and not (row.agreed_by and row.agreed_by.is_blocked)
    return missing(
        is_agreed=is_agreed,
        child_wants=row.child_wants,
        is_told=row.village_told_on is not None,
    )


def fits() -> Q:
    """Match rows whose adult may be near the child at all: not blocked, in touch, and not barred from the
    child's file as a member of staff.
    """
    barred = barriers_in_force(OuterRef("student_id")).filter(user_id=OuterRef("adult__user_id"))
    return Q(~Exists(barred), ~is_blocked_somewhere(), adult__blocked_at=None) & Q(
        adult__condition=Adult.Condition.IN_TOUCH
    )


def people_that_count(on: date) -> QuerySet[NearbyAdult]:
    """Return rows whose adult may be asked that day to come to the child, in the order in which they are
    asked.
    """
    complete = Q(
        agreed_at__isnull=False, child_wants=True, village_told_on__isnull=False, ended_at=None
    )
    agreed = Q(agreed_by=None) | Q(agreed_by__blocked_at=None)
    rows = NearbyAdult.objects.filter(
        complete, agreed, fits(), may_be_asked(), Exists(ties_of_row(on))
    )
    return rows.select_related("adult").order_by("rank", "pk")


def counts_of(student_ids: Collection[int], on: date) -> dict[int, list[NearbyAdult]]:
    """Return child → the people who may be asked for it that day; one query for any number of children."""
    found: dict[int, list[NearbyAdult]] = {}
    for row in people_that_count(on).filter(student_id__in=student_ids):
        found.setdefault(row.student_id, []).append(row)
    return found


def unfinished(student_ids: Collection[int]) -> list[Any]:
    """Return (child, its name) for children with somebody on record who does not count yet."""
    return list(_unfinished(student_ids=student_ids))


def unfinished_questions(student_ids: Collection[int]) -> list[Question]:
    """Return the first look at whether `unfinished` has any rows."""
    return [_unfinished.first_look(student_ids=student_ids)]


@prepared
def _unfinished(*, student_ids) -> QuerySet[Any]:
    open_steps = Q(agreed_at=None) | Q(child_asked_on=None) | Q(village_told_on=None)
    rows = NearbyAdult.objects.filter(
        open_steps, fits(), student_id__in=student_ids, ended_at=None
    ).exclude(child_wants=False)
    return (
        rows.order_by("student__name_pinyin", "student_id")
        .values_list("student_id", "student__name", "added_at")
        .distinct()
    )
