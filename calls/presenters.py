"""Call times in words, by the reader's clock, with the school's clock beside it if it differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from calls import rules
from calls.models import CallSlot
from calls.rules import Fit, FreeTime, SchoolDays
from core.days import clock_time, near_dated_day
from core.requests import FIRST_YEAR, LAST_YEAR, key_of
from guardians.hours import Hours

BAR_WIDTH = 300  # units of the drawing; a minute is a third of one
MINUTES_DRAWN = (rules.DRAWN_UNTIL.hour - rules.DRAWN_FROM.hour) * 60


def clock(at: datetime, zone: ZoneInfo) -> str:
    return clock_time(at.astimezone(zone))


def moment_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """明天 11月26日 周四 17:20."""
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
    """One time as a button."""

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
    """Parse what `value_of` wrote; None for anything else."""
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
    free: Iterable[FreeTime], adult: Hours, school: ZoneInfo, at: datetime, chosen: str = ""
) -> list[ChoiceDay]:
    """Group times by the adult's own day, in order."""
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
                    note=_("usually your shift") if slot.fit is Fit.AT_WORK else "",
                    is_chosen=value_of(slot) == chosen,
                )
                for slot in slots
            ],
        )
        for on, slots in sorted(days.items())
    ]


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
    """Both days one above the other and where they meet; `meets_words` says it in text."""

    adult: Sequence[Part]
    child: Sequence[Part]
    meets: Sequence[Part]
    meets_words: str


# Units of the drawing that one letter takes: Chinese, and others.
WIDE_LETTER, LETTER = 16, 8.5
FIRST_WIDE = "⺀"  # the first of the CJK blocks


def bars(
    on: date, adult: Hours, school: SchoolDays, slots: Iterable[FreeTime], is_boarding: bool
) -> Bars:
    """Draw one day of both by the school's clock, with the times offered that day."""
    of_day = [one for one in slots if one.starts_at.astimezone(school.zone).date() == on]
    words = {
        "asleep": _("asleep"),
        "work": _("at work"),
        "lessons": _("lessons"),
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
    return Bars(
        adult=[_part(one, words) for one in mine],
        child=[_part(one, words) for one in theirs],
        meets=[_part(one, {}) for one in both],
        meets_words=pgettext("between times", ", ").join(spans),
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
