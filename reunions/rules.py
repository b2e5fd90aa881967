"""Holidays from the school's terms and the lunar calendar, and the days around a parting. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from lunardate import LunarDate

# Days before (-) and after a parent leaves on which somebody looks how the child is. Source:
# product.md B8; three days each way are the days of packing and of the empty place at table.
WATCH_DAYS = (-3, 3, 14)
# A gap between two terms that is shorter is a long weekend, not a season.
HOLIDAY_AT_LEAST_DAYS = 10
# From how many days before its first day families are asked about a season: train tickets are sold
# 15 days ahead, and leave is asked for before that.
ASK_DAYS_BEFORE = 45
REMIND_DAYS_BEFORE = 14
# How far from the season a journey may lie: parents leave before and after the school's days.
AROUND_SEASON_DAYS = 45
SUMMER_WITHOUT_NEXT_TERM = (8, 31)  # month, day
NATIONAL_DAYS = ((10, 1), (10, 7))


class SeasonKind(StrEnum):
    WINTER = "winter"
    SUMMER = "summer"
    NATIONAL = "national"


@dataclass(frozen=True)
class Span:
    """A holiday; `feast_on` is the day towards which one counts (New Year's Eve), if there is one."""

    kind: SeasonKind
    starts_on: date
    ends_on: date
    feast_on: date | None = None


def new_years_eve(year: int) -> date:
    """Return the eve of the Spring Festival of this year."""
    return LunarDate(year, 1, 1).to_solar_date() - timedelta(days=1)


# (month, day) of the lunar year → what that day is called; the eve is the last day, whatever its number.
# The little New Year as the north has it (腊月廿三).
FEASTS = {(12, 23): "little_new_year", (1, 1): "new_year", (1, 15): "lanterns"}


def feast_of(on: date) -> str:
    """ "little_new_year", "eve", "new_year", "lanterns", or nothing."""
    if on == new_years_eve(on.year):
        return "eve"
    lunar = LunarDate.from_solar_date(on.year, on.month, on.day)
    return FEASTS.get((lunar.month, lunar.day), "")


def seasons_of(terms: Sequence[tuple[date, date]]) -> list[Span]:
    """Return holidays between and after the school's terms ([(first day, last day)], any order)."""
    terms = sorted(terms)
    spans = [_between(before[1], after[0]) for before, after in pairwise(terms)]
    found = [span for span in spans if span is not None]
    if terms:
        found += _after(terms[-1][1])
        first, last = NATIONAL_DAYS
        for year in range(terms[0][0].year, terms[-1][1].year + 1):
            on = date(year, *first)
            if any(start <= on <= end for start, end in terms):
                found.append(Span(SeasonKind.NATIONAL, on, date(year, *last)))
    return sorted(found, key=lambda span: span.starts_on)


def _between(last: date, first: date) -> Span | None:
    starts_on, ends_on = last + timedelta(days=1), first - timedelta(days=1)
    if (ends_on - starts_on).days + 1 < HOLIDAY_AT_LEAST_DAYS:
        return None
    feast = new_years_eve(ends_on.year)
    if starts_on <= feast <= ends_on + timedelta(days=HOLIDAY_AT_LEAST_DAYS):
        return Span(SeasonKind.WINTER, starts_on, ends_on, feast)
    return Span(SeasonKind.SUMMER, starts_on, ends_on)


def _after(last: date) -> list[Span]:
    """Return the holiday after the last recorded term, while the next term is not planned yet."""
    starts_on = last + timedelta(days=1)
    if starts_on.month in (1, 2):
        feast = new_years_eve(starts_on.year)
        ends_on = max(feast, starts_on) + timedelta(days=20)
        return [Span(SeasonKind.WINTER, starts_on, ends_on, feast)]
    ends_on = date(starts_on.year, *SUMMER_WITHOUT_NEXT_TERM)
    return [Span(SeasonKind.SUMMER, starts_on, ends_on)] if starts_on < ends_on else []


def watch_days(leaves_on: date) -> dict[int, date]:
    """Return the days of the checks by step."""
    return {step: leaves_on + timedelta(days=step) for step in WATCH_DAYS}


def nights_until(arrives_on: date, on: date) -> int:
    return max(0, (arrives_on - on).days)
