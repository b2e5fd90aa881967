"""The calendar of a school or county in words, and its staff."""

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
JOINED_BY = ("school_id", "kind", "name", "origin")  # equal on all days of a span

DAY_WORDS = {
    CalendarDay.Kind.HOLIDAY: _("Holiday"),
    CalendarDay.Kind.SCHOOL_DAY: _("Make-up school day"),
}


@dataclass(frozen=True)
class DaySpan(Generic[Day]):
    """Consecutive days that differ from the week in the same way, each with its text."""

    days: list[tuple[Day, str]]

    @property
    def first(self) -> Day:
        return self.days[0][0]

    @property
    def ends(self) -> list[str]:
        """Return 10月1日 周四, 10月7日 周三; a single day only once."""
        return list(dict.fromkeys([self.days[0][1], self.days[-1][1]]))

    @property
    def kind_words(self) -> str:
        return str(DAY_WORDS[CalendarDay.Kind(self.first.kind)])


def day_spans(days: Iterable[Day]) -> list[DaySpan[Day]]:
    """Join consecutive days with the same school or county, kind, name and origin; `days` must be
    in order.
    """
    spans: list[DaySpan[Day]] = []
    for day in days:
        entry = (day, week_day(day.on))
        before = spans[-1].days[-1][0] if spans else None
        if (
            before is not None
            and day.on - before.on == timedelta(days=1)
            and all(getattr(before, name, None) == getattr(day, name, None) for name in JOINED_BY)
        ):
            spans[-1].days.append(entry)
        else:
            spans.append(DaySpan([entry]))
    return spans


def with_look_ups(posts: Iterable[Post], on: date) -> list[Post]:
    """Set on each post whether somebody has to ask again for a record check (schools.record_checks)."""
    found = list(posts)
    for post in found:
        is_over = post.ends_on is not None and post.ends_on < on
        is_asked_of = post.role == Role.VILLAGE_WORKER and not is_over
        post.is_look_up_due = is_asked_of and is_check_due(post.record_checked_on, on)
    return found
