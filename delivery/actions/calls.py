"""Handles acts on a ringing demo phone, and ends calls that must not go on.

People pick up, press a key, hang up, or do nothing at all.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import wait
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from delivery.channels.base import Failure, LostReply, Message
from delivery.channels.registry import CHANNELS
from delivery.dispatch import receipts
from delivery.dispatch.draining import threads
from delivery.dispatch.facts import Row, read_facts
from delivery.models import ChannelKind, DeliveryReceipt, OutboxMessage, VoiceCall
from delivery.rules import reason_against
from delivery.voice import rules

log = structlog.get_logger(__name__)

ENDED_AT_ONCE = 200  # calls; the next minute takes the next ones


def pick_up(*, call: VoiceCall, at: datetime, leg: int = 0) -> None:
    _act(call, rules.Event(0, rules.ANSWERED, leg=leg), at)


def hang_up(*, call: VoiceCall, at: datetime, leg: int = 0) -> None:
    _act(call, rules.Event(0, rules.ENDED, leg=leg), at)


def press(*, call: VoiceCall, digit: str, at: datetime, leg: int = 0) -> None:
    """Press one of the twelve keys, at any moment. After the last sentence the call ends automatically."""
    if len(digit) == 1 and digit in rules.KEYS:
        _act(call, rules.Event(0, rules.KEY, digit=digit, leg=leg), at)


@transaction.atomic
def _act(call: VoiceCall, act: rules.Event, at: datetime) -> None:
    """Record what happens, as a gateway would report it. A call that is over accepts nothing more."""
    sent = OutboxMessage.objects.select_for_update().filter(idempotency_key=call.idempotency_key)
    message = sent.first()
    if message is None:
        return
    call = VoiceCall.objects.select_for_update().get(pk=call.pk)
    rows = list(call.events.all())
    events = [row.event for row in rows]
    is_joined = any(one.kind == rules.JOINED for one in events)
    before = rules.where(call.script, events, act.leg)
    if before is None or before.is_over:
        return
    if act.kind == rules.KEY and (is_joined or not before.is_answered):
        return
    if act.kind == rules.ANSWERED and before.is_answered:
        return
    step, result, seconds = "", "", None
    if act.kind == rules.KEY:
        step = before.step.name
    elif act.kind == rules.ENDED and is_joined:
        since = next(row.at for row in rows if row.kind == rules.JOINED)
        seconds = min(round((at - since).total_seconds()), call.script["minutes"] * 60)
        result = rules.TALKED
    elif act.kind == rules.ENDED:
        result = act.result or ("hung_up" if before.is_answered else "no_answer")
    number = len(events) + 1
    event = rules.Event(number, act.kind, step, act.digit, result, seconds, act.leg)
    _tell(message, event, at)
    follows = _what_follows(call, [*events, event], act.leg)
    if follows:
        _tell(message, follows, at)


def _what_follows(call: VoiceCall, events: Sequence[rules.Event], leg: int) -> rules.Event | None:
    """Return what a gateway does automatically: after a step that joins, and after the last one."""
    after = rules.where(call.script, events, leg)
    if after is None or after.is_over:
        return None
    number, kinds = len(events) + 1, {(one.leg, one.kind) for one in events}
    if after.step.is_last:
        return rules.Event(number, rules.ENDED, result="hung_up", leg=leg)
    if after.step.joins and leg == rules.FIRST and (rules.SECOND, rules.RANG) not in kinds:
        return rules.Event(number, rules.RANG, leg=rules.SECOND)
    if after.step.joins and leg == rules.SECOND:
        return rules.Event(number, rules.JOINED)
    return None


def _tell(message: OutboxMessage, event: rules.Event, at: datetime) -> None:
    verdict, cause = rules.verdict_of(event)
    told = DeliveryReceipt(
        school_id=message.school_id,
        account=message.account,
        key=message.idempotency_key,
        verdict=verdict,
        cause=cause,
    )
    receipts.settle_by(message, told, event, at)


def end_unanswered(at: datetime) -> int:
    """End demo calls that nobody answers or ends, and return how many. A real gateway reports this itself."""
    going_on = VoiceCall.objects.filter(channel=ChannelKind.DEMO_CALL, ended_at=None)
    ended = 0
    for call in going_on.prefetch_related("events").order_by("pk")[:ENDED_AT_ONCE]:
        end = _end_of(call, at)
        if end:
            _act(call, end, at)
            ended += 1
    return ended


def _end_of(call: VoiceCall, at: datetime) -> rules.Event | None:
    """Return how an abandoned call has ended; of two legs, the one that is waited for."""
    rows = list(call.events.all())
    joined = next((row.at for row in rows if row.kind == rules.JOINED), None)
    if joined is not None:
        over = at >= joined + timedelta(minutes=call.script["minutes"])
        return rules.Event(0, rules.ENDED, leg=rules.FIRST) if over else None
    rang = next((row for row in rows if row.kind == rules.RANG and row.leg), None)
    leg = rang.leg if rang else (rules.FIRST if call.first_address else 0)
    answered = [row.at for row in rows if row.kind == rules.ANSWERED and row.leg == leg]
    result = rules.ends_by_itself(
        placed_at=rang.at if rang else call.placed_at,
        answered_at=min(answered, default=None),
        at=at,
    )
    return rules.Event(0, rules.ENDED, result=result, leg=leg) if result else None


JOINS_WITHIN_HOURS = 4  # hours; no call that joins two people lasts longer
OVER_AFTER_MINUTES = 10  # minutes after its booked time; then it counts as over, reported or not
ANSWERS_SECONDS = 4.0  # seconds for all gateways to answer; otherwise the next turn asks again
# States in which the gateway has confirmed the call. Before that, our DELETE might arrive before the call.
TAKEN = (OutboxMessage.State.ACCEPTED, OutboxMessage.State.DELIVERED)


def hang_up_unwanted(at: datetime) -> int:
    """Hang up calls joining two people that would not be placed now, and return how many.

    For instance, the adult was blocked or the call cancelled. We ask again at every turn until the end of the
    call is reported or its time is over.
    """
    since = at - timedelta(hours=JOINS_WITHIN_HOURS)
    going_on = VoiceCall.objects.filter(ended_at=None, placed_at__gt=since)
    calls = {one.idempotency_key: one for one in going_on.exclude(first_address="")}
    if not calls:
        return 0
    messages = OutboxMessage.objects.filter(idempotency_key__in=calls)
    taken = {one.pk: one.state in TAKEN for one in messages if not _is_over(one, at)}
    unwanted = [row for row in read_facts(list(taken), at) if reason_against(row.facts)]
    at_gateways: dict[int | None, list[Row]] = defaultdict(list)
    for row in unwanted:
        if calls[row.key].channel == ChannelKind.DEMO_CALL:
            _act(calls[row.key], rules.Event(0, rules.ENDED, leg=rules.FIRST), at)
        elif row.used is not None:
            at_gateways[row.used.account.pk].append(row)
    if at_gateways:
        # Each gateway about its own calls, all at once, so that a silent one does not hold up the others.
        with threads(len(at_gateways)) as pool:
            asked = [pool.submit(_ask_one_gateway, rows) for rows in at_gateways.values()]
            answers = wait(asked, ANSWERS_SECONDS)
        unknown = [row.key for one in answers.done for row in one.result() if taken[row.id]]
        VoiceCall.objects.filter(idempotency_key__in=unknown, ended_at=None).update(ended_at=at)
    return len(unwanted)


def _is_over(message: OutboxMessage, at: datetime) -> bool:
    over_at = message.payload.get("over_at")
    if over_at is None:
        return False
    return at >= datetime.fromisoformat(over_at) + timedelta(minutes=OVER_AFTER_MINUTES)


def _ask_one_gateway(rows: Sequence[Row]) -> list[Row]:
    """Hang up the calls of one gateway, and return those that it does not know.

    It makes no query, because it runs in a thread of its own.
    """
    unknown = []
    for row in rows:
        way = row.used
        hang = getattr(CHANNELS[way.kind], "hang_up", None) if way else None
        if way is None or hang is None:
            continue
        message = Message(key=str(row.key), address=way.address, text="", school_id=row.school_id)
        try:
            if not hang(message, way.account):
                unknown.append(row)
        except Failure as failure:
            log.warning("not_hung_up", message_id=row.id, cause=failure.cause)
            if isinstance(failure, LostReply) or failure.cause == "no_connection":
                break  # it does not answer; the next turn asks again
    return unknown
