"""How often families start a conversation. This is a figure of the school; nothing here counts teachers."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from core.prepared import Question, prepared
from schools.models import School
from threads.models import ThreadMessage

BALANCE_DAYS = timedelta(days=27)  # how far back to look; with today four weeks


@dataclass(frozen=True)
class VoiceBalance:
    """How many of the exchanges of the last four weeks the family began (product.md C8)."""

    begun_by_family: int
    all: int

    @property
    def percent(self) -> int | None:
        """Return the percentage; None if nobody wrote, which is not zero."""
        return round(100 * self.begun_by_family / self.all) if self.all else None


def voice_balance(school: School, on: date) -> VoiceBalance:
    """Return the balance of that day and the 27 before, in the school's time zone.

    A calendar month would say nothing on its first days. One query by an index.
    """
    found = _begun(**_of_weeks(school, on))
    return VoiceBalance(*found[0]) if found else VoiceBalance(0, 0)


def voice_question(school: School, on: date) -> Question:
    """Return the prepared query that `voice_balance` runs, for `ask_together`."""
    return _begun.question(**_of_weeks(school, on))


def _of_weeks(school: School, on: date) -> dict[str, Any]:
    zone = ZoneInfo(school.time_zone)
    return {
        "school_id": school.pk,
        "since": datetime.combine(on - BALANCE_DAYS, time(), zone),
        "before": datetime.combine(on + timedelta(days=1), time(), zone),
    }


@prepared
def _begun(*, school_id, since, before) -> QuerySet[Any]:
    rows = ThreadMessage.objects.filter(
        school_id=school_id, opens_exchange=True, at__gte=since, at__lt=before
    )
    counted = (
        rows.order_by()
        .values("school_id")
        .annotate(family=Count("pk", filter=Q(adult__isnull=False)), all=Count("pk"))
    )
    return counted.values_list("family", "all")
