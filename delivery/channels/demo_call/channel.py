"""The demo phone rings: a row in place of a call. The demo phone's page speaks it and has its keys."""

from core import clock
from delivery.channels.base import Account, Message, PermanentFailure, Receipt
from delivery.models import VoiceCall
from delivery.voice.rules import spoken

KIND = "demo_call"
MEANS = "call"
PARALLEL = 1


def send(message: Message, account: Account) -> Receipt:
    if message.script is None:
        raise PermanentFailure("bad_text", is_about_address=False)
    call = VoiceCall(
        school_id=message.school_id,
        account_id=account.pk,
        channel=KIND,
        idempotency_key=message.key,
        kind=message.kind,
        adult_id=message.adult_id,
        user_id=message.user_id,
        address=message.address,
        first_address=message.join.to if message.join else "",
        script=spoken(message.script, message.join),
        placed_at=clock.now(),
    )
    VoiceCall.objects.bulk_create([call], ignore_conflicts=True)
    return Receipt(reference=message.key)


def look_up(message: Message, account: Account) -> Receipt | None:
    found = VoiceCall.objects.filter(idempotency_key=message.key).exists()
    return Receipt(reference=message.key) if found else None
