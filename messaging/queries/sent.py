"""The outbox messages of questions: delivery knows a check-in only by its key."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from delivery.models import OutboxMessage


def sent_for(check_in_ids: Collection[int] | QuerySet[Any]) -> QuerySet[OutboxMessage]:
    """Every message of these check-ins, waiting ones too; `about_id` is the check-in's key."""
    return OutboxMessage.objects.filter(kind=OutboxMessage.Kind.CHECK_IN, about_id__in=check_in_ids)
