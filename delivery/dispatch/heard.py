"""What was heard in a call: kept once however often it is told; a key is passed on to the room that asked."""

from datetime import datetime

from delivery.kinds import Press, kind_of
from delivery.models import OutboxMessage, VoiceCall, VoiceEvent
from delivery.voice import costs, rules


def note(message: OutboxMessage, event: rules.Event, at: datetime) -> None:
    """In the transaction that moves the message: a key counts with its message or not at all. Events may
    come in any order; each key names the step in which it was pressed.
    """
    call = (
        VoiceCall.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(idempotency_key=message.idempotency_key)
        .first()
    )
    if call is None:
        return
    known = VoiceEvent.objects.filter(call=call, number=event.number)
    if known.exists():
        return
    VoiceEvent.objects.create(
        school_id=call.school_id,
        call=call,
        number=event.number,
        leg=event.leg,
        kind=event.kind,
        step=event.step,
        digit=event.digit,
        result=event.result,
        seconds=event.seconds,
        at=at,
    )
    if event.kind == rules.ENDED and call.ended_at is None:
        VoiceCall.objects.filter(pk=call.pk).update(ended_at=at)
        if call.first_address:
            costs.come_down(call, event.seconds or 0 if event.result == rules.TALKED else 0)
    kind_of(message.kind).heard(message, event, at)
    if event.kind == rules.KEY:
        press = Press(event.step, event.digit, str(message.idempotency_key))
        kind_of(message.kind).pressed(message, press, at)
