"""Derive holidays from the school's terms and the lunar calendar, and the days around a parting. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from lunardate import LunarDate

# Days before (-) and after a parent leaves on which staff check how the child is. Source:
# product.md B8; the three days before and after are the days of packing and of the empty place at
# the table.
WATCH_DAYS = (-3, 3, 14)
# A shorter gap between two terms is a long weekend, not a season.
HOLIDAY_AT_LEAST_DAYS = 10
# Days before the first day of a season from which families are asked about it: train tickets are
# sold 15 days ahead, and leave from work is requested before that.
ASK_DAYS_BEFORE = 45
REMIND_DAYS_BEFORE = 14
# Days at most between a journey and the season: parents may travel before and after the holiday.
AROUND_SEASON_DAYS = 45
SUMMER_WITHOUT_NEXT_TERM = (8, 31)  # month, day
NATIONAL_DAYS = ((10, 1), (10, 7))


class SeasonKind(StrEnum):
    WINTER = "winter"
    SUMMER = "summer"
    NATIONAL = "national"


@dataclass(frozen=True)
class Span:
    """A holiday. `feast_on` is the day that people count down to (New Year's Eve), if there is one."""

    kind: SeasonKind
    starts_on: date
    ends_on: date
    feast_on: date | None = None


def new_years_eve(year: int) -> date:
    """Return the eve of this year's Spring Festival."""
    return LunarDate(year, 1, 1).to_solar_date() - timedelta(days=1)


# (month, day) of the lunar year → the name of the day. The eve is the last day of the year,
# whatever its number. The Little New Year is the northern one (腊月廿三).
FEASTS = {(12, 23): "little_new_year", (1, 1): "new_year", (1, 15): "lanterns"}


def feast_of(on: date) -> str:
    """Return "little_new_year", "eve", "new_year", "lanterns", or an empty string."""
    if on == new_years_eve(on.year):
        return "eve"
    lunar = LunarDate.from_solar_date(on.year, on.month, on.day)
    return FEASTS.get((lunar.month, lunar.day), "")


def seasons_of(terms: Sequence[tuple[date, date]]) -> list[Span]:
    """Return the holidays between and after the school's terms ([(first day, last day)], in any order)."""
    terms = sorted(terms)
    found = []
    for before, after in pairwise(terms):
        starts_on, ends_on = before[1] + timedelta(days=1), after[0] - timedelta(days=1)
        if (ends_on - starts_on).days + 1 < HOLIDAY_AT_LEAST_DAYS:
            continue
        feast = new_years_eve(ends_on.year)
        if starts_on <= feast <= ends_on + timedelta(days=HOLIDAY_AT_LEAST_DAYS):
            found.append(Span(SeasonKind.WINTER, starts_on, ends_on, feast))
        else:
            found.append(Span(SeasonKind.SUMMER, starts_on, ends_on))
    if terms:
        # The holiday after the last recorded term, while the next term is not planned yet.
        starts_on = terms[-1][1] + timedelta(days=1)
        if starts_on.month in (1, 2):
            feast = new_years_eve(starts_on.year)
            ends_on = max(feast, starts_on) + timedelta(days=20)
            found.append(Span(SeasonKind.WINTER, starts_on, ends_on, feast))
        elif starts_on < (ends_on := date(starts_on.year, *SUMMER_WITHOUT_NEXT_TERM)):
            found.append(Span(SeasonKind.SUMMER, starts_on, ends_on))
        first, last = NATIONAL_DAYS
        for year in range(terms[0][0].year, terms[-1][1].year + 1):
            on = date(year, *first)
            if any(start <= on <= end for start, end in terms):
                found.append(Span(SeasonKind.NATIONAL, on, date(year, *last)))
    return sorted(found, key=lambda span: span.starts_on)


def watch_days(leaves_on: date) -> dict[int, date]:
    """Return the day of each check, by step."""
    return {step: leaves_on + timedelta(days=step) for step in WATCH_DAYS}


def nights_until(arrives_on: date, on: date) -> int:
    return max(0, (arrives_on - on).days)
