"""Books each call before it is placed, so that a school's cost limit holds.

Do not call this in a transaction that is open while a request runs: a booking is a transaction of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from core import clock
from delivery.channels.base import Account, Message, PermanentFailure, TemporaryFailure
from delivery.channels.models import ChannelAccount
from delivery.channels.voice_models import VoiceCall
from delivery.voice import rules

FEN = 100  # of a yuan
WAITS_HOURS = 1  # hours for which a call waits if a provider limits calls to one number
UNLIMITED = ("concern", "nearby", "test")  # help that is needed now; one call by an administrator
ROUTINE = ("check_in",)  # leaves the last call to a number for the calls of an evening


@transaction.atomic
def book(
    message: Message,
    account: Account,
    *,
    limits: rules.Limits | None = None,
    ticket: str = "",
) -> bool:
    """Book the call. Return False if it is already booked, from an earlier try.

    Raises a Failure if the school's limit for this month is reached, or if the number was rung a moment ago
    or as often as the provider's `limits` allow. The school's limit never stops an alert or another kind in
    UNLIMITED. `ticket` is the name of the call in the provider's reports.
    """
    # Two workers at once book one after the other, so that they do not spend the rest of a limit twice.
    sharing = _sharing(account, limits)
    if VoiceCall.objects.filter(idempotency_key=message.key).exists():
        return False
    at, first = clock.now(), message.join.to if message.join else ""
    fen = price(account.config, message.join.minutes if message.join else 0)
    lately = at - timedelta(seconds=rules.NOT_AGAIN_SECONDS)
    numbers = [message.address, first] if first else [message.address]
    rung = VoiceCall.objects.filter(account__in=sharing, placed_at__gt=lately)
    if rung.filter(Q(address__in=numbers) | Q(first_address__in=numbers)).exists():
        raise TemporaryFailure("call_soon", is_about_account=False)
    if limits is not None:
        held = rules.less_one(limits) if message.kind in ROUTINE else limits
        _must_be_first(message.address, sharing, held.quiet, at)
        _must_be_free(message.address, sharing, held.windows, at)
    limit = None if message.kind in UNLIMITED else account.config.get("limit_yuan")
    if limit and spent(account.pk, at) + fen > int(limit) * FEN:
        raise PermanentFailure("cost_limit", is_about_address=False)
    script = message.script if ticket else None
    step = script.only if script else None
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
        ticket=ticket,
        step=step.name if step else "",
        script={"menu": rules.menu(script)} if script else {},
    )
    return True


def _sharing(account: Account, limits: rules.Limits | None) -> list[int]:
    """Lock and return the accounts of all schools with the same key at the provider.

    The provider limits how often these accounts together may ring a number.
    """
    mine = Q(pk=account.pk or 0)
    key = account.config.get(limits.key_field) if limits else None
    if limits and key:
        mine |= Q(kind=account.kind, **{f"config__{limits.key_field}": key})
    rows = ChannelAccount.objects.select_for_update(no_key=True).filter(mine).order_by("pk")
    return [row.pk for row in rows]


def _must_be_first(
    address: str, sharing: Sequence[int], quiet: rules.Quiet | None, at: datetime
) -> None:
    """Raise a failure if the night's calls to a number are used up.

    If the provider had to refuse it, it could block the number for good. For the night, another way has to
    do.
    """
    since = quiet.since(at) if quiet else None
    if quiet is None or since is None:
        return
    calls = VoiceCall.objects.filter(account__in=sharing, address=address, placed_at__gte=since)
    if calls.count() >= quiet.most:
        raise PermanentFailure("number_limit", "ours, at night", is_about_address=False)


def _must_be_free(
    address: str, sharing: Sequence[int], windows: Sequence[rules.Window], at: datetime
) -> None:
    since = at - max(window.span for window in windows)
    calls = VoiceCall.objects.filter(account__in=sharing, address=address, placed_at__gt=since)
    free = rules.free_at(calls.values_list("placed_at", flat=True), windows, at)
    if free is None:
        return
    if free - at > timedelta(hours=WAITS_HOURS):  # not today over this account
        raise PermanentFailure("number_limit", "ours", is_about_address=False)
    wait = (free - at).total_seconds()
    raise TemporaryFailure("number_limit", "ours", wait, is_about_account=False)


def price(config: Mapping[str, Any], joined_minutes: int) -> int:
    """Return the price of a call in fen. A call that joins two people costs both legs for each of its
    minutes.
    """
    return int(config.get("fen") or 0) * (2 * joined_minutes if joined_minutes else 1)


def come_down(call: VoiceCall, seconds: int) -> None:
    """Reduce a joining call's booking from its longest possible duration to its real one."""
    if call.account is not None:
        fen = price(call.account.config, max(1, ceil(seconds / 60)))
        VoiceCall.objects.filter(pk=call.pk, fen__gt=fen).update(fen=fen)


def name(message: Message, ticket: str) -> None:
    """Store the name that the provider itself uses for the call in its reports."""
    VoiceCall.objects.filter(idempotency_key=message.key).update(ticket=ticket)


def take_back(message: Message) -> None:
    """Delete the booking: certainly nothing was placed, so it costs nothing."""
    VoiceCall.objects.filter(idempotency_key=message.key, events=None).delete()


def refused(message: Message) -> None:
    """Record that the provider has refused the number as rung too often.

    Nothing was placed and it costs nothing, but the attempt counts there and so must count here. It gets a
    key of its own, so that the message may be tried again.
    """
    VoiceCall.objects.filter(idempotency_key=message.key, events=None).update(
        idempotency_key=uuid4(), ticket="", fen=0, ended_at=clock.now()
    )


def spent(account_pk: int | None, at: datetime) -> int:
    """Return the cost in fen of this month's calls, by the server's calendar."""
    begins = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    calls = VoiceCall.objects.filter(account=account_pk, placed_at__gte=begins)
    return calls.aggregate(fen=Sum("fen"))["fen"] or 0
