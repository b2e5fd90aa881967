"""A calendar of a school or a county in words; its staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from core.days import week_day
from schools.models import CalendarDay, CountyDay, Post
from schools.record_checks import is_check_due
from schools.roles import Role

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


def with_look_ups(posts: Iterable[Post], on: date) -> list[Post]:
    """Each says whether somebody has to ask again for a record (schools.record_checks)."""
    found = list(posts)
    for post in found:
        is_over = post.ends_on is not None and post.ends_on < on
        is_asked_of = post.role == Role.VILLAGE_WORKER and not is_over
        post.is_look_up_due = is_asked_of and is_check_due(post.record_checked_on, on)
    return found
