"""The demo phone: a table in place of a provider. Its unique key makes each message arrive exactly once."""

from typing import Any

from django.utils.translation import gettext as _

from delivery.channels.base import Account, AfterLostReply, Message, Receipt
from delivery.models import DemoPhoneMessage

KIND = "demo_phone"
MEANS = "phone"
PARALLEL = 1
TIMEOUT_SECONDS = 5.0


def send(message: Message, account: Account) -> Receipt:
    DemoPhoneMessage.objects.bulk_create(
        [
            DemoPhoneMessage(
                school_id=message.school_id,
                idempotency_key=message.key,
                adult_id=message.adult_id,
                user_id=message.user_id,
                address=message.address,
                text=message.text,
            )
        ],
        ignore_conflicts=True,
    )
    return Receipt(reference=message.key, is_delivered=True)


def look_up(message: Message, account: Account) -> Receipt | None:
    found = DemoPhoneMessage.objects.filter(idempotency_key=message.key).exists()
    return Receipt(reference=message.key, is_delivered=True) if found else None


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.SEND_AGAIN


def summary(config: dict[str, Any]) -> str:
    return _("only for trying out: nothing leaves this server")


def timeout_of(config: dict[str, Any]) -> float:
    return TIMEOUT_SECONDS


def check_config(config: dict[str, Any]) -> dict[str, str]:
    return {}
