"""A phone as it would look: bubbles with working links."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.days import clock_time, stamp
from delivery.channels import demo_call
from delivery.models import DemoPhoneMessage, VoiceCall, VoiceEvent
from delivery.voice import rules
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.presenters import relation_word
from schools.models import School
from uploads import speaking

LINK = re.compile(r"(https?://[^\s，。；]+)")
OWNERS_SHOWN = 60  # phones in the list; the search finds the others
FIRST_OWNERS = 5  # shown unless somebody asks for everyone
OF_TESTS = "tests"
OF_SCHOOL = "school"  # the school's own phone, which a call that joins two people rings first
MESSAGES_SHOWN = 30  # bubbles; a phone shows the latest


@dataclass(frozen=True)
class Owner:
    """The owner of a phone: an adult of a family, or a member of staff."""

    key: str
    name: str
    line: str
    count: int


@dataclass(frozen=True)
class Bubble:
    when: str
    parts: list[tuple[str, bool]]  # text, whether it is a link
    key: str
    is_call: bool = False


@dataclass(frozen=True)
class ShownCall:
    """The call that rings or speaks: its sentence as text and sound, and the twelve keys."""

    call: VoiceCall
    is_answered: bool
    sentence: str
    voice_url: str  # "" if this server has no voice
    is_heard: bool  # somebody has just pressed something here: play the sentence
    act_url: str
    leg: int = 0  # for a call that joins two people
    is_joined: bool = False
    keys: tuple[str, ...] = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


def owners(school: School, search: str = "") -> list[Owner]:
    """Return everybody who received something, latest first. Two more queries find whose family they are."""
    rows = DemoPhoneMessage.objects.filter(school=school)
    calls = VoiceCall.objects.filter(school=school, channel=demo_call.KIND)
    families = _joined(_owners(rows, "adult", search), _owners(calls, "adult", search), "adult")
    staff = _joined(_owners(rows, "user", search), _owners(calls, "user", search), "user")
    adults = [row["adult_id"] for row in families]
    held = Guardianship.objects.filter(school=school, adult_id__in=adults, ends_on=None)
    held_by = held.order_by("-pk").values_list("adult_id", "student__name", "relation")
    lines = {
        adult: _("%(child)s's %(relation)s") % {"child": child, "relation": relation_word(relation)}
        for adult, child, relation in held_by
    }
    found = [
        _owner(f"a{row['adult_id']}", row["adult__name"], row, lines.get(row["adult_id"], ""))
        for row in families
    ]
    found += [_owner(f"u{row['user_id']}", row["user__name"], row, "") for row in staff]
    tests = rows.filter(adult=None, user=None).aggregate(latest=Max("received_at"), n=Count("pk"))
    rung = calls.filter(adult=None, user=None).aggregate(latest=Max("placed_at"), n=Count("pk"))
    if (tests["n"] or rung["n"]) and not search:
        latest = max(one["latest"] for one in (tests, rung) if one["latest"])
        both = {"latest": latest, "n": tests["n"] + rung["n"]}
        found.append(_owner(OF_TESTS, _("Tests"), both, _("to your own number")))
    joins = calls.filter(rings_at_school(school)).aggregate(latest=Max("placed_at"), n=Count("pk"))
    if joins["n"] and not search:
        found.append(
            _owner(OF_SCHOOL, _("The school's phone"), joins, _("where the child is called"))
        )
    if not search:
        found += _phones_at_home(school, calls, set(adults))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [owner for _latest, owner in found[:OWNERS_SHOWN]]


def _phones_at_home(
    school: School, calls: QuerySet[VoiceCall], known: set[int]
) -> list[tuple[datetime, Owner]]:
    """Return phones on which a child was rung at home, of adults who received nothing else."""
    rung = calls.exclude(first_address="").order_by().values_list("first_address")
    counted = rung.annotate(latest=Max("placed_at"), n=Count("pk"))
    rows = {address: {"latest": latest, "n": n} for address, latest, n in counted}
    points = ContactPoint.objects.filter(school=school, address__in=rows)
    line = _("where the child is called")
    return [
        _owner(f"a{point.adult_id}", str(point.adult), rows[point.address], line)
        for point in points.exclude(adult__in=known).select_related("adult")
    ]


def _family_numbers() -> QuerySet[Any]:
    return ContactPoint.objects.filter(kind=ContactPoint.Kind.PHONE).values("address")


def rings_at_school(school: School) -> Q:
    """Match calls whose first leg is a phone of the school, not one at somebody's home."""
    numbers = _family_numbers().filter(school=school)
    return Q(first_address__gt="") & ~Q(first_address__in=numbers)


def rings_phone_of(adult_id: int) -> Q:
    """Match calls to this adult, and calls in which the child is rung on this adult's phone."""
    return Q(adult_id=adult_id) | Q(first_address__in=_family_numbers().filter(adult=adult_id))


def leg_of(call: VoiceCall, chosen: str) -> int:
    """Return which leg of a call that joins two people the chosen phone shows."""
    is_own = chosen == f"a{call.adult_id}"
    return rules.SECOND if is_own or chosen == OF_TESTS else rules.FIRST


def first_phone_of(call: VoiceCall) -> str:
    """Return the key of the phone that the first leg rings."""
    points = ContactPoint.objects.filter(school=call.school_id, address=call.first_address)
    adult = points.order_by("pk").values_list("adult_id", flat=True).first()
    return f"a{adult}" if adult else OF_SCHOOL


