"""The outbox messages of questions. Delivery knows a check-in only by its key."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from delivery.models import OutboxMessage


def sent_for(check_in_ids: Collection[int] | QuerySet[Any]) -> QuerySet[OutboxMessage]:
    """Return every message of these check-ins, including waiting ones. `about_id` is the check-in's key."""
    return OutboxMessage.objects.filter(kind=OutboxMessage.Kind.CHECK_IN, about_id__in=check_in_ids)
