"""Calls as text in the reader's time zone, and the contexts of the staff pages about them."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from calls import queries, rules
from calls.actions import SETTLE_BEFORE_MINUTES
from calls.homes.queries import caring
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.phones import that_can_ring
from calls.policies import children_to_ring, wishes_visible_to
from calls.rules import Fit, FreeTime, SchoolDays
from core.addresses import page_above
from core.days import clock_time, near_dated_day, week_day
from core.requests import FIRST_YEAR, LAST_YEAR, key_of
from guardians.hours import Hours
from guardians.models import Guardianship
from guardians.presenters import called, clock_words
from guardians.queries import last_ties
from schools.models import School, TimetablePeriod
from schools.policies import Viewer
from schools.roles import Permission
from students.queries import current_enrolments

BAR_WIDTH = 300  # units of the drawing; a minute is a third of a unit
MINUTES_DRAWN = (rules.DRAWN_UNTIL.hour - rules.DRAWN_FROM.hour) * 60


def clock(at: datetime, zone: ZoneInfo) -> str:
    return clock_time(at.astimezone(zone))


def moment_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment as text: 明天 11月26日 周四 17:20."""
    local = at.astimezone(zone)
    day = near_dated_day(local.date(), now.astimezone(zone).date())
    return _("%(day)s, %(time)s") % {"day": day, "time": clock_time(local)}


def school_time_words(at: datetime, own: ZoneInfo, school: ZoneInfo) -> str:
    """Return the time at the school; empty if the reader's clock shows the same."""
    here, there = at.astimezone(own), at.astimezone(school)
    if here.utcoffset() == there.utcoffset():
        return ""
    return _("%(time)s at the school") % {"time": clock_time(there)}


@dataclass(frozen=True)
class Choice:
    """One time, shown as a button."""

    value: str
    time: str
    school_time: str
    note: str
    is_chosen: bool


@dataclass(frozen=True)
class ChoiceDay:
    title: str
    note: str
    choices: Sequence[Choice]


def value_of(slot: FreeTime) -> str:
    return f"{slot.place_id}@{slot.starts_at:%Y-%m-%dT%H:%MZ}"


def read_value(text: str) -> tuple[int, datetime] | None:
    """Parse the text written by `value_of`; None for anything else."""
    place, _sep, moment = text.partition("@")
    try:
        starts_at = datetime.strptime(moment, "%Y-%m-%dT%H:%MZ").replace(tzinfo=ZoneInfo("UTC"))
    except ValueError:
        return None
    pk = key_of(place)
    if pk is None or not FIRST_YEAR <= starts_at.year <= LAST_YEAR:
        return None
    return pk, starts_at


def choice_days(
    free: Iterable[FreeTime],
    adult: Hours,
    school: ZoneInfo,
    at: datetime,
    chosen: str = "",
    home_ids: Collection[int] = (),
) -> list[ChoiceDay]:
    """Group times by day in the adult's time zone, in order.

    `home_ids` are places where the child is at home.
    """
    today = at.astimezone(adult.zone).date()
    days: dict[date, list[FreeTime]] = {}
    for slot in free:
        days.setdefault(slot.starts_at.astimezone(adult.zone).date(), []).append(slot)
    return [
        ChoiceDay(
            title=near_dated_day(on, today),
            note="",
            choices=[
                Choice(
                    value=value_of(slot),
                    time=clock(slot.starts_at, adult.zone),
                    school_time=school_time_words(slot.starts_at, adult.zone, school),
                    note=_choice_note(slot, home_ids),
                    is_chosen=value_of(slot) == chosen,
                )
                for slot in slots
            ],
        )
        for on, slots in sorted(days.items())
    ]


def _choice_note(slot: FreeTime, home_ids: Collection[int]) -> str:
    notes = []
    if slot.place_id in home_ids:
        notes.append(_("at home"))
    if slot.fit is Fit.AT_WORK:
        notes.append(_("usually your shift"))
    return pgettext("between notes", ", ").join(notes)


@dataclass(frozen=True)
class Part:
    """A stretch of a bar, in units of the drawing."""

    x: float
    width: float
    middle: float
    kind: str
    word: str


@dataclass(frozen=True)
class Bars:
    """Both days, one above the other, and where they meet. `meets_words` says it in text, at `meets_x`."""

    adult: Sequence[Part]
    child: Sequence[Part]
    meets: Sequence[Part]
    meets_words: str
    meets_x: float


# Units of the drawing that one letter takes: Chinese letters, and others.
WIDE_LETTER, LETTER = 16, 8.5
FIRST_WIDE = "⺀"  # the first of the CJK blocks


