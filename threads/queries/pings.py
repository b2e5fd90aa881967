"""Queries for pings about new messages."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from delivery.models import OutboxMessage
from guardians.models import Adult
from threads.models import Sighting, Thread, ThreadMessage

State = OutboxMessage.State
PING_WAITS = (State.DUE, State.CLAIMED, State.RETRY)
LATEST = 60  # messages of a thread whose pings we read; older pings were sent long ago


def pings(
    thread: Thread, *, adult: Adult | None = None, user: User | None = None
) -> QuerySet[OutboxMessage]:
    """Return pings to one adult or member of staff, newest first. An index covers their keys."""
    whom = f"a{adult.pk}" if adult else f"u{user.pk if user else 0}"
    latest = ThreadMessage.objects.filter(thread=thread).order_by("-at", "-pk")[:LATEST]
    keys = [f"thread:{pk}:{whom}" for pk in latest.values_list("pk", flat=True)]
    return OutboxMessage.objects.filter(dedupe_key__in=keys).order_by("-created_at", "-pk")


def waiting_pings(thread: Thread, **whom: Any) -> QuerySet[OutboxMessage]:
    return pings(thread, **whom).filter(state__in=PING_WAITS)


def last_ping(thread: Thread, **whom: Any) -> OutboxMessage | None:
    """Return the latest ping that was not cancelled."""
    return pings(thread, **whom).exclude(state=State.SUPPRESSED).first()


def unseen_since(ping: OutboxMessage | None, thread: Thread, **whom: Any) -> datetime | None:
    """Return when the latest ping was due to be sent; None without one, or if its reader has looked since."""
    if ping is None:
        return None
    sent_at = ping.sending_at or ping.due_at
    looked = Sighting.objects.filter(message__thread=thread, seen_at__gte=sent_at, **whom)
    return None if looked.exists() else sent_at
