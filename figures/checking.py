"""Compare kept rows with the original tables each night.

Past weeks are counted a second time by other functions than those that keep them. Today is counted by the
same functions, so a difference means that a change left no mark.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from core.database import run_step
from core.weeks import last_sunday
from figures.choice import EVERYBODY
from figures.class_days.counting import Counted, facts_of
from figures.class_weeks.keeping import catch_up, keep_day
from figures.class_weeks.models import ClassWeek
from figures.school import dashboard
from schools.models import School
from schools.policies import today_in

CHECKED_WEEKS = 2  # the last completed ones


@dataclass(frozen=True)
class Difference:
    """Children connected and children with a parent away, of one class."""

    school_id: int
    class_id: int
    ends_on: date
    kept: tuple[int, int]
    counted: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"School {self.school_id}, class {self.class_id}, week until {self.ends_on.isoformat()}: "
            f"kept {self.kept[0]} of {self.kept[1]}, counted {self.counted[0]} of {self.counted[1]}"
        )


@dataclass(frozen=True)
class DayDifference:
    """The figures of a class that differ: each name with the kept and the counted value."""

    school_id: int
    class_id: int
    on: date
    names: dict[str, tuple]

    def __str__(self) -> str:
        told = (
            f"{name}: kept {kept}, counted {found}" for name, (kept, found) in self.names.items()
        )
        day = self.on.isoformat()
        return f"School {self.school_id}, class {self.class_id}, {day}: {'; '.join(told)}"


def check_all(at: datetime) -> list[Difference | DayDifference]:
    """Of all schools and the last weeks; a school that cannot be compared holds up no other."""
    last = last_sunday(timezone.localdate(at))
    days = [last - timedelta(weeks=number) for number in range(CHECKED_WEEKS)]
    found: list[Difference | DayDifference] = []
    for school in School.objects.order_by("pk").iterator():
        for day in days:
            found += run_step(check, school, day, at) or ()
        found += run_step(check_day, school, at) or ()
    return found


def check_day(school: School, at: datetime) -> list[DayDifference]:
    """Return what still differs today after the classes that changed meanwhile were counted again."""
    if not _differences_of_day(school, at):
        return []
    catch_up(school, at)
    keep_day(school, at)
    return _differences_of_day(school, at)


def _differences_of_day(school: School, at: datetime) -> list[DayDifference]:
    on = today_in(school, at)
    kept = EVERYBODY.kept(school, on)
    rows = EVERYBODY.enrolments(school, on).values_list("student_id", "school_class_id")
    facts = facts_of(school, on, [child for child, _class in rows])
    counted = {one.school_class_id: one for one in facts.by_class(rows)}
    keys = kept.classes.keys() | (counted.keys() if kept.is_whole else set())
    pairs = (
        (kept.classes.get(key, Counted(key)), counted.get(key, Counted(key)))
        for key in sorted(keys)
    )
    return [
        DayDifference(school.pk, one.school_class_id, on, names)
        for one, other in pairs
        if (names := _unlike(one, other))
    ]


def _unlike(kept: Counted, counted: Counted) -> dict[str, tuple]:
    """Return the fields that differ. For children it gives only their number: an alert names no child."""
    pairs = zip(Counted._fields, kept, counted, strict=True)
    found = {
        name: (one, other) for name, one, other in pairs if name != "children" and one != other
    }
    if set(kept.children) != set(counted.children):
        found["children"] = (len(kept.children), len(counted.children))
    return found


def check(school: School, ends_on: date, at: datetime) -> list[Difference]:
    """What still differs when whatever changed meanwhile has been counted again."""
    if not _differences(school, ends_on, at):
        return []
    catch_up(school, at)
    return _differences(school, ends_on, at)


def _differences(school: School, ends_on: date, at: datetime) -> list[Difference]:
    rows = ClassWeek.objects.filter(school=school, ends_on=ends_on, key=ClassWeek.Key.CONNECTED)
    kept = {row.school_class_id: (row.numerator, row.denominator) for row in rows}
    if not kept:
        return []  # the school did not exist yet, or nobody rebuilt the week
    board = dashboard(school, at, ends_on, has_trend=False)
    counted = {row.pk: (row.connected, row.with_parent_away) for row in board.classes}
    return [
        Difference(school.pk, key, ends_on, kept.get(key, (0, 0)), counted.get(key, (0, 0)))
        for key in sorted(kept | counted)
        if kept.get(key, (0, 0)) != counted.get(key, (0, 0))
    ]
