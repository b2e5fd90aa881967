from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from itertools import takewhile
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Max, Q, QuerySet, When
from django.db.models.functions import TruncDate, TruncMinute

from accounts.models import AccessRecord, CredentialEvent, User
from core.prepared import Question, prepared


@dataclass(frozen=True)
class Reader:
    """Somebody who opened one child's file: how often, and when last."""

    name: str
    times: int
    last_at: datetime


# The beginnings of `what` in records of reading a concern or a case, including a brief of the shared queue.
OF_A_CASE = ("concern", "case", "accepted")


def readers_of(
    student_id: int,
    since_at: datetime,
    *,
    may_be_told: Callable[[set[int]], Collection[int]],
    hidden: Collection[int] = (),
) -> list[Reader]:
    """Return who has read the file since then, latest first, except those `hidden` from the viewer.

    If somebody opened a concern or a case, `may_be_told` gets these readers and returns which of them the
    viewer may see.
    """
    rows = _reads(student_id=student_id, since_at=since_at)
    asked = {row["user_id"] for row in rows if row["is_of_case"]}
    told = may_be_told(asked) if asked else ()
    found: dict[int, Reader] = {}
    for row in rows:
        if row["user_id"] not in hidden and (not row["is_of_case"] or row["user_id"] in told):
            before = found.get(row["user_id"])
            times, last_at = (before.times, before.last_at) if before else (0, row["last_at"])
            found[row["user_id"]] = Reader(row["user__name"], times + row["times"], last_at)
    return list(found.values())


def reader_questions(student_id: int, since_at: datetime) -> list[Question]:
    """Return the query that `readers_of` makes."""
    return [_reads.question(student_id=student_id, since_at=since_at)]


@prepared
def _reads(*, student_id, since_at) -> QuerySet[Any]:
    rows = AccessRecord.objects.filter(student_id=student_id, at__gte=since_at)
    begun = reduce(or_, (Q(what__startswith=start) for start in OF_A_CASE))
    rows = rows.annotate(is_of_case=Case(When(begun, then=True), default=False))
    each = rows.values("user_id", "user__name", "is_of_case")
    return each.annotate(times=Count("pk"), last_at=Max("at")).order_by("-last_at")


@dataclass(frozen=True)
class DayRead:
    user_id: int
    name: str
    on: date


def days_read(
    student_id: int, since_at: datetime, zone: ZoneInfo, *, without: Sequence[str] = ()
) -> list[DayRead]:
    """Return who read the file on which day (in `zone`), latest first; once for each day and person.

    Leaves out reads whose `what` begins with one of `without`.
    """
    rows = AccessRecord.objects.filter(student_id=student_id, at__gte=since_at)
    for start in without:
        rows = rows.exclude(what__startswith=start)
    rows = rows.annotate(on=TruncDate("at", tzinfo=zone)).order_by("-on", "user__name", "user_id")
    found = rows.values_list("user_id", "user__name", "on").distinct()
    return [DayRead(*row) for row in found]


def latest_reads(
    student_id: int, marks: Iterable[str], limit: int, *, besides: int
) -> list[AccessRecord]:
    """Return who, apart from the user `besides`, opened items of one child's file whose `what` begins with
    one of `marks`, latest first.

    Reads by the same person within the same minute count once: a player requests a recording in parts.
    """
    rows = _reads_marked(student_id, marks).exclude(user_id=besides)
    openings = rows.values("user_id", "what", minute=TruncMinute("at")).annotate(last=Max("pk"))
    shown = openings.order_by("-minute", "-last").values_list("last", flat=True)[:limit]
    found = AccessRecord.objects.filter(pk__in=list(shown)).select_related("user")
    return list(found.order_by("-at", "-pk"))


def own_reads(student_id: int, marks: Iterable[str], user_id: int) -> tuple[int, datetime | None]:
    """Return how often this user opened such items, and when last."""
    rows = _reads_marked(student_id, marks).filter(user_id=user_id)
    found = rows.aggregate(times=Count("pk"), last=Max("at"))
    return found["times"], found["last"]


def _reads_marked(student_id: int, marks: Iterable[str]) -> QuerySet[AccessRecord]:
    begun = reduce(or_, (Q(what__startswith=mark) for mark in marks))
    return AccessRecord.objects.filter(begun, student_id=student_id)


EVENTS_SHOWN = 20  # of the user's own account


def credential_events_of(user: User) -> list[CredentialEvent]:
    """Return the latest events of this account, latest first, for its owner."""
    rows = CredentialEvent.objects.filter(user=user).select_related("by")
    return list(rows.order_by("-number")[:EVENTS_SHOWN])


def credential_events_since(since_at: datetime) -> list[CredentialEvent]:
    """Return events, latest first, in the order of the chain, whose numbers increase with time."""
    rows = CredentialEvent.objects.filter(chain=CredentialEvent.CHAIN).select_related("user")
    latest = rows.order_by("-number").iterator(chunk_size=200)
    return list(takewhile(lambda event: event.at >= since_at, latest))


def ways_before(events: Sequence[CredentialEvent]) -> dict[int, dict[str, str]]:
    """Return, by event, {"phone": …, "email": …} as before it, from the account's history; for the event that
    made the account, as it was made.

    One query for any number of events.
    """
    history = User.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj_id__in={event.user_id for event in events}
    )
    written: dict[int, list[tuple]] = {}
    for pk, *row in history.order_by("pgh_id").values_list(
        "pgh_obj_id", "pgh_created_at", "phone", "email"
    ):
        written.setdefault(pk, []).append(tuple(row))
    ways = {}
    for event in events:
        rows = written.get(event.user_id, [])
        before = [row for row in rows if row[0] < event.at] or rows[:1]
        _at, phone, email = before[-1] if before else (None, event.user.phone, event.user.email)
        ways[event.pk] = {"phone": phone, "email": email}
    return ways
