"""How often families start a conversation: a figure of the school; nothing here counts teachers."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from schools.models import School
from threads.models import ThreadMessage


@dataclass(frozen=True)
class VoiceBalance:
    """Of all exchanges of a month, how many the family began (product.md C8)."""

    begun_by_family: int
    all: int

    @property
    def percent(self) -> int | None:
        """None where nobody wrote: that is not zero."""
        return round(100 * self.begun_by_family / self.all) if self.all else None


def voice_balance(school: School, month: date) -> VoiceBalance:
    """Return the balance of the month around `month`, by the school's clock; one query by an index."""
    zone = ZoneInfo(school.time_zone)
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    rows = ThreadMessage.objects.filter(
        school=school,
        opens_exchange=True,
        at__gte=datetime.combine(first, time(), zone),
        at__lt=datetime.combine(after, time(), zone),
    )
    found = rows.aggregate(all=Count("pk"), family=Count("pk", filter=Q(adult__isnull=False)))
    return VoiceBalance(found["family"], found["all"])
