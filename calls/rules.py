"""When a child and a parent can talk: the school's open times, the timetable, and the parent's day.

Pure. Times of day are local to the school or the adult; results are instants.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from core.weeks import SATURDAY
from guardians.hours import Hours, allowed_before, evening_before, is_asleep, is_at_work, is_quiet

BOOK_AHEAD_DAYS = 10  # days; a week, and a few more for a changed shift
BOOK_BEFORE_MINUTES = 30  # minutes; time to fetch the child
CHOICES_FOR_STAFF = 3  # times offered for each child
MISSED_IN_A_ROW = 2  # calls; then we ask a teacher to find out why
REMIND_BEFORE_MINUTES = 60  # minutes
MOOD_ASKED_FOR_DAYS = 2  # days after a call during which we ask how it was
# Seconds of a call that the exchange reports. In a shorter one nobody picked up or had time (our
# choice).
SHORTEST_TALK_SECONDS = 60


def is_a_talk(seconds: int) -> bool:
    return seconds >= SHORTEST_TALK_SECONDS


class Fit(IntEnum):
    """How well a time suits an adult, best first."""

    GOOD = 0
    AT_WORK = 1
    ASLEEP = 2


@dataclass(frozen=True)
class OpenTime:
    """A period in which a place takes calls, as the school entered it."""

    place_id: int
    weekday: int
    starts: time
    ends: time
    slot_minutes: int
    during_lessons: bool = False


@dataclass(frozen=True)
class SchoolDays:
    """Days and lessons of a school.

    School days are open; a weekend is open unless it is a holiday.
    """

    zone: ZoneInfo
    is_school_day: Callable[[date], bool]
    is_holiday: Callable[[date], bool]
    lessons: Sequence[tuple[time, time]] = ()
    is_home: bool = False  # at home every day is open, holidays too

    def is_open(self, on: date) -> bool:
        return (
            self.is_home
            or self.is_school_day(on)
            or (on.weekday() >= SATURDAY and not self.is_holiday(on))
        )


@dataclass(frozen=True, order=True)
class Span:
    """A span of time between two instants."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class FreeTime:
    """A time that can be booked, and how well it suits the adult."""

    place_id: int
    starts_at: datetime
    ends_at: datetime
    fit: Fit = Fit.GOOD

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


