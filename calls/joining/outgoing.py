"""The call that joins two phones: whether it still applies, what both phones say, and which rings first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from calls.joining import actions, rules, telephone
from calls.joining.queries import is_followed
from calls.models import CallSlot
from calls.phones import childs_phones
from calls.policies import holds_today
from calls.rules import may_ring
from calls.things.policies import things_for
from core import clock
from core.days import clock_time
from delivery.kinds import Answer, Asked, MessageKind, Queued
from delivery.models import OutboxMessage, VoiceCall, VoiceEvent
from delivery.texts import Text
from delivery.voice.rules import KEY, LEGS, Event, Join, Script


@dataclass(frozen=True)
class Line:
    """What is known about a call: whether it was placed, has reported anything, and was put off by a key."""

    is_placed: bool
    is_told_of: bool
    is_put_off: bool


NOT_PLACED = Line(is_placed=False, is_told_of=False, is_put_off=False)


class JoinedCall(MessageKind):
    """Messages of kind `join` to the parent; `about_id` is the booked call."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        """Return the messages whose call may ring, or may go on.

        Before it rings, the call must be booked. We check again and again until its end is reported
        (delivery.actions.calls.hang_up_unwanted). Marking the call while they talk does not cut them off;
        cancelling it, or removing the phone's number, does. If a key in this call cancelled it, the call
        is spoken to its end, so that the person waiting hears why. Three queries, and three more for
        calls at home.
        """
        rows = CallSlot.objects.filter(
            holds_today(timezone.localdate(at)), pk__in={one.about_id for one in asked}
        )
        slots = rows.exclude(join_key="").select_related("place__carer").in_bulk()
        phones = childs_phones(slots.values(), at)
        told = VoiceEvent.objects.filter(call=OuterRef("pk"))
        put_off = told.filter(
            kind=KEY, leg__in=LEGS, step__in=telephone.CHOOSING, digit__in=telephone.PUT_OFF
        )
        placed = VoiceCall.objects.filter(idempotency_key=OuterRef("idempotency_key"))
        messages = OutboxMessage.objects.filter(pk__in={one.message_id for one in asked})
        rung = messages.annotate(
            told=Subquery(placed.values(told=Exists(told))[:1]),
            put_off=Subquery(placed.values(put_off=Exists(put_off))[:1]),
        )
        lines = {
            pk: Line(told is not None, bool(told), bool(put_off))
            for pk, told, put_off in rung.values_list("pk", "told", "put_off")
        }
        return {
            one.message_id: Answer()
            for one in asked
            if one.about_id in phones
            and _holds(slots[one.about_id], lines.get(one.message_id, NOT_PLACED), at)
        }

    def text(self, row: Queued, **parts: str) -> Text:
        return Text("", "")  # never sent as text: the reminder before it has the number

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        slot, at = _slot(row), clock.now()
        if slot is None or not childs_phones([slot], at):
            return None  # we never ring one side alone
        child = slot.student.given_name
        things = things_for([slot.adult], slot.student_id, timezone.localdate(at), at)
        waiting = things if things and things.over_at is None else None
        return telephone.parents_side(row.language, row.school_name, child, slot.join_key, waiting)

    def join(self, row: Queued, contact_point_id: int | None) -> Join | None:
        slot, at = _slot(row), clock.now()
        phone = childs_phones([slot], at).get(slot.pk) if slot else None
        if slot is None or phone is None:
            return None
        time = clock_time(slot.starts_at.astimezone(ZoneInfo(slot.school.time_zone)))
        return Join(
            to=phone.number,
            script=telephone.childs_side(phone.language, row.school_name, time, phone.key),
            minutes=rules.minutes_left(slot.ends_at, at, is_followed=is_followed(slot)),
        )

    def heard(self, message: OutboxMessage, event: Event, at: datetime) -> None:
        if message.about_id is not None:
            actions.hear(
                slot_id=message.about_id,
                event=event,
                call=message.idempotency_key,
                contact_point_id=message.contact_point_id,
                address=message.address,
                at=at,
            )


def _holds(slot: CallSlot, line: Line, at: datetime) -> bool:
    carer = slot.place.carer
    if carer and not line.is_placed and not may_ring(carer.hours, at):
        return False
    match slot.state:
        case CallSlot.State.BOOKED:
            return True
        case CallSlot.State.RUNNING:
            return line.is_placed
        case CallSlot.State.CANCELLED:
            return line.is_put_off and slot.settled_by_id is None
    return line.is_told_of


def _slot(row: Queued) -> CallSlot | None:
    rows = CallSlot.objects.select_related("place__carer", "student", "school", "adult")
    rows = rows.exclude(join_key="")
    return rows.filter(pk=row.about_id or 0).first()
