"""What somebody does with a demo phone that rings: pick up, press a key, hang up, or nothing at all."""

from datetime import datetime

from django.db import transaction

from delivery.dispatch import receipts
from delivery.models import ChannelKind, DeliveryReceipt, OutboxMessage, VoiceCall
from delivery.voice import rules

ENDED_AT_ONCE = 200  # calls; the next minute has its own


def pick_up(*, call: VoiceCall, at: datetime) -> None:
    _act(call, rules.ANSWERED, at)


def hang_up(*, call: VoiceCall, at: datetime) -> None:
    _act(call, rules.ENDED, at)


def press(*, call: VoiceCall, digit: str, at: datetime) -> None:
    """Press one of the twelve keys, at whatever moment. After the last sentence the call ends by itself."""
    if len(digit) == 1 and digit in rules.KEYS:
        _act(call, rules.KEY, at, digit)


@transaction.atomic
def _act(call: VoiceCall, kind: str, at: datetime, digit: str = "", result: str = "") -> None:
    """Write down what happens, as a gateway would tell it; a call that is over takes nothing any more."""
    message = _message_of(call)
    if message is None:
        return
    call = VoiceCall.objects.select_for_update().get(pk=call.pk)
    events = [row.event for row in call.events.all()]
    script = rules.of_json(call.script)
    before = rules.progress(script, events)
    if before.is_over or (kind == rules.KEY and not before.is_answered):
        return
    if kind == rules.ANSWERED and before.is_answered:
        return
    if kind == rules.ENDED:
        result = result or ("hung_up" if before.is_answered else "no_answer")
    step = before.step.name if kind == rules.KEY else ""
    event = rules.Event(len(events) + 1, kind, step, digit, result)
    _tell(message, event, at)
    after = rules.progress(script, [*events, event])
    if not after.is_over and not after.step.keys:
        _tell(message, rules.Event(len(events) + 2, rules.ENDED, result="hung_up"), at)


def _message_of(call: VoiceCall) -> OutboxMessage | None:
    rows = OutboxMessage.objects.select_for_update().filter(idempotency_key=call.idempotency_key)
    return rows.first()


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
    """End demo calls that nobody picks up or hangs up; return how many. A real gateway tells it itself."""
    going_on = VoiceCall.objects.filter(channel=ChannelKind.DEMO_CALL, ended_at=None)
    ended = 0
    for call in going_on.prefetch_related("events").order_by("pk")[:ENDED_AT_ONCE]:
        answered = [row.at for row in call.events.all() if row.kind == rules.ANSWERED]
        result = rules.ends_by_itself(
            placed_at=call.placed_at, answered_at=min(answered, default=None), at=at
        )
        if result:
            _act(call, rules.ENDED, at, result=result)
            ended += 1
    return ended
