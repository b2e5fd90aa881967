"""What a principal may know of concerns: how many wait and how long, never about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, Min, Q

from accounts.models import User
from safeguarding.models import Concern, ConcernEntry
from schools.models import School
from students.policies import unbarred


@dataclass(frozen=True)
class Waits:
    count: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """Open concerns: all, those that need an adult now, those that nobody has taken on."""

    open: Waits
    now: Waits
    not_taken: Waits


def waiting_in(school: School, viewer: User) -> Waiting:
    """Without children from whose file `viewer` is barred: no count tells of what is kept from them."""
    kinds = {
        "open": Q(),
        "now": Concern.needing_adult_now(),
        "not_taken": Q(acknowledged_at=None),
    }
    sums: dict[str, Aggregate] = {}
    for kind, which in kinds.items():
        sums[f"{kind}_count"] = Count("pk", filter=which)
        sums[f"{kind}_since"] = Min("opened_at", filter=which)
    rows = Concern.objects.filter(
        unbarred(viewer, "student_id"), school=school, closed_at=None
    ).aggregate(**sums)
    return Waiting(**{one: Waits(rows[f"{one}_count"], rows[f"{one}_since"]) for one in kinds})


def children_waiting_in(
    school: School, at: datetime, without: Sequence[int] = ()
) -> list[datetime]:
    """Of each child with an open concern then, when its oldest one began; without these children."""
    rows = Concern.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=at), school=school, opened_at__lte=at
    )
    oldest = rows.exclude(student_id__in=without).order_by().values("student")
    return list(oldest.annotate(since=Min("opened_at")).values_list("since", flat=True))


def first_looks(
    school: School, since: datetime, until: datetime, without: Sequence[int] = ()
) -> list[timedelta]:
    """How long each concern opened between the two instants waited for its first adult, however often it was
    handed on since; without one until it was closed, or until `until`. Without these children.
    """
    rows = Concern.objects.filter(school=school, opened_at__gte=since, opened_at__lte=until)
    rows = rows.exclude(student_id__in=without).annotate(
        taken_at=Min("entries__at", filter=Q(entries__kind=ConcernEntry.Kind.ACKNOWLEDGED))
    )
    return [
        (taken or closed or until) - opened
        for opened, taken, closed in rows.values_list("opened_at", "taken_at", "closed_at")
    ]