def name_of(school: School, kind: str, number: int | None) -> str:
    """Return the name of an owner (a7, u3) who is not among `owners`; "" for nobody of this school."""
    if number is None:
        return ""
    if kind == "a":
        return str(Adult.objects.filter(school=school, pk=number).first() or "")
    got = [
        model.objects.filter(school=school, user=number) for model in (DemoPhoneMessage, VoiceCall)
    ]
    latest = [rows.select_related("user").first() for rows in got] if kind == "u" else []
    return next((str(one.user) for one in latest if one), "")


def in_sight(found: list[Owner], chosen: str) -> list[Owner]:
    """Return the first owners, and the owner of the phone that is shown."""
    return [*found[:FIRST_OWNERS], *(one for one in found[FIRST_OWNERS:] if one.key == chosen)]


def _owner(key: str, name: str, row: dict, line: str) -> tuple[datetime, Owner]:
    return row["latest"], Owner(key, name, line, row["n"])


def _joined(written: list[dict], rung: list[dict], of: str) -> list[dict]:
    """Return one row for each person, from messages and calls."""
    found = {row[f"{of}_id"]: row for row in written}
    for row in rung:
        known = found.setdefault(row[f"{of}_id"], row | {"n": 0, "latest": row["latest"]})
        known["n"] += row["n"]
        known["latest"] = max(known["latest"], row["latest"])
    return list(found.values())


def _owners(
    rows: QuerySet[DemoPhoneMessage] | QuerySet[VoiceCall], of: str, search: str
) -> list[dict]:
    when = "received_at" if rows.model is DemoPhoneMessage else "placed_at"
    known = rows.filter(**{f"{of}__isnull": False})
    if search:
        known = known.filter(**{f"{of}__name__icontains": search})
    values = known.order_by().values(f"{of}_id", f"{of}__name")
    return list(values.annotate(latest=Max(when), n=Count("pk")).order_by("-latest")[:OWNERS_SHOWN])


def bubbles(
    messages: Iterable[DemoPhoneMessage],
    calls: Iterable[VoiceCall],
    now: datetime,
    zone: str,
    legs: Mapping[int, int],
) -> list[Bubble]:
    """Return messages and calls, oldest first, as on a phone. `legs` maps each call to the leg shown."""
    shown = []
    for one in messages:
        parts = [(part, bool(LINK.fullmatch(part))) for part in LINK.split(one.text) if part]
        bubble = Bubble(stamp(one.received_at, now, zone), parts, f"m{one.pk}")
        shown.append((one.received_at, bubble))
    for call in calls:
        if call.ended_at is not None:
            when = stamp(call.placed_at, now, zone)
            events = [row.event for row in call.events.all()]
            parts = [(call_line(events, legs[call.pk] if call.first_address else 0), False)]
            shown.append((call.placed_at, Bubble(when, parts, f"c{call.pk}", is_call=True)))
    return [bubble for _at, bubble in sorted(shown, key=lambda pair: pair[0])]


def call_line(events: list[rules.Event], leg: int = 0) -> str:
    talked = next((one.seconds for one in events if one.result == rules.TALKED), None)
    if talked is not None:
        minutes, seconds = divmod(talked, 60)
        return _("Call: connected, %(time)s") % {"time": f"{minutes}:{seconds:02d}"}
    if leg == rules.SECOND and not any(one.leg == leg for one in events):
        return _("Not called: nobody came to the other phone")
    events = [one for one in events if one.leg == leg]
    keys = rules.pressed(events)
    if keys:
        return _("Call: pressed %(keys)s") % {"keys": " ".join(keys)}
    if any(one.kind == rules.ANSWERED for one in events):
        return _("Call: picked up, no key pressed")
    return _("Missed call")


def calls_mark(school: School) -> str:
    """Return a mark that changes with every call and every event of one. The page uses it to ask again."""
    calls = VoiceCall.objects.filter(school=school, channel=demo_call.KIND)
    newest = calls.order_by("-pk").values_list("pk", flat=True).first() or 0
    events = VoiceEvent.objects.filter(school=school, call__channel=demo_call.KIND)
    return f"{newest}-{events.order_by('-pk').values_list('pk', flat=True).first() or 0}"


def shown_call(call: VoiceCall | None, heard: str, leg: int) -> ShownCall | None:
    """Return the call as this leg hears it; None if this leg is not being rung."""
    if call is None:
        return None
    leg = leg if call.first_address else 0
    events = [row.event for row in call.events.all()]
    at = rules.where(call.script, events, leg)
    if at is None:
        return None
    script = rules.scripts_of(call.script)[max(leg - 1, 0)]
    has_voice = bool(at.step.sound) or speaking.can_speak(script.language)
    voice = reverse("delivery:demo_call_voice", args=[call.pk, at.step.name])
    return ShownCall(
        call=call,
        is_answered=at.is_answered,
        sentence=at.step.say if at.is_answered else "",
        voice_url=voice if at.is_answered and has_voice else "",
        is_heard=heard == str(call.pk),
        leg=leg,
        is_joined=any(one.kind == rules.JOINED for one in events),
        act_url=reverse("delivery:demo_call", args=[call.pk]),
    )


def clock(now: datetime, zone: str) -> str:
    return clock_time(timezone.localtime(now, ZoneInfo(zone)))
