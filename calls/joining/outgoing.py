"""The call that joins two: does it still stand, what do both phones say, whom does it ring first."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from calls.joining import actions, rules, telephone
from calls.models import CallSlot
from calls.policies import holds_today
from core import clock
from core.days import clock_time
from delivery.dispatch.facts import Row
from delivery.kinds import Answer, Asked, MessageKind
from delivery.models import OutboxMessage, VoiceCall, VoiceEvent
from delivery.texts import Text
from delivery.voice.rules import Event, Join, Script


class JoinedCall(MessageKind):
    """Of kind `join`, to the parent; `about_id` is the booked call."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        """Before it rings the call must be booked; asked again all the time until its end is told
        (delivery.voice.actions.hang_up_unwanted). Who marks it while they talk does not cut them off;
        cancelling it, or taking the phone's number away, does. Three queries.
        """
        slots = (
            CallSlot.objects.filter(
                holds_today(timezone.localdate(at)), pk__in={one.about_id for one in asked}
            )
            .exclude(join_key="")
            .exclude(place__rings_at="")
            .in_bulk()
        )
        is_told_of = Exists(VoiceEvent.objects.filter(call=OuterRef("pk")))
        placed = VoiceCall.objects.filter(idempotency_key=OuterRef("idempotency_key"))
        messages = OutboxMessage.objects.filter(pk__in={one.message_id for one in asked})
        rung = dict(
            messages.annotate(told=Subquery(placed.values(told=is_told_of)[:1])).values_list(
                "pk", "told"
            )
        )  # None: not placed
        return {
            one.message_id: Answer()
            for one in asked
            if one.about_id in slots and _holds(slots[one.about_id], rung.get(one.message_id))
        }

    def text(self, row: Row, **parts: str) -> Text:
        return Text("", "")  # it is never written: the reminder before it has the number

    def script(self, row: Row, contact_point_id: int | None, **parts: str) -> Script | None:
        slot = _slot(row)
        if slot is None:
            return None
        child = slot.student.given_name
        return telephone.parents_side(row.language, row.school_name, child, slot.join_key)

    def join(self, row: Row, contact_point_id: int | None) -> Join | None:
        slot = _slot(row)
        if slot is None:
            return None
        time = clock_time(slot.starts_at.astimezone(ZoneInfo(slot.school.time_zone)))
        return Join(
            to=slot.place.rings_at,
            script=telephone.childs_side(settings.LANGUAGE_CODE, row.school_name, time),
            minutes=rules.minutes_left(slot.ends_at, clock.now()),
        )

    def heard(self, message: OutboxMessage, event: Event, at: datetime) -> None:
        if message.about_id is not None:
            actions.hear(
                slot_id=message.about_id,
                event=event,
                contact_point_id=message.contact_point_id,
                at=at,
            )


def _holds(slot: CallSlot, told: bool | None) -> bool:
    """`told`: whether anything is known to have happened in the call; None where it was not placed."""
    match slot.state:
        case CallSlot.State.BOOKED:
            return True
        case CallSlot.State.RUNNING:
            return told is not None
        case CallSlot.State.CANCELLED:
            return False
    return bool(told)


def _slot(row: Row) -> CallSlot | None:
    rows = CallSlot.objects.select_related("place", "student", "school").exclude(join_key="")
    return rows.filter(pk=row.about_id or 0).first()
