"""Lists everything that currently keeps messages from being sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, Subquery

from delivery import rules
from delivery.models import ChannelAccount, OutboxMessage, Trouble
from delivery.queries.operation import could_go
from delivery.queries.sending import UNSENT_DAYS, refused_lately

Kind = Trouble.Kind


@dataclass(frozen=True)
class Seen:
    """A trouble at this moment. `detail` is a count or the account, never a person."""

    subject: str
    kind: str
    school_id: int | None
    began_at: datetime
    detail: str = ""


def troubles_now(at: datetime) -> Iterator[Seen]:
    """Yield troubles, except those of demo schools, because nobody waits for a demo school's messages."""
    waiting = could_go(at, rules.TROUBLE_LATE_MINUTES).exclude(school__is_demo=True)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("due_at"))
    if found["count"]:
        yield Seen("late", Kind.LATE, None, found["oldest"], str(found["count"]))
    # Accounts that have rested at least once since they last worked, or send nothing of some kind.
    refused = refused_lately(at - timedelta(days=UNSENT_DAYS))
    refused = refused.filter(school=OuterRef("school"), account=OuterRef("pk")).order_by("due_at")
    accounts = ChannelAccount.objects.filter(is_enabled=True, school__is_demo=False)
    accounts = accounts.annotate(refused_at=Subquery(refused.values("finished_at")[:1]))
    accounts = accounts.filter(Q(health__trips__gt=0) | Q(refused_at__isnull=False))
    for account in accounts.select_related("health"):
        health = getattr(account, "health", None)
        began_at = account.refused_at or at
        if health is not None and health.trips:
            began_at = health.last_success_at or health.last_failure_at or at
        subject, label = f"account:{account.pk}", account.label[:200]
        yield Seen(subject, Kind.PROVIDER, account.school_id, began_at, label)
    old = at - timedelta(minutes=rules.TROUBLE_UNKNOWN_MINUTES)
    unknown = OutboxMessage.objects.filter(
        state=OutboxMessage.State.UNKNOWN, finished_at__lte=old, school__is_demo=False
    )
    counted = unknown.values("school_id").annotate(count=Count("pk"), oldest=Min("finished_at"))
    for row in counted.order_by("school_id"):
        pk = row["school_id"]
        yield Seen(f"unknown:{pk}", Kind.UNKNOWN, pk, row["oldest"], str(row["count"]))
