from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from accounts.models import AccessRecord


@dataclass(frozen=True)
class Reader:
    """Somebody who opened one child's file: how often, and when last."""

    name: str
    times: int
    last_at: datetime


def readers_of(student_id: int, since_at: datetime) -> list[Reader]:
    """Who read the file since then, latest first."""
    rows = (
        AccessRecord.objects.filter(student_id=student_id, at__gte=since_at)
        .values("user_id", "user__name")
        .annotate(times=Count("pk"), last_at=Max("at"))
        .order_by("-last_at")
    )
    return [Reader(row["user__name"], row["times"], row["last_at"]) for row in rows]
