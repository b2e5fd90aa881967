"""A webhook and its latest deliveries, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.models import Event, Webhook, WebhookDelivery
from core.names import joined

SHOWN = 30  # latest deliveries
WHY = {
    "timeout": gettext_lazy("no response in time"),
    "no_connection": gettext_lazy("no connection"),
    "lost_reply": gettext_lazy("the response was cut off"),
    "unexpected_answer": gettext_lazy("an unreadable response"),
    "private_address": gettext_lazy("an address inside this server's own network"),
    "bad_gateway_settings": gettext_lazy("an address that cannot be read"),
    "secret_unreadable": gettext_lazy("the secret cannot be read any more; make a new one"),
    "stopped": gettext_lazy("stopped"),
    "not_agreed": gettext_lazy("nobody at the school currently agrees to it"),
    "no_token": gettext_lazy("the token is not valid now"),
}


@dataclass(frozen=True)
class Line:
    delivery: WebhookDelivery
    event: str
    state: str
    answer: str  # "" before the first attempt
    can_be_sent_again: bool


def page(webhook: Webhook, at: datetime) -> dict[str, Any]:
    rows = webhook.deliveries.order_by("-happened_at", "-pk")[:SHOWN]
    is_stopped = webhook.stopped_at is not None
    return {
        "webhook": webhook,
        "events": joined(str(Event(one).label) for one in webhook.told_of),
        "lines": [_line(row, is_stopped=is_stopped) for row in rows],
        "former_until": webhook.former_until
        if webhook.former_until and webhook.former_until > at
        else None,
    }


def _line(row: WebhookDelivery, *, is_stopped: bool) -> Line:
    answer = row.last_answer
    words = WHY.get(answer) or (
        _("response %(status)s") % {"status": answer} if answer.isdecimal() else answer
    )
    return Line(
        row,
        str(Event(row.event).label),
        str(WebhookDelivery.State(row.state).label),
        str(words),
        can_be_sent_again=row.ended_at is not None and not is_stopped,
    )
