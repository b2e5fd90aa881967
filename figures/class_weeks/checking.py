"""Each night: what is kept beside what the page of a school counts, by other functions, of the same weeks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from core.database import alone
from figures import rules
from figures.class_weeks.keeping import catch_up
from figures.class_weeks.models import ClassWeek
from figures.school import dashboard
from schools.models import School

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


def check_all(at: datetime) -> list[Difference]:
    """Of all schools and the last weeks; a school that cannot be compared holds up no other."""
    last = rules.last_sunday(timezone.localdate(at))
    days = [last - timedelta(weeks=number) for number in range(CHECKED_WEEKS)]
    return [
        one
        for school in School.objects.order_by("pk").iterator()
        for day in days
        for one in alone(check, school, day, at) or ()
    ]


def check(school: School, ends_on: date, at: datetime) -> list[Difference]:
    """What still differs when whatever changed meanwhile has been counted anew."""
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
