"""What a principal may know of concerns: how many wait and how long, never about whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from counselling.models import Concern
from schools.models import School


@dataclass(frozen=True)
class Waiting:
    open: int
    oldest_at: datetime | None
    unacknowledged: int
    oldest_unacknowledged_at: datetime | None


def waiting_in(school: School) -> Waiting:
    nobody_yet = Q(acknowledged_at=None)
    return Waiting(
        **Concern.objects.filter(school=school, closed_at=None).aggregate(
            open=Count("pk"),
            oldest_at=Min("opened_at"),
            unacknowledged=Count("pk", filter=nobody_yet),
            oldest_unacknowledged_at=Min("opened_at", filter=nobody_yet),
        )
    )
