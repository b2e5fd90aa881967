"""Build the contexts of the staff pages of call slots."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls import queries, rules
from calls.actions import SETTLE_BEFORE_MINUTES
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.policies import wishes_visible_to
from calls.presenters import clock, days_words, mood_word, value_of
from calls.rules import Fit
from core.days import near_dated_day, week_day
from guardians.models import Guardianship
from guardians.presenters import called, clock_words
from schools.models import School, TimetablePeriod
from schools.policies import Viewer
from schools.roles import Permission
from students.queries import current_enrolments

DAYS_IN_STRIP = 7
SHOWN = 20  # wishes on the page


@dataclass(frozen=True)
class DayTab:
    url: str
    label: str
    count: int | None
    is_current: bool


@dataclass(frozen=True)
class DayRow:
    """One call in the phone room's list."""

    pk: int
    time: str
    until: str
    child: str
    child_url: str
    class_name: str
    who: str
    adult_name: str
    place: str
    is_video: bool
    note: str
    state: str
    state_label: str
    may_mark: bool
    may_run: bool
    may_cancel: bool
    is_barred: bool


def school_of(viewer: Viewer) -> School:
    """Return the current school; 404 for a county post, which has no school."""
    if viewer.school is None:
        raise Http404
    return viewer.school


def class_names(student_ids: Collection[int], on: date) -> dict[int, str]:
    rows = current_enrolments(on).filter(student_id__in=student_ids)
    return dict(rows.values_list("student_id", "school_class__name"))


def day(viewer: Viewer, on: date) -> dict:
    school = school_of(viewer)
    zone = ZoneInfo(school.time_zone)
    slots = list(queries.slots_of_day(viewer.user, school, on, viewer.on))
    held = queries.relations_of([(row.student_id, row.adult_id) for row in slots])
    classes = class_names({row.student_id for row in slots}, viewer.on)
    rows = [
        _row(slot, held.get((slot.student_id, slot.adult_id)), classes, zone, viewer)
        for slot in slots
    ]
    counts = queries.days_with_calls(viewer.user, school, viewer.on, DAYS_IN_STRIP)
    days = [viewer.on + timedelta(days=n) for n in range(DAYS_IN_STRIP)]
    return {
        "on": on,
        "title_day": near_dated_day(on, viewer.on),
        "rows": [row for row in rows if row.state != CallSlot.State.CANCELLED],
        "off": [row for row in rows if row.state == CallSlot.State.CANCELLED],
        "tabs": [
            DayTab(
                url=_day_url(one),
                label=_("Today") if one == viewer.on else week_day(one),
                count=counts.get(one),
                is_current=one == on,
            )
            for one in days
        ],
        "before_url": _day_url(on - timedelta(days=1)),
        "after_url": _day_url(on + timedelta(days=1)),
        "may_offer": viewer.can(Permission.OFFER_CALLS),
        "has_times": CallPeriod.objects.filter(school=school, place__is_active=True).exists(),
    }


def _day_url(on: date) -> str:
    return f"{reverse('calls:day')}?on={on.isoformat()}"


def _row(
    slot: CallSlot,
    held: Guardianship | None,
    classes: dict[int, str],
    zone: ZoneInfo,
    viewer: Viewer,
) -> DayRow:
    holds = slot.holds  # type: ignore[attr-defined]
    begun = slot.starts_at <= viewer.at + timedelta(minutes=SETTLE_BEFORE_MINUTES)
    return DayRow(
        pk=slot.pk,
        time=clock(slot.starts_at, zone),
        until=clock(slot.ends_at, zone),
        child=slot.student.name,
        child_url=reverse("staff:child", args=[slot.student_id]),
        class_name=classes.get(slot.student_id, ""),
        who=called(held) if held else "",
        adult_name=slot.adult.name,
        place=slot.place.name,
        is_video=slot.place.kind == CallPlace.Kind.VIDEO,
        note=_note(slot),
        state=slot.state,
        state_label=str(slot.get_state_display()),
        may_mark=holds and begun and slot.is_ahead,
        may_run=holds and begun and slot.state == CallSlot.State.BOOKED,
        may_cancel=slot.state == CallSlot.State.BOOKED and slot.ends_at > viewer.at,
        is_barred=not holds,
    )


def _note(slot: CallSlot) -> str:
    if slot.state == CallSlot.State.CANCELLED:
        is_family = slot.cancelled_by == CallSlot.BookedBy.FAMILY
        return _("by the family") if is_family else _("by the school")
    if slot.state == CallSlot.State.BOOKED and slot.confirmed_at is None:
        return _("the family has not confirmed the time yet")
    return mood_word(slot.mood)


