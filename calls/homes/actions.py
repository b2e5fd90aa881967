from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from calls.homes import rules
from calls.models import CallPeriod, CallPlace
from guardians.models import Adult


@transaction.atomic
def agree(*, carer: Adult, windows: Collection[str]) -> CallPlace | None:
    """When calls may ring on the carer's own phone; no window: never more. Calls that are booked already stay
    booked, and do not ring where nothing is agreed to.
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
    CallPeriod.objects.bulk_create(
        CallPeriod(
            school_id=place.school_id,
            place=place,
            weekday=weekday,
            starts=starts,
            ends=ends,
            slot_minutes=rules.CALL_MINUTES,
        )
        for name in rules.WINDOWS
        if name in windows
        for weekdays, starts, ends in [rules.WINDOWS[name]]
        for weekday in weekdays
    )
    return place
