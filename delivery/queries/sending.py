"""Whether anything keeps messages from going out, for the banner on staff pages."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from core.prepared import prepared
from delivery.models import OutboxMessage, SendingSwitch
from schools.models import School

ALERT_SLOW_AFTER_MINUTES = 5  # minutes; an alert that has not gone by then needs a phone call


def sending_is_stopped(school: School | None) -> bool:
    """Return whether sending is stopped for this school or for all."""
    if school is not None and school.sending_stopped_at is not None:
        return True
    return bool(_switched_off())


@prepared
def _switched_off() -> QuerySet[Any]:
    return SendingSwitch.objects.filter(stopped_at__isnull=False).values_list("pk")[:1]


def stopped_alerts(school: School, at: datetime) -> bool:
    """Return whether an alert to staff of this school has failed or waits too long."""
    State = OutboxMessage.State
    alerts = OutboxMessage.objects.filter(school=school, kind=OutboxMessage.Kind.CONCERN)
    slow = at - timedelta(minutes=ALERT_SLOW_AFTER_MINUTES)
    waiting = alerts.filter(
        state__in=[State.DUE, State.RETRY, State.CLAIMED], created_at__lte=slow, due_at__lte=at
    )
    lost = alerts.filter(
        state__in=[State.FAILED, State.UNKNOWN], created_at__gt=at - timedelta(days=1)
    )
    return waiting.exists() or lost.exists()
