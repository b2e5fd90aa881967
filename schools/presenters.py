"""A calendar of a school or a county in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from core.days import week_day
from schools.models import CalendarDay, CountyDay

Day = TypeVar("Day", CalendarDay, CountyDay)

DAY_WORDS = {
    CalendarDay.Kind.HOLIDAY: _("Holiday"),
    CalendarDay.Kind.SCHOOL_DAY: _("Make-up school day"),
}


@dataclass(frozen=True)
class DaySpan(Generic[Day]):
    """Days in a row that differ from the week in the same way, each with its own words."""

    days: list[tuple[Day, str]]

    @property
    def first(self) -> Day:
        return self.days[0][0]

    @property
    def ends(self) -> list[str]:
        """10月1日 周四, 10月7日 周三; a single day once."""
        return list(dict.fromkeys([self.days[0][1], self.days[-1][1]]))

    @property
    def kind_words(self) -> str:
        return str(DAY_WORDS[CalendarDay.Kind(self.first.kind)])


def day_spans(days: Iterable[Day]) -> list[DaySpan[Day]]:
    """Join neighbouring days of one school or county, kind, name and origin; `days` come in order."""
    spans: list[DaySpan[Day]] = []
    for day in days:
        entry = (day, week_day(day.on))
        if spans and _goes_on(spans[-1].days[-1][0], day):
            spans[-1].days.append(entry)
        else:
            spans.append(DaySpan([entry]))
    return spans


def _goes_on(one: Day, other: Day) -> bool:
    is_next = other.on - one.on == timedelta(days=1)
    return is_next and all(
        getattr(one, name, None) == getattr(other, name, None)
        for name in ("school_id", "kind", "name", "origin")
    )