def bars(
    on: date, adult: Hours, school: SchoolDays, slots: Iterable[FreeTime], is_boarding: bool
) -> Bars:
    """Draw one day of both sides in school time, with the times offered that day."""
    of_day = [one for one in slots if one.starts_at.astimezone(school.zone).date() == on]
    words = {
        "asleep": _("asleep"),
        "work": _("at work"),
        "lessons": pgettext("a part of the day", "lessons"),
        "home": _("at school") if is_boarding else _("at home"),
        "free": "",
    }
    mine = rules.drawn_day(lambda at: rules.adult_kind_at(adult, at), on, school.zone)
    theirs = rules.drawn_day(lambda at: rules.child_kind_at(school, at, of_day), on, school.zone)

    def meets_at(moment: datetime) -> str:
        inside = any(one.starts_at <= moment < one.ends_at for one in of_day)
        good = rules.adult_kind_at(adult, moment) != "asleep"
        return "meet" if inside and good else ""

    both = [one for one in rules.drawn_day(meets_at, on, school.zone) if one.kind]
    start = datetime.combine(on, rules.DRAWN_FROM, school.zone)
    spans = [
        f"{clock(start + timedelta(minutes=one.start), adult.zone)}–"
        f"{clock(start + timedelta(minutes=one.end), adult.zone)}"
        for one in both
    ]
    meets = [_part(one, {}) for one in both]
    meets_words = pgettext("between times", ", ").join(spans)
    half = len(meets_words) * LETTER / 2
    middle = meets[0].middle if len(meets) == 1 else BAR_WIDTH / 2
    return Bars(
        adult=[_part(one, words) for one in mine],
        child=[_part(one, words) for one in theirs],
        meets=meets,
        meets_words=meets_words,
        meets_x=max(half, min(middle, BAR_WIDTH - half)),
    )


def _part(one: rules.Stretch, words: dict[str, str]) -> Part:
    scale = BAR_WIDTH / MINUTES_DRAWN
    x, width = round(one.start * scale, 1), round((one.end - one.start) * scale, 1)
    word = words.get(one.kind, "")
    needs = sum(WIDE_LETTER if letter >= FIRST_WIDE else LETTER for letter in word)
    return Part(x, width, round(x + width / 2, 1), one.kind, word if width >= needs else "")


def minutes_words(minutes: int) -> str:
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def length_of(slot: CallSlot | FreeTime) -> int:
    return round((slot.ends_at - slot.starts_at).total_seconds() / 60)


MOODS = {
    1: lambda: pgettext("mood", "very happy"),
    2: lambda: pgettext("mood", "fine"),
    3: lambda: pgettext("mood", "so-so"),
    4: lambda: pgettext("mood", "a bit low"),
    5: lambda: pgettext("mood", "sad"),
}


def mood_word(mood: int | None) -> str:
    return MOODS[mood]() if mood else ""


def days_words(days: int | None) -> str:
    if days is None:
        return _("no talk recorded yet")
    if days == 0:
        return _("talked today")
    return ngettext("no talk for %(days)d day", "no talk for %(days)d days", days) % {"days": days}


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
    is_unanswered: bool
    may_mark: bool
    may_undo: bool
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
    slots = list(queries.slots_of_day(viewer.user, school, on, viewer.on))
    held = last_ties([(row.student_id, row.adult_id) for row in slots])
    classes = class_names({row.student_id for row in slots}, viewer.on)
    rung = {slot.pk for slot in that_can_ring([one for one in slots if one.is_ahead], viewer.at)}
    rows = [
        _row(slot, held.get((slot.student_id, slot.adult_id)), classes, rung, viewer)
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
        "has_times": queries.offers_calls(school.pk),
    }


def _day_url(on: date) -> str:
    return f"{reverse('calls:day')}?on={on.isoformat()}"


def _row(
    slot: CallSlot,
    held: Guardianship | None,
    classes: dict[int, str],
    rung: Collection[int],
    viewer: Viewer,
) -> DayRow:
    zone = ZoneInfo(school_of(viewer).time_zone)
    holds = slot.holds  # type: ignore[attr-defined]  # annotated
    begun = slot.starts_at <= viewer.at + timedelta(minutes=SETTLE_BEFORE_MINUTES)
    if slot.state == CallSlot.State.CANCELLED:
        note = str(slot.get_cancelled_by_display())
    else:
        note = line_words(slot, is_rung=slot.pk in rung) or mood_word(slot.mood)
    is_unanswered = slot.state == CallSlot.State.BOOKED and slot.confirmed_at is None
    unanswered = _("waiting for the family")
    return DayRow(
        pk=slot.pk,
        time=clock(slot.starts_at, zone),
        until=clock(slot.ends_at, zone),
        child=slot.student.name,
        child_url=page_above("child", slot.student_id),
        class_name=classes.get(slot.student_id, ""),
        who=called(held) if held else "",
        adult_name=slot.adult.name,
        place=slot.place.shown_name,
        is_video=slot.place.kind == CallPlace.Kind.VIDEO,
        note=note,
        state=slot.state,
        state_label=unanswered if is_unanswered else str(slot.get_state_display()),
        is_unanswered=is_unanswered,
        may_mark=holds and begun and slot.is_ahead and not slot.place.is_home,
        may_undo=slot.state in (CallSlot.State.DONE, CallSlot.State.MISSED)
        and not slot.place.is_home,
        may_run=holds and begun and slot.state == CallSlot.State.BOOKED,
        may_cancel=slot.state == CallSlot.State.BOOKED and slot.ends_at > viewer.at,
        is_barred=not holds,
    )


