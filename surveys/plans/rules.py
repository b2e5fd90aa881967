"""How a round that is too large is divided, and when each part is asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from surveys.rules import FOLLOW_UP_WEEKS

# Days that must be left in a term for a part to begin in it: a week of lessons (our own choice).
DAYS_LEFT_AT_LEAST = 7


@dataclass(frozen=True)
class ClassLoad:
    """A class with the number of its children who may be asked."""

    class_id: int
    grade: int
    children: int


@dataclass(frozen=True)
class Part:
    classes: tuple[ClassLoad, ...]
    opens_on: date
    due_on: date

    @property
    def children(self) -> int:
        return sum(one.children for one in self.classes)


@dataclass(frozen=True)
class Plan:
    """A round divided into parts.

    `too_large`: classes that no part can hold; `too_late`: classes for which the school year has no time.
    """

    parts: tuple[Part, ...]
    too_large: tuple[ClassLoad, ...] = ()
    too_late: tuple[ClassLoad, ...] = ()


def parted(classes: Sequence[ClassLoad], fitting: int) -> list[list[ClassLoad]]:
    """Divide classes into parts of at most `fitting` children.

    A part has whole grades if they fit, else single classes.
    """
    parts: list[list[ClassLoad]] = []
    for _grade, group in groupby(classes, key=lambda one: one.grade):
        grade = [one for one in group if one.children <= fitting]
        together = (
            [grade] if sum(one.children for one in grade) <= fitting else [[x] for x in grade]
        )
        for number, one in enumerate(together):
            # A grade that is split begins a new part.
            is_split_off = len(together) > 1 and number == 0
            held = sum(each.children for each in parts[-1]) if parts else fitting + 1
            if not is_split_off and held + sum(each.children for each in one) <= fitting:
                parts[-1] += one
            elif one:
                parts.append(list(one))
    return parts


def days_for(
    count: int, first_on: date, open_days: int, terms: Sequence[tuple[date, date]]
) -> list[tuple[date, date]]:
    """Return (opens on, due on) of up to `count` parts; fewer if the terms on record end before.

    A part begins when the previous one is over and its talks are held. Without terms on record nothing is
    left out.
    """
    step = max(timedelta(weeks=FOLLOW_UP_WEEKS), timedelta(days=open_days + 1))
    found: list[tuple[date, date]] = []
    on = first_on
    for number in range(count):
        ends_on = on + timedelta(days=open_days)
        if terms and number:  # the first part opens today, whatever the calendar says
            in_time = [
                (starts, ends)
                for starts, ends in sorted(terms)
                if max(on, starts) + timedelta(days=DAYS_LEFT_AT_LEAST) <= ends
            ]
            if not in_time:
                break
            on = max(on, in_time[0][0])
            ends_on = min(on + timedelta(days=open_days), in_time[0][1])
        found.append((on, ends_on))
        on += step
    return found


def plan(
    classes: Sequence[ClassLoad],
    fitting: int,
    first_on: date,
    due_on: date,
    terms: Sequence[tuple[date, date]],
) -> Plan:
    """Return the plan. `classes` by grade; `fitting`: how many children one part may have."""
    groups = [one for one in parted(classes, fitting) if sum(each.children for each in one)]
    days = days_for(len(groups), first_on, (due_on - first_on).days, terms)
    made = zip(groups, days, strict=False)
    return Plan(
        parts=tuple(Part(tuple(group), *of_part) for group, of_part in made),
        too_large=tuple(one for one in classes if one.children > fitting),
        too_late=tuple(one for group in groups[len(days) :] for one in group),
    )
