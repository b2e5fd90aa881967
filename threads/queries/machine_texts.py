"""What machines made of messages, and what is still waiting for them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from messaging.models import Answer, Reply
from threads.models import MachineText, Sighting, ThreadMessage
from threads.rules import EAR_FIRST_HOURS


def needs_ear() -> Q:
    """Match texts made from a voice that a person must hear first.

    Its speaker called for help less than a day before or after it, and nobody at the school has played it
    yet.
    """
    near = timedelta(hours=EAR_FIRST_HOURS)
    around = (OuterRef("message__at") - near, OuterRef("message__at") + near)
    words = ThreadMessage.objects.filter(
        calls_for_help=True, adult_id=OuterRef("message__adult_id"), at__range=around
    )
    replies = Reply.objects.filter(
        answer=Answer.NEED_HELP,
        line__check_in__adult_id=OuterRef("message__adult_id"),
        at__range=around,
    )
    heard = Sighting.objects.filter(
        message_id=OuterRef("message_id"), user__isnull=False, heard_at__isnull=False
    )
    has_called = Q(Exists(words)) | Q(Exists(replies))
    return Q(voice__isnull=False) & has_called & ~Q(Exists(heard))


def machine_texts_due(kinds: Collection[str], at: datetime) -> QuerySet[MachineText]:
    rows = MachineText.objects.filter(~needs_ear(), kind__in=kinds, next_at__lte=at)
    rows = rows.select_related("voice", "message__adult", "message__user", "message__thread__owner")
    return rows.order_by("next_at", "pk")


def machine_texts_of(messages: Collection[int]) -> dict[int, list[MachineText]]:
    """Return machine texts by message. `waits_for_ear` tells whether a person must listen first."""
    rows = MachineText.objects.filter(message__in=messages).annotate(waits_for_ear=needs_ear())
    found: dict[int, list[MachineText]] = {}
    for one in rows.order_by("pk"):
        found.setdefault(one.message_id, []).append(one)
    return found
