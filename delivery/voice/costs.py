"""What calls cost: each is written down before it is placed, so that a school's limit holds.

Not in a transaction that is open while a request runs: a booking is one of its own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from core import clock
from delivery.channels.base import Account, Message, PermanentFailure, TemporaryFailure
from delivery.channels.models import ChannelAccount
from delivery.voice import rules
from delivery.voice.models import VoiceCall

FEN = 100  # of a yuan
UNLIMITED = ("concern", "nearby", "test")  # help that is needed now; one call of an administrator


@transaction.atomic
def book(message: Message, account: Account) -> bool:
    """Write the call down; False where it stands already, from an earlier try. Raises a Failure where the
    school's limit of this month is reached, or the number was rung a moment ago. An alert is never too dear.
    """
    # Two workers at once book one after the other, so that they do not spend the rest of a limit twice.
    ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk or 0)
    if VoiceCall.objects.filter(idempotency_key=message.key).exists():
        return False
    at, first = clock.now(), message.join.to if message.join else ""
    fen = price(account.config, message.join.minutes if message.join else 0)
    lately = at - timedelta(seconds=rules.NOT_AGAIN_SECONDS)
    numbers = [message.address, first] if first else [message.address]
    rung = VoiceCall.objects.filter(account=account.pk, placed_at__gt=lately)
    if rung.filter(Q(address__in=numbers) | Q(first_address__in=numbers)).exists():
        raise TemporaryFailure("call_soon", is_about_account=False)
    limit = None if message.kind in UNLIMITED else account.config.get("limit_yuan")
    if limit and spent(account.pk, at) + fen > int(limit) * FEN:
        raise PermanentFailure("cost_limit", is_about_address=False)
    VoiceCall.objects.create(
        school_id=message.school_id,
        account_id=account.pk,
        channel=account.kind,
        idempotency_key=message.key,
        kind=message.kind,
        adult_id=message.adult_id,
        user_id=message.user_id,
        address=message.address,
        first_address=first,
        fen=fen,
        placed_at=at,
    )
    return True


def price(config: Mapping[str, Any], joined_minutes: int) -> int:
    """Return the fen of a call: of one that joins two, both legs for each of its minutes."""
    return int(config.get("fen") or 0) * (2 * joined_minutes if joined_minutes else 1)


def come_down(call: VoiceCall, seconds: int) -> None:
    """A call that joins two is booked at the longest that it may last, and costs what it has lasted."""
    if call.account is not None:
        fen = price(call.account.config, max(1, ceil(seconds / 60)))
        VoiceCall.objects.filter(pk=call.pk, fen__gt=fen).update(fen=fen)


def take_back(message: Message) -> None:
    """Surely nothing was placed: it costs nothing."""
    VoiceCall.objects.filter(idempotency_key=message.key, events=None).delete()


def spent(account_pk: int | None, at: datetime) -> int:
    """Return the fen of the calls of this month, by the server's calendar."""
    begins = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    calls = VoiceCall.objects.filter(account=account_pk, placed_at__gte=begins)
    return calls.aggregate(fen=Sum("fen"))["fen"] or 0
