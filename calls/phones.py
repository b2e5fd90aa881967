"""Which telephones ring for a call: the child's, at the school or at home, and the parent's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from calls.homes.queries import phones_at_home
from calls.models import CallPlace, CallSlot
from calls.rules import may_ring
from delivery.queries.calls import schools_that_join
from guardians.models import ContactPoint
from guardians.queries import usable_contact_points


def phones_of(adult_ids: Collection[int]) -> dict[int, list[ContactPoint]]:
    """Return each adult's phone numbers that may be rung, best first."""
    found: dict[int, list[ContactPoint]] = {}
    points = usable_contact_points().filter(adult_id__in=adult_ids, kind=ContactPoint.Kind.PHONE)
    for point in points:
        found.setdefault(point.adult_id, []).append(point)
    return found


@dataclass(frozen=True)
class ChildsPhone:
    """The number at which we ring the child.

    `key` opens the call there; it is empty where nobody else can pick up.
    """

    number: str
    key: str
    language: str


def childs_phones(slots: Collection[CallSlot], at: datetime) -> dict[int, ChildsPhone]:
    """Return, by call, where the child can be rung: at the school's phone or at home. `place` must be loaded.

    At home this requires that the carer agrees to the time and may be rung then. Three queries for any
    number of calls, none if no call is at home.
    """
    at_home = phones_at_home(slots, at)
    found = {}
    for one in slots:
        point = at_home.get(one.pk)
        if one.place.kind == CallPlace.Kind.PHONE and one.place.rings_at:
            found[one.pk] = ChildsPhone(one.place.rings_at, "", settings.LANGUAGE_CODE)
        elif point and may_ring(point.adult.hours, one.starts_at):
            key = point.agreed_key or one.join_key
            found[one.pk] = ChildsPhone(point.address, key, point.adult.language)
    return found


def numbers_for(slots: Collection[CallSlot], at: datetime) -> dict[int, str]:
    """Return, by call, the parent's number at which Jiaqiao can ring. `place` and `adult` must be loaded.

    A call is left out, and the parent dials, if the parent wants no messages, has no number or has quiet
    hours then, if the child cannot be rung, or if the school has no channel that joins two phones. At
    most six queries for any number of calls.
    """
    asked = [
        one for one in slots if one.adult.may_be_asked and may_ring(one.adult.hours, one.starts_at)
    ]
    phones = childs_phones(asked, at) if asked else {}
    asked = [one for one in asked if one.pk in phones]
    schools = schools_that_join({one.school_id for one in asked}) if asked else set()
    asked = [one for one in asked if one.school_id in schools]
    own = phones_of({one.adult_id for one in asked}) if asked else {}
    return {one.pk: own[one.adult_id][0].address for one in asked if one.adult_id in own}


def that_can_ring(slots: Collection[CallSlot], at: datetime) -> list[CallSlot]:
    """Return the calls that Jiaqiao will ring: the parent chose it, and it is still possible.

    Every page that announces it uses this function, and so does the minute of the call itself.
    """
    chosen = [one for one in slots if one.join_key]
    numbers = numbers_for(chosen, at)
    return [one for one in chosen if one.pk in numbers]
