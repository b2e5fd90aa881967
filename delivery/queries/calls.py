"""Queries about calls: who was rung about something, and what rings on a demo phone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from delivery.channels.models import ChannelAccount
from delivery.channels.registry import CHANNELS
from delivery.models import OutboxMessage, VoiceCall
from delivery.voice import rules
from guardians.models import ContactPoint
from schools.models import School

KINDS = [kind for kind, channel in CHANNELS.items() if channel.MEANS == "call"]


def can_ring(school: School) -> bool:
    """Return whether this school has a channel in use that makes calls. A demo school's phone needs no
    channel.
    """
    mine = ChannelAccount.objects.filter(school=school, kind__in=KINDS, is_enabled=True)
    return school.is_demo or mine.exists()


def schools_that_join(school_ids: Collection[int]) -> set[int]:
    """Return which of these schools have a channel in use that joins two people.

    A demo school's phone does.
    """
    mine = ChannelAccount.objects.filter(school_id__in=school_ids, kind__in=KINDS, is_enabled=True)
    found = {one.school_id for one in mine if _takes(one, OutboxMessage.Kind.JOIN)}
    demo = School.objects.filter(pk__in=school_ids, is_demo=True)
    return found | set(demo.values_list("pk", flat=True))


def _takes(account: ChannelAccount, kind: str) -> bool:
    takes = getattr(CHANNELS[account.kind], "takes", None)
    return takes is None or takes(kind, account.config)


@dataclass(frozen=True)
class Rung:
    """A call about another package's row: whom it rang, when, and the result."""

    user: User | None
    at: datetime
    keys: tuple[str, ...]
    is_answered: bool
    result: str  # one of rules.RESULTS; "" while it goes on or until the end is reported


def rung_about(kind: str, about_id: int) -> list[Rung]:
    """Return the calls about one row in order, in two queries and one more for their events."""
    messages = OutboxMessage.objects.filter(kind=kind, about_id=about_id)
    keys = list(messages.values_list("idempotency_key", flat=True))
    calls = VoiceCall.objects.filter(idempotency_key__in=keys).select_related("user")
    found = []
    for call in calls.prefetch_related("events").order_by("placed_at", "pk"):
        events = [row.event for row in call.events.all()]
        found.append(
            Rung(
                user=call.user,
                at=call.placed_at,
                keys=tuple(rules.pressed(events)),
                is_answered=any(one.kind in (rules.ANSWERED, rules.KEY) for one in events),
                result=next((one.result for one in events if one.kind == rules.ENDED), ""),
            )
        )
    return found


def ringing(calls: Iterable[VoiceCall]) -> VoiceCall | None:
    """Return the call that a demo phone shows: the oldest one in progress. Others find a busy line."""
    return min(
        (call for call in calls if call.ended_at is None), key=lambda one: one.pk, default=None
    )


@dataclass(frozen=True)
class Expected:
    """The calls that a question would make, and their cost. `fen` is None if nobody has entered a price."""

    calls: int
    fen: int | None


def expected(school: School, adult_ids: Collection[int], kind: str) -> Expected:
    """Return how many of these adults a question of this kind would ring, and at what cost.

    They are reached by telephone, and a channel in use accepts the kind. The first such channel in order
    would ring them.
    """
    rows = ChannelAccount.objects.filter(school=school, kind__in=KINDS, is_enabled=True)
    mine = [one for one in rows.order_by("priority", "pk") if _takes(one, kind)]
    if not mine and not school.is_demo:
        return Expected(0, 0)
    points = ContactPoint.objects.filter(adult__in=adult_ids, by_call=True).exclude(address="")
    calls = points.values("adult").distinct().count()
    fen = int(mine[0].config.get("fen") or 0) if mine else 0
    return Expected(calls, calls * fen if fen or not calls else None)


def asked_by_telephone(account: ChannelAccount) -> int:
    """Return how many adults of its school this account would ring with the weekly question."""
    points = ContactPoint.objects.filter(school=account.school_id, by_call=True)
    if getattr(CHANNELS[account.kind], "ONE_MENU", False):  # there the agreed key answers
        points = points.exclude(agreed_key="")
    return points.exclude(address="").values("adult").distinct().count()
