from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from core.prepared import Question, prepared
from messaging.models import FollowUp
from schools.models import School


@dataclass(frozen=True)
class OpenFollowUps:
    count: int
    oldest_at: datetime | None


def open_follow_ups_in(school: School) -> OpenFollowUps:
    """Return how many families a teacher of this school still has to reach, and since when."""
    found = _open_follow_ups(school_id=school.pk)
    return OpenFollowUps(*found[0]) if found else OpenFollowUps(0, None)


def follow_ups_question(school: School) -> Question:
    """Return the query that `open_follow_ups_in` runs."""
    return _open_follow_ups.question(school_id=school.pk)


@prepared
def _open_follow_ups(*, school_id) -> QuerySet[Any]:
    rows = FollowUp.objects.filter(school_id=school_id, done_at=None).order_by()
    counted = rows.values("school_id").annotate(count=Count("pk"), oldest_at=Min("opened_at"))
    return counted.values_list("count", "oldest_at")
