"""Children who are connected: a talk of the last seven local dates is known, and perhaps confirmed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from guardians.clock.rules import CONFIRMS_WITHIN_DAYS
from guardians.models import Contact
from guardians.queries import parents_away
from guardians.rules import connected_since
from students.models import Student


@dataclass(frozen=True)
class Connection:
    """Counts of children with a parent away, of those among them who are connected (`rules.is_connected`),
    and of those whose connection somebody confirms besides the side that reported it.
    """

    away: int
    talked: int
    confirmed: int


def connection_from(rows: Iterable[tuple[bool, bool]]) -> Connection:
    """Count rows of `away_with_talks`."""
    said = list(rows)
    return Connection(
        away=len(said),
        talked=sum(talks for talks, _confirmed in said),
        confirmed=sum(confirmed for _talks, confirmed in said),
    )


def away_with_talks(students: QuerySet[Student], on: date) -> QuerySet[Any]:
    """Return, for each child with a parent away, whether it is connected and whether that is confirmed."""
    away = students.filter(pk__in=parents_away(on).values("student_id"))
    return away.annotate(
        talks=Exists(_talks_of_week(on, "pk")), confirmed=confirmed_this_week(on)
    ).values_list("talks", "confirmed")


def _talks_of_week(on: date, student_ref: str) -> QuerySet[Contact]:
    return Contact.objects.filter(
        student_id=OuterRef(student_ref),
        retracted_at=None,
        happened_on__gte=connected_since(on),
        happened_on__lte=on,
    )


def confirmed_this_week(on: date, student_ref: str = "pk") -> Exists:
    """Annotate whether the child has a talk that makes it connected and is confirmed (clock.rules.told_by):
    the school saw it, Jiaqiao connected the call, or both sides report it.
    """
    said = Contact.ReportedBy
    sure = [said.STAFF, said.LINE]
    home = [said.CARER, said.CHILD, *sure]
    return Exists(
        _talks_of_week(on, student_ref).filter(
            Q(reported_by__in=sure)
            | Q(reported_by=said.PARENT) & Exists(_same_talk_by(home))
            | Q(reported_by__in=home) & Exists(_same_talk_by([said.PARENT]))
        )
    )


def _same_talk_by(sayers: Sequence[str]) -> QuerySet[Contact]:
    near = timedelta(days=CONFIRMS_WITHIN_DAYS)
    # Cast to dates: under row-level security PostgreSQL uses no index to compare a date with a timestamp.
    first = Cast(OuterRef("happened_on") - near, DateField())
    last = Cast(OuterRef("happened_on") + near, DateField())
    return Contact.objects.filter(
        student_id=OuterRef("student_id"),
        adult_id=OuterRef("adult_id"),
        reported_by__in=sayers,
        retracted_at=None,
        happened_on__gte=first,
        happened_on__lte=last,
    )
