"""The roster in words: a week at a glance, one turn, and what people read about their own turn."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.days import clock_or_day, clock_time, week_day
from schools.duty import queries, rules
from schools.duty.rules import Part
from schools.models import DutyTurn, School

WEEK = 7


@dataclass(frozen=True)
class TurnOnPage:
    pk: int
    name: str
    when: str
    is_now: bool
    is_here: bool
    is_reachable: bool
    may_change: bool


@dataclass(frozen=True)
class DayOnPage:
    on: date
    title: str
    name: str  # of a holiday
    is_today: bool
    is_over: bool
    gap: str
    gap_part: str
    turns: list[TurnOnPage] = field(default_factory=list)


def days_on_page(
    school: School, first: date, at: datetime, names: dict[date, str], days: int = WEEK
) -> list[DayOnPage]:
    """Return the days in three queries for any number of turns; `names` come from the calendar."""
    rows = queries.turns_between(
        [school.pk], first - timedelta(days=1), first + timedelta(days=days)
    )
    turns = list(rows)
    parts = queries.parts_kept([school.pk], queries.duty_day_of(school, at)).get(school.pk, ())
    each = [first + timedelta(days=n) for n in range(days)]
    return [_day(school, on, turns, parts, names.get(on, ""), at) for on in each]


def _day(
    school: School,
    on: date,
    turns: Sequence[Any],
    parts: Collection[str],
    name: str,
    at: datetime,
) -> DayOnPage:
    hours, zone = queries.hours_of(school), queries.zone_of(school)
    here = [one for one in turns if one.is_here]
    gap = rules.gap_of(on, here, parts, hours, zone, at)
    running = rules.duty_day(at, hours, zone)
    return DayOnPage(
        on=on,
        title=week_day(on),
        name=name,
        is_today=on == timezone.localdate(at, zone),
        is_over=on < running,
        gap=nobody_words(gap),
        gap_part=gap,
        turns=[_turn(one, school, at) for one in turns if one.on == on],
    )


def _turn(turn: Any, school: School, at: datetime) -> TurnOnPage:
    is_over = turn.runs_until <= at
    is_still_here = turn.begins_here and turn.on == timezone.localdate(at, queries.zone_of(school))
    return TurnOnPage(
        pk=turn.pk,
        name=turn.user.name,
        when=hours_words(turn, school),
        is_now=rules.holds(turn, at) and (turn.is_here or is_still_here),
        is_here=turn.is_here or is_over,
        is_reachable=bool(turn.user.phone or turn.user.email) or is_over,
        may_change=not is_over and turn.off_at is None,
    )


def hours_words(turn: DutyTurn, school: School) -> str:
    """Return "by night, 19:00–7:00"; the actual times if somebody came or went in between."""
    zone = queries.zone_of(school)
    starts, ends = (timezone.localtime(one, zone) for one in (turn.starts_at, turn.runs_until))
    span = {"from": clock_time(starts), "until": clock_time(ends), "part": turn.get_part_display()}
    return _("%(part)s, %(from)s–%(until)s") % span


def turn_words(turn: DutyTurn) -> str:
    said = {"day": week_day(turn.on), "part": turn.get_part_display(), "name": turn.user.name}
    return _("%(day)s %(part)s: %(name)s") % said


def nobody_words(part: str) -> str:
    """Return a description of a gap; "" if there is none."""
    words = {
        Part.WHOLE: _("Nobody is on duty, by day or by night."),
        Part.DAY: _("Nobody is on duty by day."),
        Part.NIGHT: _("Nobody is on duty by night."),
    }
    return words[Part(part)] if part else ""


def gap_words(gaps: Sequence[tuple[date, str]]) -> str:
    """Return "Sat 28 Nov, Sun 29 Nov by night"."""
    words = pgettext("a gap in the duty roster", "%(day)s %(part)s")
    return _(", ").join(
        week_day(on)
        if part == Part.WHOLE
        else words % {"day": week_day(on), "part": DutyTurn.Part(part).label}
        for on, part in gaps
    )


def until_words(at: datetime, turn: DutyTurn) -> str:
    """Return 周五 7:00; only the time if it is today."""
    return _clock_words(turn.runs_until, at, turn.school)


def from_words(turn: DutyTurn) -> str:
    zone = queries.zone_of(turn.school)
    return clock_time(timezone.localtime(turn.starts_at, zone))


def _clock_words(then: datetime, at: datetime, school: School) -> str:
    zone = queries.zone_of(school)
    local = timezone.localtime(then, zone)
    return clock_or_day(local, timezone.localdate(at, zone))


def when_words(then: datetime | None, at: datetime, school: School) -> str:
    return _clock_words(then, at, school) if then else ""


def week_words(monday: date) -> str:
    span = {"first": week_day(monday), "last": week_day(monday + timedelta(days=WEEK - 1))}
    return _("%(first)s – %(last)s") % span
