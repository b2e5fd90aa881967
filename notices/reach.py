"""The reach of a notice: adults, families, who is left out and why, and when it arrives."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from guardians.hours import next_allowed
from guardians.models import Adult, Guardianship
from guardians.queries import (
    informed_guardianships,
    may_be_written_to,
    usable_contact_points,
)
from notices import rules
from notices.models import Notice, NoticeChild
from notices.policies import KINDS, audience_of
from students.models import Enrolment, Student

LeftOut = NoticeChild.LeftOut


@dataclass
class Child:
    student: Student
    class_id: int
    class_name: str
    family: int
    adults: list[Adult] = field(default_factory=list)  # the adults to whom we write
    left_out: str = ""
    # Whether the only adults are blocked. Only shown to those who may know it.
    is_blocked: bool = False


@dataclass(frozen=True)
class Reach:
    children: list[Child]

    @property
    def adults(self) -> dict[int, Adult]:
        return {adult.pk: adult for child in self.children for adult in child.adults}

    @property
    def families(self) -> int:
        return len({child.family for child in self.children})

    @property
    def families_reached(self) -> int:
        return len({child.family for child in self.children if child.adults})

    @property
    def left_out(self) -> list[Child]:
        return [child for child in self.children if child.left_out]

    def arrivals(self, at: datetime) -> list[tuple[datetime, int]]:
        """Return (instant, number of adults who get a message due at `at` then), ordered by time."""
        times = Counter(next_allowed(adult.hours, at) for adult in self.adults.values())
        return sorted(times.items())


def reach_of_notice(notice: Notice, on: date) -> Reach:
    """Return the reach if the notice were sent today. The number of queries does not depend on the size."""
    return reach(list(audience_of(notice, on)), on)


def reach(enrolments: Sequence[Enrolment], on: date) -> Reach:
    children = {
        row.student_id: Child(row.student, row.school_class_id, row.school_class.name, 0)
        for row in enrolments
    }
    held: dict[int, list[Guardianship]] = {pk: [] for pk in children}
    for tie in _ties(list(children), on):
        held[tie.student_id].append(tie)
    around = {
        pk: {tie.adult_id for tie in ties if not tie.adult.is_blocked} for pk, ties in held.items()
    }
    number = rules.families(around)
    for pk, child in children.items():
        child.family = number[pk]
        _look_at(child, held[pk])
    return Reach(list(children.values()))


def _ties(student_ids: Collection[int], on: date) -> list[Guardianship]:
    """Return guardianships; `works` tells whether we can message the adult."""
    way = usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
    rows = informed_guardianships(on).filter(
        student_id__in=student_ids, kind__in=KINDS, adult__merged_into=None
    )
    found = rows.select_related("adult").annotate(works=Exists(way))
    return list(found.order_by("student_id", "priority", "pk"))


def children_with_family(children: Collection[int], on: date) -> dict[int, set[int]]:
    """Return, for each of these children, the children who share with it an adult whom we write to."""
    ties = informed_guardianships(on).filter(
        may_be_written_to(), kind__in=KINDS, adult__merged_into=None
    )
    adults = ties.filter(student_id__in=children).values("adult_id")
    around: dict[int, set[int]] = {}
    for adult, child in ties.filter(adult__in=adults).values_list("adult_id", "student_id"):
        around.setdefault(adult, set()).add(child)
    families = {child: {child} for child in children}
    for together in around.values():
        for child in together.intersection(families):
            families[child] |= together
    return families


def _look_at(child: Child, ties: Sequence[Guardianship]) -> None:
    open_to = [tie for tie in ties if tie.adult.may_be_written_to]
    willing = [tie for tie in open_to if tie.adult.opted_out_at is None]
    reached = [tie.adult for tie in willing if tie.works]  # type: ignore[attr-defined]
    child.adults = list({adult.pk: adult for adult in reached}.values())
    if child.adults:
        return
    if willing:
        child.left_out = LeftOut.NO_WAY
    elif open_to:
        child.left_out = LeftOut.OPTED_OUT
    else:
        child.left_out = LeftOut.NOBODY
        child.is_blocked = any(tie.adult.is_blocked for tie in ties)


def still_reached(
    notice: Notice, lines: Sequence[NoticeChild], on: date
) -> list[tuple[Adult, list[int]]]:
    """Return the adults whom we may message about these lines today, each with their children."""
    ties = _ties([line.student_id for line in lines], on)
    found: dict[int, tuple[Adult, list[int]]] = {}
    for tie in ties:
        if tie.adult.may_be_asked and tie.works:  # type: ignore[attr-defined]  # annotated
            found.setdefault(tie.adult_id, (tie.adult, []))[1].append(tie.student_id)
    return list(found.values())
