"""Hours of a turn on duty, who is on duty at a moment, and where nobody is. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

# If nobody was on the roster in this many past days, the school has stopped using it and we report no gaps.
KEPT_DAYS = 28
# Days ahead for which Today shows a gap: enough time to ask somebody before a weekend.
GAP_DAYS = 3
# Days before and after today in which a turn puts somebody near every child of the school.
NEAR_DAYS = 3
# Longest span of days in one form, so that nobody fills a whole term by mistake.
SPAN_DAYS = 31


class Part(StrEnum):
    WHOLE = "whole"
    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True)
class Hours:
    """The times at which the turns of a school change. A night ends when the next day's turn begins."""

    day_from: time
    night_from: time


class Turn(Protocol):
    """A row of the roster (schools.models.DutyTurn)."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def runs_until(self) -> datetime: ...


class Stands(Protocol):
    """A post as the ladder and related code see it."""

    @property
    def is_rostered(self) -> bool: ...

    @property
    def is_duty(self) -> bool: ...

    @property
    def is_reachable(self) -> bool: ...


OneTurn = TypeVar("OneTurn", bound=Turn)
OnePost = TypeVar("OnePost", bound=Stands)


def span_of(on: date, part: str, hours: Hours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants between which a turn of that day lasts; a night belongs to the day on which it
    begins.
    """
    morning = datetime.combine(on, hours.day_from, zone)
    evening = datetime.combine(on, hours.night_from, zone)
    next_morning = datetime.combine(on + timedelta(days=1), hours.day_from, zone)
    starts_at = evening if part == Part.NIGHT else morning
    return starts_at, evening if part == Part.DAY else next_morning


def duty_day(at: datetime, hours: Hours, zone: ZoneInfo) -> date:
    """Return the day whose turn runs at that moment: before the change in the morning it is
    still yesterday.
    """
    local = at.astimezone(zone)
    return local.date() if local.time() >= hours.day_from else local.date() - timedelta(days=1)


def still_to_write(part: str, known: Iterable[str]) -> str:
    """Return the part of `part` for which the person is not yet on the roster of that day."""
    had = set(known)
    if part in had or Part.WHOLE in had or had >= {Part.DAY, Part.NIGHT}:
        return ""
    if part != Part.WHOLE or not had:
        return part
    return Part.NIGHT if Part.DAY in had else Part.DAY


def holds(turn: Turn, at: datetime) -> bool:
    return turn.starts_at <= at < turn.runs_until


def standing(turns: Iterable[OneTurn], at: datetime) -> list[OneTurn]:
    """Return who is on duty at that moment, the earliest first."""
    return sorted((one for one in turns if holds(one, at)), key=lambda one: one.starts_at)


def is_covered(starts_at: datetime, ends_at: datetime, turns: Iterable[Turn]) -> bool:
    """Return whether somebody is on duty at every moment of the span."""
    reached = starts_at
    for turn in sorted(turns, key=lambda one: one.starts_at):
        if turn.starts_at > reached:
            break
        reached = max(reached, turn.runs_until)
    return reached >= ends_at


def kept(parts: Iterable[str]) -> frozenset[str]:
    """Return for which parts of the day the school has recently kept a roster: by day, by night."""
    written = set(parts)
    return frozenset(part for part in (Part.DAY, Part.NIGHT) if written & {part, Part.WHOLE})


def gap_of(
    on: date,
    turns: Sequence[Turn],
    parts: Collection[str],
    hours: Hours,
    zone: ZoneInfo,
    at: datetime,
) -> str:
    """Return which part of that day's duty has nobody from `at` on, or "".

    `parts` are those for which the school keeps a roster.
    """
    missing = []
    for part in (Part.DAY, Part.NIGHT):
        starts_at, ends_at = span_of(on, part, hours, zone)
        if part in parts and ends_at > at and not is_covered(max(starts_at, at), ends_at, turns):
            missing.append(part)
    return Part.WHOLE if len(missing) > 1 else "".join(missing)


def on_duty(posts: Iterable[OnePost]) -> list[OnePost]:
    """Return, from posts that may hear of a child, those whose turn it is.

    If it is nobody's turn, return those that are always notified first; they are added, too, if nobody whose
    turn it is can be reached.
    """
    posts = list(posts)
    rostered = [one for one in posts if one.is_rostered]
    if any(one.is_reachable for one in rostered):
        return rostered
    return rostered + [one for one in posts if one.is_duty and not one.is_rostered]
