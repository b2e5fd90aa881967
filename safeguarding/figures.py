"""What a principal may know of concerns: how many wait and how long, never about whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from accounts.models import User
from safeguarding.models import Concern
from schools.models import School
from students.policies import unbarred


@dataclass(frozen=True)
class Waiting:
    open: int
    oldest_at: datetime | None
    unacknowledged: int
    oldest_unacknowledged_at: datetime | None


def waiting_in(school: School, viewer: User) -> Waiting:
    """Without children from whose file `viewer` is barred: no count tells of what is kept from them."""
    nobody_yet = Q(acknowledged_at=None)
    return Waiting(
        **Concern.objects.filter(
            unbarred(viewer, "student_id"), school=school, closed_at=None
        ).aggregate(
            open=Count("pk"),
            oldest_at=Min("opened_at"),
            unacknowledged=Count("pk", filter=nobody_yet),
            oldest_unacknowledged_at=Min("opened_at", filter=nobody_yet),
        )
    )
