from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from messaging.models import FollowUp
from schools.models import School


@dataclass(frozen=True)
class OpenFollowUps:
    count: int
    oldest_at: datetime | None


def open_follow_ups_in(school: School) -> OpenFollowUps:
    """Families that a teacher of this school is asked to find."""
    rows = FollowUp.objects.filter(school=school, done_at=None)
    return OpenFollowUps(**rows.aggregate(count=Count("pk"), oldest_at=Min("opened_at")))
