"""Build the contexts of a family's pages about calls."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from calls import queries, rules
from calls.models import CallPlace, CallSlot
from calls.phones import childs_phones, numbers_for, that_can_ring
from calls.presenters import (
    bars,
    choice_days,
    length_of,
    minutes_words,
    moment_words,
    school_time_words,
)
from calls.things.policies import things_for
from core import names
from core.clock import local_date
from core.phones import readable
from guardians.hours import evening_before
from guardians.models import Guardianship
from students.queries import class_teachers


def teacher_name(held: Guardianship, on) -> str:
    """Return "张老师" or "Teacher Zhang"; empty if the class has no teacher."""
    post = class_teachers(held.student_id, on).select_related("user").first()
    if post is None:
        return ""
    return names.teacher_name(post.user.surname)


def choose(held: Guardianship, at: datetime, chosen: str) -> dict[str, Any]:
    """Return both days, the offered times by day, and any call that is already booked."""
    student, adult = held.student, held.adult.hours
    former = queries.ahead_of(student.pk, [held.adult_id], at)
    last_on = queries.last_day_of(student)
    offer = queries.offer_of(student.school, at, but_not=former, at_home=student, last_on=last_on)
    free = [
        one
        for one in offer.free_for(student.pk, held.adult)
        if former is None or one.starts_at != former.starts_at
    ]
    school = ZoneInfo(student.school.time_zone)
    is_elsewhere = at.astimezone(adult.zone).utcoffset() != at.astimezone(school).utcoffset()
    drawn = None
    if free:
        on = free[0].starts_at.astimezone(school).date()
        drawn = bars(on, adult, offer.days, offer.slots, bool(student.is_boarding))
    return {
        "held": held,
        "child": student.given_name,
        "days": choice_days(free, adult, school, at, chosen, offer.home_ids),
        "bars": drawn,
        "is_at_home": all(one.place_id in offer.home_ids for one in free),
        "is_mixed": len({one.place_id in offer.home_ids for one in free}) > 1,
        "things": things_for([held.adult], student.pk, local_date(at), at),
        "former": _slot(former, held, at) if former else None,
        "ring": ring_of(former, held, at) if former else None,
        "minutes": minutes_words(length_of(free[0])) if free else "",
        "teacher_name": teacher_name(held, at.astimezone(school).date()),
        "is_elsewhere": is_elsewhere,
        "has_shift": bool(held.adult.shift),
        "key": uuid.uuid4(),
        "school_phone": student.school.phone,
    }


def _slot(slot: CallSlot, held: Guardianship, at: datetime) -> dict[str, Any]:
    own = held.adult.hours.zone
    school = ZoneInfo(held.student.school.time_zone)
    return {
        "when": moment_words(slot.starts_at, at, own),
        "school_time": school_time_words(slot.starts_at, own, school),
        "place": slot.place.shown_name,
        "how_to_join": _("the phone at home") if slot.place.is_home else slot.place.how_to_join,
        "is_home": slot.place.is_home,
        "is_video": slot.place.kind == CallPlace.Kind.VIDEO,
        "minutes": minutes_words(length_of(slot)),
        "asks": slot.confirmed_at is None,
        "is_running": slot.state == CallSlot.State.RUNNING,
    }


def ring_of(slot: CallSlot, held: Guardianship, at: datetime) -> dict[str, Any] | None:
    """Return whether Jiaqiao rings both sides for this call, and how; None if it cannot.

    The family chooses this before the call begins. Number and key stay until the call ends, because the
    person who picks up is asked for the key on this page.
    """
    may_choose = slot.state == CallSlot.State.BOOKED and slot.starts_at > at
    slot.adult = held.adult  # already loaded
    is_rung = slot.join_key and slot.is_ahead and slot.ends_at > at
    number = numbers_for([slot], at).get(slot.pk, "") if may_choose or is_rung else ""
    if not number:
        return None
    return {"number": readable(number), "key": slot.join_key, "may_choose": may_choose}


def booked(held: Guardianship, slot: CallSlot, at: datetime) -> dict[str, Any]:
    child = held.student.given_name
    shown, ring = _slot(slot, held, at), ring_of(slot, held, at)
    if ring and ring["key"]:
        act = _(
            "If your phone does not ring within five minutes, dial %(how)s. %(child)s waits there."
        )
    elif shown["is_home"]:
        act = _("At that time, call %(how)s. %(child)s will be there.")
    elif shown["is_video"]:
        act = _("At that time, join: %(how)s. %(child)s will be there waiting.")
    else:
        act = _("At that time, dial %(how)s. %(child)s will be at the phone.")
    return {
        "held": held,
        "child": child,
        "slot": shown,
        "ring": ring,
        "steps": [
            *_reminder_words(slot, held, at),
            act % {"how": shown["how_to_join"], "child": child},
            _("If something comes up, change the time here. That is fine."),
        ],
    }


def _reminder_words(slot: CallSlot, held: Guardianship, at: datetime) -> list[str]:
    """Return which reminders are still to come. Must agree with calls.messages."""
    adult = held.adult.hours
    evening = evening_before(adult, slot.starts_at)
    soon = rules.hour_before(adult, slot.starts_at)
    is_evening, is_soon = bool(evening and evening > at), bool(soon and soon > at)
    if is_evening and is_soon:
        return [_("We will remind you the evening before and an hour before the call.")]
    if is_evening:
        return [_("We will remind you the evening before.")]
    return [_("We will remind you shortly before.")] if is_soon else []


def at_home(held: Guardianship, at: datetime) -> dict[str, Any]:
    """Show a carer at home when there is a call, but not with whom."""
    rows = queries.ahead_for_home(held.student_id, at)
    zone = held.adult.hours.zone
    phones = childs_phones([row for row in rows if row.place.is_home], at)
    rung = {row.pk for row in that_can_ring([row for row in rows if row.pk in phones], at)}
    return {
        "held": held,
        "child": held.student.given_name,
        "calls": [
            {
                "when": moment_words(row.starts_at, at, zone),
                "place": row.place.shown_name,
                "key": phones[row.pk].key
                if row.place.carer_id == held.adult_id and row.pk in rung
                else "",
            }
            for row in rows
            # Leave out a call at home that can no longer ring there.
            if not row.place.is_home or row.pk in phones
        ],
    }


def off(held: Guardianship) -> dict[str, Any]:
    return {"held": held, "child": held.student.given_name}


def told(held: Guardianship, at: datetime) -> dict[str, Any]:
    zone = ZoneInfo(held.student.school.time_zone)
    return {
        "held": held,
        "child": held.student.given_name,
        "teacher_name": teacher_name(held, at.astimezone(zone).date()),
        "school_phone": held.student.school.phone,
    }


def thanks(held: Guardianship) -> dict[str, Any]:
    return {"held": held, "child": held.student.given_name}
