from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from calls import actions as booking
from calls import messages
from calls.homes import queries, rules
from calls.models import CallPeriod, CallPlace, CallSlot
from core.database import run_step
from guardians.models import Adult


@transaction.atomic
def agree(*, carer: Adult, windows: Collection[str], at: datetime) -> CallPlace | None:
    """Save when calls may ring on the carer's own phone; without any window they never ring.

    Booked calls at times that the carer no longer agrees to are cancelled, and the parents are notified.
    """
    place = CallPlace.objects.select_for_update().filter(carer=carer).first()
    if place is None:
        if not windows:
            return None
        with translation.override(settings.LANGUAGE_CODE):
            name = _("at home")
        place, _is_new = CallPlace.objects.get_or_create(
            carer=carer,
            defaults={"school_id": carer.school_id, "kind": CallPlace.Kind.HOME, "name": name},
        )
    place.is_active = bool(windows)
    place.save(update_fields=["is_active"])
    place.periods.all().delete()
    times = rules.times_of(windows)
    CallPeriod.objects.bulk_create(
        CallPeriod(
            school_id=place.school_id,
            place=place,
            weekday=weekday,
            starts=starts,
            ends=ends,
            slot_minutes=rules.CALL_MINUTES,
        )
        for weekday, starts, ends in times
    )
    # Cancel what is booked at a time that the carer no longer agrees to.
    zone = ZoneInfo(place.school.time_zone)
    booked = place.slots.filter(state=CallSlot.State.BOOKED, starts_at__gt=at)
    off = [
        slot
        for slot in booked.select_related("adult", "place")
        if not rules.is_agreed(times, slot.starts_at.astimezone(zone), is_boarding=False)
        and booking.cancel(slot_id=slot.pk, cancelled_by=CallSlot.CancelledBy.FAMILY, at=at)
    ]
    messages.tell_off(off, at)
    return place


def call_off_lost(*, at: datetime) -> int:
    """Cancel calls at home that can no longer take place, and return how many.

    The parent or carer may be blocked or no longer belong to the child, the carer may no longer want
    messages, the number may be gone, or the child may be at another school. Runs every minute, whatever
    the cause was. Notifies the parent, and the carer if one was reminded, as long as we may write to
    them. The number of queries is the same for one call that can take place and for a thousand.
    """
    booked = CallSlot.objects.filter(
        place__kind=CallPlace.Kind.HOME, state=CallSlot.State.BOOKED, starts_at__gt=at
    )
    slots = list(booked.select_related("place"))
    found = queries.lost(slots, at) if slots else {}
    return sum(
        bool(run_step(booking.call_off_and_tell if tells else booking.call_off, slot, at))
        for slot, tells in found.items()
    )
