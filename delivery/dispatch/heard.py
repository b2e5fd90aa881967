"""Events of a call: stored once however often they are reported. A key is passed on to the package that
asked.
"""

from datetime import datetime

from delivery.channels import costs
from delivery.kinds import Press, kind_of
from delivery.models import OutboxMessage, VoiceCall, VoiceEvent
from delivery.voice import rules


def note(message: OutboxMessage, event: rules.Event, at: datetime) -> None:
    """Store an event, in the transaction that moves the message: a key counts with its message or not at all.

    Events may arrive in any order; each key names the step in which it was pressed.
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
    step = event.step or (call.step if event.kind == rules.KEY else "")
    VoiceEvent.objects.create(
        school_id=call.school_id,
        call=call,
        number=event.number,
        leg=event.leg,
        kind=event.kind,
        step=step,
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
        press = Press(step, event.digit, str(message.idempotency_key))
        if _counts(message, press, call, event):
            kind_of(message.kind).pressed(message, press, at)


def _counts(message: OutboxMessage, press: Press, call: VoiceCall, event: rules.Event) -> bool:
    """Return whether a key counts.

    A cloud provider knows one step only, and reports every key of a call as pressed in it. So the first key
    that the menu accepts counts, unless the package says that a later one weighs more.
    """
    if not call.ticket:
        return True
    menu = list(call.script.get("menu", rules.KEYS))
    keys = VoiceEvent.objects.filter(call=call, kind=rules.KEY, digit__in=menu)
    before = set(keys.exclude(number=event.number).values_list("digit", flat=True))
    if press.digit not in menu:
        return False
    return not before or kind_of(message.kind).outweighs(press, before)
