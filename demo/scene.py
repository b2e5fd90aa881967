"""The common setting of every writer: one school, its people and its days."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from demo.families import Household, Place
from schools.models import School, SchoolClass, Term
from schools.queries import calendar_of, term_on

LOOKED_BACK_DAYS = 90  # days of a term that have something to show


@dataclass
class Scene:
    """One school to write about.

    `is_whole`: the school that visitors sign in to. The other schools of a county get less detail.
    """

    add: Callable[..., int]
    school: School
    classes: list[SchoolClass]
    teachers: dict[int, User]  # by key of the class
    colleagues: dict[str, User]  # by role
    at: datetime
    term: Term | None
    days: list[date]  # school days up to yesterday, the oldest first
    is_today_open: bool
    seed: str
    is_whole: bool

    @property
    def on(self) -> date:
        return self.at.date()

    @property
    def home_class(self) -> SchoolClass:
        """Return the class of the teacher visitors sign in as, which is also that of the story's families."""
        return home_class_of(self.classes)

    def lots(self, room: str) -> Random:
        """Return random numbers for this area alone, so that one more draw here changes nothing elsewhere."""
        return Random(f"{self.seed}:{room}")

    def teacher_of(self, seat: Place) -> int:
        return self.teachers[seat.school_class.pk].pk

    def moment(self, on: date, hour: int, minute: int = 0) -> datetime:
        """Return a moment by the school's wall clock, but never a future one."""
        local = datetime.combine(on, time(hour, minute), ZoneInfo(self.school.time_zone))
        return min(local, self.at)

    def yesterday_at(self, hour: int, minute: int = 0) -> datetime:
        """Return a time yesterday: people talk to each other by day, whenever the demo was loaded."""
        return self.moment(self.on - timedelta(days=1), hour, minute)

    def day_within(self, random: Random, newest: int, oldest: int) -> date:
        """Return a school day that many days ago, or the nearest one before it."""
        wanted = self.on - timedelta(days=random.randint(newest, oldest))
        return next((day for day in reversed(self.days) if day <= wanted), wanted)


def home_class_of(classes: list[SchoolClass]) -> SchoolClass:
    return classes[len(classes) // 2 - 1]


def days_of_school(school: School, at: datetime) -> tuple[list[date], bool]:
    """Return the school days before today, and whether today is one."""
    calendar, on = calendar_of(school), at.date()
    back = (on - timedelta(days=n) for n in range(LOOKED_BACK_DAYS, 0, -1))
    return [day for day in back if calendar.is_school_day(day)], calendar.is_school_day(on)


def set_scene(
    add: Callable[..., int],
    school: School,
    classes: list[SchoolClass],
    teachers: dict[int, User],
    colleagues: dict[str, User],
    at: datetime,
    seed: str,
    is_whole: bool,
) -> Scene:
    days, is_today_open = days_of_school(school, at)
    return Scene(
        add=add,
        school=school,
        classes=classes,
        teachers=teachers,
        colleagues=colleagues,
        at=at,
        term=term_on(school, at.date()),
        days=days,
        is_today_open=is_today_open,
        seed=seed,
        is_whole=is_whole,
    )


def seats_of(households: Iterable[Household]) -> Iterator[tuple[Household, Place]]:
    for household in households:
        for seat in household.seats:
            yield household, seat


def drawn(random: Random, shares: list[tuple[Any, float]]) -> Any:
    """Return one of the values by its share; None for what the shares leave of 1."""
    lot = random.random()
    for value, share in shares:
        lot -= share
        if lot < 0:
            return value
    return None
