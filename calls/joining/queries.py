"""What is known about a call while Jiaqiao joins it."""

from datetime import timedelta
from uuid import UUID

from calls.joining import rules, telephone
from calls.models import CallSlot
from delivery.models import VoiceEvent
from delivery.voice.rules import FIRST, KEY


def is_followed(slot: CallSlot) -> bool:
    """Return whether another call needs this phone right after this one."""
    over = slot.ends_at + timedelta(minutes=rules.SET_UP_MINUTES)
    rows = CallSlot.objects.filter(place=slot.place_id, state=CallSlot.State.BOOKED)
    return rows.filter(starts_at__gte=slot.ends_at, starts_at__lt=over).exists()


def child_came(call: UUID) -> bool:
    """Return whether somebody at the child's phone has pressed "now". `call` is the key of the message."""
    return VoiceEvent.objects.filter(
        call__idempotency_key=call,
        leg=FIRST,
        kind=KEY,
        step__in=telephone.CHOOSING,
        digit=telephone.NOW,
    ).exists()
