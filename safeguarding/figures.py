"""What a principal may know of concerns: how many wait and how long, never about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import User
from core.prepared import Question, prepared
from safeguarding.models import Concern, ConcernEntry
from schools.models import School
from students.policies import unbarred


@dataclass(frozen=True)
class Waits:
    count: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """Counts of open concerns: all, those that need an adult now, those that nobody has taken."""

    open: Waits
    now: Waits
    not_taken: Waits


def waiting_in(school: School, viewer: User) -> Waiting:
    """Count open concerns of a school, without children from whose file `viewer` is barred.

    No count may give away what is kept from them.
    """
    found = _waiting(user=viewer, school_id=school.pk)
    if not found:
        return Waiting(Waits(0, None), Waits(0, None), Waits(0, None))
    counts, since = found[0][:3], found[0][3:]
    return Waiting(*map(Waits, counts, since))


def waiting_question(school: School, viewer: User) -> Question:
    """Return the query behind `waiting_in`."""
    return _waiting.question(user=viewer, school_id=school.pk)


@prepared
def _waiting(*, user, school_id) -> QuerySet[Any]:
    """Return one row in the order of Waiting: the counts, then the earliest times; no row if none is open."""
    kinds = (Q(), Concern.needing_adult_now(), Q(acknowledged_at=None))
    counts = {f"count_{n}": Count("pk", filter=which) for n, which in enumerate(kinds)}
    since = {f"since_{n}": Min("opened_at", filter=which) for n, which in enumerate(kinds)}
    rows = Concern.objects.filter(unbarred(user, "student_id"), school_id=school_id, closed_at=None)
    of_school = rows.order_by().values("school_id").annotate(**counts, **since)
    return of_school.values_list(*counts, *since)


def children_waiting_in(
    school: School, at: datetime, without: Sequence[int] = ()
) -> list[datetime]:
    """Return, for each child with a concern open at `at`, when its oldest one began; leave out `without`."""
    rows = Concern.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=at), school=school, opened_at__lte=at
    )
    oldest = rows.exclude(student_id__in=without).order_by().values("student")
    return list(oldest.annotate(since=Min("opened_at")).values_list("since", flat=True))


def first_looks(
    school: School, since: datetime, until: datetime, without: Sequence[int] = ()
) -> list[timedelta]:
    """Return how long each concern opened between the two instants waited for its first adult.

    Handing it over later does not change that. A concern that nobody took counts until it was closed, else
    until `until`. Children in `without` are left out.
    """
    found = _first_looks(school_id=school.pk, since=since, until=until, without=list(without))
    return [(taken or closed or until) - opened for opened, taken, closed in found]


@prepared
def _first_looks(*, school_id, since, until, without) -> QuerySet[Any]:
    rows = Concern.objects.filter(school_id=school_id, opened_at__gte=since, opened_at__lte=until)
    rows = rows.exclude(student_id__in=without).annotate(
        taken_at=Min("entries__at", filter=Q(entries__kind=ConcernEntry.Kind.ACKNOWLEDGED))
    )
    return rows.values_list("opened_at", "taken_at", "closed_at")