def slots_of_day(on: date, school: SchoolDays, open_times: Iterable[OpenTime]) -> list[FreeTime]:
    """Return every time that the school offers on a day, booked or not, in order."""
    if not school.is_open(on):
        return []
    lessons = school.lessons if school.is_school_day(on) else ()
    found = []
    for period in open_times:
        if period.weekday != on.weekday():
            continue
        # Calls of the period's length, one after another; a remainder at the end is dropped.
        step = timedelta(minutes=period.slot_minutes)
        start = datetime.combine(on, period.starts, school.zone).astimezone(UTC)
        end = datetime.combine(on, period.ends, school.zone).astimezone(UTC)
        for n in range((end - start) // step):
            slot = FreeTime(period.place_id, start + step * n, start + step * (n + 1))
            starts = slot.starts_at.astimezone(school.zone).time()
            ends = slot.ends_at.astimezone(school.zone).time()
            in_lesson = any(starts < until and since < ends for since, until in lessons)
            if period.during_lessons or not in_lesson:
                found.append(slot)
    return sorted(found, key=lambda slot: (slot.starts_at, slot.place_id))


def fit_of(adult: Hours, slot: FreeTime) -> Fit:
    """Return the worse fit of the call's first and last minute, by the adult's local time."""
    return max(_fit_at(adult, at) for at in (slot.starts_at, slot.ends_at - timedelta(minutes=1)))


def _fit_at(adult: Hours, at: datetime) -> Fit:
    if is_asleep(adult, at):
        return Fit.ASLEEP
    return Fit.AT_WORK if is_at_work(adult, at) else Fit.GOOD


def offered(
    *,
    at: datetime,
    school: SchoolDays,
    open_times: Sequence[OpenTime],
    days: int = BOOK_AHEAD_DAYS,
) -> list[FreeTime]:
    """Return everything that the school offers from `at` onwards, booked or not."""
    today = at.astimezone(school.zone).date()
    earliest = at + timedelta(minutes=BOOK_BEFORE_MINUTES)
    return [
        slot
        for offset in range(days)
        for slot in slots_of_day(today + timedelta(days=offset), school, open_times)
        if slot.starts_at >= earliest
    ]


def free_for(
    slots: Iterable[FreeTime],
    *,
    adult: Hours,
    taken: Collection[tuple[int, Span]],
    busy: Collection[Span] = (),
) -> list[FreeTime]:
    """Return the times that this adult can choose.

    The place, child and adult are free, the adult is awake, and a reminder can come first. `taken` holds
    (place, span), `busy` the other calls of this child or adult. If two places are free at the same time,
    only the first is returned.
    """
    found: dict[datetime, FreeTime] = {}
    for slot in slots:
        fit = fit_of(adult, slot)
        span = slot.span
        if fit is Fit.ASLEEP or slot.starts_at in found:
            continue
        if any(place == slot.place_id and span.overlaps(other) for place, other in taken):
            continue
        if any(span.overlaps(other) for other in busy):
            continue
        if not can_be_reminded(adult, slot.starts_at):
            continue
        found[slot.starts_at] = FreeTime(slot.place_id, slot.starts_at, slot.ends_at, fit)
    return list(found.values())


@dataclass(frozen=True)
class Waiting:
    """A child with one parent away, and the days since they talked (None if no talk is recorded)."""

    student_id: int
    adult_id: int
    days: int | None
    adult: Hours
    busy: tuple[Span, ...] = ()


def longest_first(rows: Iterable[Waiting]) -> list[Waiting]:
    """Sort children without a recorded talk first, then by days since the last one."""
    return sorted(
        rows, key=lambda row: (row.days is not None, -(row.days or 0), row.student_id, row.adult_id)
    )


def match(
    rows: Iterable[Waiting],
    slots: Sequence[FreeTime],
    taken: Collection[tuple[int, Span]],
    choices: int = CHOICES_FOR_STAFF,
) -> list[tuple[Waiting, list[FreeTime]]]:
    """Return who should be called next, with the times that suit best.

    The child longest without a talk chooses first; no two children get the same first time.
    """
    promised = list(taken)
    found = []
    for row in longest_first(rows):
        free = free_for(slots, adult=row.adult, taken=promised, busy=row.busy)
        best = sorted(free, key=lambda slot: (slot.fit, slot.starts_at))[:choices]
        if best:
            promised.append((best[0].place_id, best[0].span))
        found.append((row, best))
    return found


def hour_before(adult: Hours, starts_at: datetime) -> datetime | None:
    """Return when to send the reminder shortly before the call; None if quiet hours last until then."""
    return allowed_before(adult, starts_at - timedelta(minutes=REMIND_BEFORE_MINUTES), starts_at)


def can_be_reminded(adult: Hours, starts_at: datetime) -> bool:
    return bool(hour_before(adult, starts_at) or evening_before(adult, starts_at))


def may_ring(adult: Hours, starts_at: datetime) -> bool:
    """Return whether this adult may be rung: never in their quiet hours, whatever they have booked."""
    return not is_quiet(adult, starts_at)


def is_in_the_way(states: Sequence[str]) -> bool:
    """Return whether a child and adult missed too many calls in a row; `states` has the latest first."""
    latest = states[:MISSED_IN_A_ROW]
    return len(latest) == MISSED_IN_A_ROW and set(latest) == {"missed"}


@dataclass(frozen=True)
class Stretch:
    """Part of a drawn day: minutes from its start, and what fills them."""

    start: int
    end: int
    kind: str


DRAWN_FROM, DRAWN_UNTIL = time(7, 0), time(22, 0)  # local time of the school
DRAWN_STEP_MINUTES = 10


def drawn_day(kind_at: Callable[[datetime], str], on: date, zone: ZoneInfo) -> list[Stretch]:
    """Split a day into stretches of one kind each, for the bars above the times."""
    start = datetime.combine(on, DRAWN_FROM, zone)
    minutes = (DRAWN_UNTIL.hour - DRAWN_FROM.hour) * 60
    stretches: list[Stretch] = []
    for offset in range(0, minutes, DRAWN_STEP_MINUTES):
        kind = kind_at(start + timedelta(minutes=offset))
        if stretches and stretches[-1].kind == kind:
            stretches[-1] = Stretch(stretches[-1].start, offset + DRAWN_STEP_MINUTES, kind)
        else:
            stretches.append(Stretch(offset, offset + DRAWN_STEP_MINUTES, kind))
    return stretches


def adult_kind_at(adult: Hours, moment: datetime) -> str:
    return {Fit.ASLEEP: "asleep", Fit.AT_WORK: "work", Fit.GOOD: "free"}[_fit_at(adult, moment)]


def child_kind_at(school: SchoolDays, moment: datetime, slots: Iterable[FreeTime]) -> str:
    """Return "free" during an offered time, "lessons" until the last lesson ends, otherwise "home"."""
    if any(slot.starts_at <= moment < slot.ends_at for slot in slots):
        return "free"
    local = moment.astimezone(school.zone)
    if not school.lessons or not school.is_school_day(local.date()):
        return "home"
    first, last = min(school.lessons)[0], max(until for _, until in school.lessons)
    return "lessons" if first <= local.time() < last else "home"
