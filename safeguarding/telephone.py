"""The phone call of an alert: what it says, and the key with which the person takes the concern.

The call speaks no name and nothing of what happened, because anybody may answer a phone.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from delivery.kinds import Answer, Asked, MessageKind, Press, Queued
from delivery.models import OutboxMessage
from delivery.voice.rules import AGAIN, Script, Step
from safeguarding import actions
from safeguarding.policies import concerns_visible_to
from safeguarding.queries import waiting_for_somebody

ALERT, TAKEN = "alert", "taken"
TAKES = "1"


def alert_call(language: str) -> Script:
    with translation.override(language):
        says = _(
            "This is Jiaqiao. A child needs an adult now. To take it, press 1."
            " To hear this again, press 0."
        )
        thanks = _(
            "Thank you. Please open Jiaqiao now: it says which child it is, and whether"
            " somebody else has taken it already."
        )
    return Script(language, (Step(ALERT, says, {TAKES: TAKEN, AGAIN: ALERT}), Step(TAKEN, thanks)))


class AlertKind(MessageKind):
    """Messages of kind `concern`.

    A message that rings has its concern in `about_id` and is sent only while nobody has taken it; a written
    one is sent whatever has happened since.
    """

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        waiting = waiting_for_somebody().filter(pk__in={one.about_id for one in asked})
        free = set(waiting.values_list("pk", flat=True))
        return {
            one.message_id: Answer(cause="" if one.about_id in free else "answered")
            for one in asked
        }

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        return alert_call(row.language)

    def pressed(self, message: OutboxMessage, press: Press, at: datetime) -> None:
        """Take the concern for the person we rang, as its page does; if two press, the first one has it."""
        if (press.step, press.digit) != (ALERT, TAKES) or message.user_id is None:
            return
        by = User.objects.filter(pk=message.user_id, is_active=True).first()
        if by is None:
            return
        concern = concerns_visible_to(by, local_date(at)).filter(pk=message.about_id or 0).first()
        if concern is not None:
            actions.acknowledge(concern=concern, by=by, at=at)