def line_words(slot: CallSlot, *, is_rung: bool) -> str:
    """Return what Jiaqiao does for this call, or the outcome; empty if they dial themselves."""
    if slot.talked_seconds and slot.state == CallSlot.State.DONE:
        minutes = minutes_words(max(1, round(slot.talked_seconds / 60)))
        return _("connected by Jiaqiao, %(minutes)s") % {"minutes": minutes}
    if slot.talked_seconds and slot.state == CallSlot.State.MISSED:
        return _("connected for less than a minute")
    if slot.missed_side:
        return str(slot.get_missed_side_display())
    return _("Jiaqiao rings both") if is_rung and slot.is_ahead else ""


@dataclass(frozen=True)
class SuggestionRow:
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
    ask_url: str  # empty for viewers who may not write to families

    @property
    def others(self) -> int:
        return len(self.times) - 1

    @property
    def is_at_work(self) -> bool:
        return bool(self.times) and all(time.note for time in self.times)


@dataclass(frozen=True)
class TimeButton:
    value: str
    key: str
    day: str
    time: str
    note: str


def suggestions(viewer: Viewer, student_id: int | None) -> dict:
    school = school_of(viewer)
    found, waiting = queries.suggestions(viewer.user, school, viewer.at, student_id)
    zone = ZoneInfo(school.time_zone)
    classes = class_names({suggestion.held.student_id for suggestion in found}, viewer.on)
    wishes = wishes_visible_to(viewer.user, viewer.on).filter(school=school, settled_at=None)
    if student_id:
        wishes = wishes.filter(student_id=student_id)
    asked = list(wishes.select_related("student", "adult").order_by("asked_at")[:SHOWN])
    held = last_ties([(row.student_id, row.adult_id) for row in asked])
    has_times = queries.offers_calls(school.pk)
    rows = [_suggestion(suggestion, classes, zone, viewer) for suggestion in found]
    return {
        "rows": [row for row in rows if not row.is_at_work],
        "clashing": [row for row in rows if row.is_at_work],
        # Its best time is the only solid button of the page.
        "top": next((row for row in rows if row.times and not row.is_at_work), None),
        "more": max(0, waiting - len(found)),
        "is_one_child": student_id is not None,
        "carers": _carers(viewer, student_id) if student_id else [],
        "wishes": [
            {
                "pk": row.pk,
                "child": row.student.name,
                "child_url": page_above("child", row.student_id),
                "who": called(known) if (known := held.get((row.student_id, row.adult_id))) else "",
                "words": row.words,
                "by_key": row.by_key,
            }
            for row in asked
        ],
        "may_offer": viewer.can(Permission.OFFER_CALLS),
        "has_times": has_times,
        "days": rules.BOOK_AHEAD_DAYS,
    }


def _carers(viewer: Viewer, student_id: int) -> list[dict[str, str]]:
    """Return carers whose phone may ring for this child's calls once they agree."""
    children = children_to_ring(viewer.user, viewer.on).filter(pk=student_id)
    ties = caring(viewer.on).filter(student__in=children).select_related("adult")
    return [
        {
            "name": f"{called(tie)} {tie.adult.name}",
            "url": reverse("calls:home", args=[student_id, tie.adult_id]),
        }
        for tie in ties.order_by("priority", "pk")
    ]


def _suggestion(
    suggestion: queries.Suggestion, classes: dict[int, str], zone: ZoneInfo, viewer: Viewer
) -> SuggestionRow:
    held = suggestion.held
    return SuggestionRow(
        child=held.student.name,
        child_url=page_above("child", held.student_id),
        class_name=classes.get(held.student_id, ""),
        waits=days_words(suggestion.days),
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
            for slot in suggestion.times
        ],
        ask_url=page_above("write_to_family", held.student_id)
        if viewer.can(Permission.WORK_CHECK_INS)
        else "",
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
    """Return each place with one line for each time of day, which lists all its weekdays."""
    lines = []
    for place in rows:
        same: dict[tuple, list[CallPeriod]] = {}
        for row in place.periods.all():
            key = (row.starts, row.ends, row.slot_minutes, row.during_lessons)
            same.setdefault(key, []).append(row)
        periods = []
        for (starts, ends, slot_minutes, during_lessons), group in sorted(same.items()):
            minutes = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
            days = [str(row.get_weekday_display()) for row in group]
            words = _("%(days)s %(start)s–%(end)s, %(n)d calls of %(minutes)d minutes") % {
                "days": pgettext("between days", ", ").join(days),
                "start": f"{starts:%H:%M}",
                "end": f"{ends:%H:%M}",
                "n": minutes // slot_minutes,
                "minutes": slot_minutes,
            }
            note = _("also during lessons") if during_lessons else ""
            periods.append(PeriodLine(group[0].pk, words, note))
        lines.append(PlaceLine(place, periods))
    return lines


def lessons_words(school: School) -> str:
    """Return the timetable in one line: when children cannot come to the phone."""
    rows = TimetablePeriod.objects.filter(school=school)
    separator = pgettext("between times", ", ")
    return separator.join(f"{row.name} {row.starts:%H:%M}–{row.ends:%H:%M}" for row in rows)
