from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDate, TruncMinute

from accounts.models import AccessRecord
from accounts.prepared import prepared


@dataclass(frozen=True)
class Reader:
    """Somebody who opened one child's file: how often, and when last."""

    name: str
    times: int
    last_at: datetime


def readers_of(student_id: int, since_at: datetime) -> list[Reader]:
    """Who read the file since then, latest first."""
    rows = _reads(student_id=student_id, since_at=since_at)
    return [Reader(row["user__name"], row["times"], row["last_at"]) for row in rows]


@prepared
def _reads(*, student_id, since_at) -> QuerySet[Any]:
    rows = AccessRecord.objects.filter(student_id=student_id, at__gte=since_at)
    each = rows.values("user_id", "user__name").annotate(times=Count("pk"), last_at=Max("at"))
    return each.order_by("-last_at")


@dataclass(frozen=True)
class DayRead:
    user_id: int
    name: str
    on: date


def days_read(
    student_id: int, since_at: datetime, zone: ZoneInfo, *, without: Sequence[str] = ()
) -> list[DayRead]:
    """Who read the file on which day (in `zone`), latest first; once for each day and person.

    Left out are reads whose `what` begins with one of `without`.
    """
    rows = AccessRecord.objects.filter(student_id=student_id, at__gte=since_at)
    for start in without:
        rows = rows.exclude(what__startswith=start)
    rows = rows.annotate(on=TruncDate("at", tzinfo=zone)).order_by("-on", "user__name", "user_id")
    found = rows.values_list("user_id", "user__name", "on").distinct()
    return [DayRead(*row) for row in found]


def latest_reads(student_id: int, marks: Iterable[str], limit: int) -> list[AccessRecord]:
    """Who opened things of one child's file whose mark (`what`) begins so, latest first. What the same person
    opened again within the same minute is one: a player asks for a recording in many parts.
    """
    begun = reduce(or_, (Q(what__startswith=mark) for mark in marks))
    rows = AccessRecord.objects.filter(begun, student_id=student_id)
    openings = rows.values("user_id", "what", minute=TruncMinute("at")).annotate(last=Max("pk"))
    shown = openings.order_by("-minute", "-last").values_list("last", flat=True)[:limit]
    found = AccessRecord.objects.filter(pk__in=list(shown)).select_related("user")
    return list(found.order_by("-at", "-pk"))