@dataclass(frozen=True)
class TurnRow:
    child: str
    child_url: str
    class_name: str
    waits: str
    who: str
    adult_name: str
    place: str
    clock: str
    student_id: int
    adult_id: int
    times: list["TimeButton"]


@dataclass(frozen=True)
class TimeButton:
    value: str
    key: str
    day: str
    time: str
    note: str


def suggestions(viewer: Viewer, student_id: int | None) -> dict:
    school = school_of(viewer)
    turns, waiting = queries.turns(viewer.user, school, viewer.at, student_id)
    zone = ZoneInfo(school.time_zone)
    classes = class_names({turn.held.student_id for turn in turns}, viewer.on)
    wishes = wishes_visible_to(viewer.user, viewer.on).filter(school=school, settled_at=None)
    if student_id:
        wishes = wishes.filter(student_id=student_id)
    asked = list(wishes.select_related("student", "adult").order_by("asked_at")[:SHOWN])
    held = queries.relations_of([(row.student_id, row.adult_id) for row in asked])
    has_times = CallPeriod.objects.filter(school=school, place__is_active=True).exists()
    return {
        "rows": [_turn(turn, classes, zone, viewer) for turn in turns],
        "more": max(0, waiting - len(turns)),
        "is_one_child": student_id is not None,
        "wishes": [
            {
                "pk": row.pk,
                "child": row.student.name,
                "child_url": reverse("staff:child", args=[row.student_id]),
                "who": called(known) if (known := held.get((row.student_id, row.adult_id))) else "",
                "words": row.words,
            }
            for row in asked
        ],
        "may_offer": viewer.can(Permission.OFFER_CALLS),
        "has_times": has_times,
        "days": rules.BOOK_AHEAD_DAYS,
    }


def _turn(turn: queries.Turn, classes: dict[int, str], zone: ZoneInfo, viewer: Viewer) -> TurnRow:
    held = turn.held
    return TurnRow(
        child=held.student.name,
        child_url=reverse("staff:child", args=[held.student_id]),
        class_name=classes.get(held.student_id, ""),
        waits=days_words(turn.days),
        who=called(held),
        adult_name=held.adult.name,
        place=str(held.adult.get_shift_display()) if held.adult.shift else "",
        clock=clock_words(held.adult, viewer.at),
        student_id=held.student_id,
        adult_id=held.adult_id,
        times=[
            TimeButton(
                value=value_of(slot),
                key=str(uuid.uuid4()),
                day=week_day(slot.starts_at.astimezone(zone).date()),
                time=clock(slot.starts_at, zone),
                note=_("their shift") if slot.fit is Fit.AT_WORK else "",
            )
            for slot in turn.times
        ],
    )


@dataclass(frozen=True)
class PeriodLine:
    pk: int
    words: str
    note: str


@dataclass(frozen=True)
class PlaceLine:
    place: CallPlace
    periods: list[PeriodLine]


def places(rows: Iterable[CallPlace]) -> list[PlaceLine]:
    """Each place with one line per time of day, which names all its weekdays."""
    lines = []
    for place in rows:
        same: dict[tuple, list[CallPeriod]] = {}
        for row in place.periods.all():
            key = (row.starts, row.ends, row.slot_minutes, row.during_lessons)
            same.setdefault(key, []).append(row)
        lines.append(PlaceLine(place, [_period(group) for _key, group in sorted(same.items())]))
    return lines


def _period(rows: list[CallPeriod]) -> PeriodLine:
    row = rows[0]
    minutes = (row.ends.hour - row.starts.hour) * 60 + row.ends.minute - row.starts.minute
    words = _("%(days)s %(start)s–%(end)s, %(n)d calls of %(minutes)d minutes") % {
        "days": pgettext("between days", ", ").join(str(one.get_weekday_display()) for one in rows),
        "start": f"{row.starts:%H:%M}",
        "end": f"{row.ends:%H:%M}",
        "n": minutes // row.slot_minutes,
        "minutes": row.slot_minutes,
    }
    note = _("also while a period of the timetable runs") if row.during_lessons else ""
    return PeriodLine(row.pk, words, note)


def lessons_words(school: School) -> str:
    """Return the timetable in one line: when children cannot come to the phone."""
    rows = TimetablePeriod.objects.filter(school=school)
    separator = pgettext("between times", ", ")
    return separator.join(f"{row.name} {row.starts:%H:%M}–{row.ends:%H:%M}" for row in rows)
