"""Check attendance that another system of the school reports, row by row.

A child without a mark counts as present. So the first list of a day must name every child of the class;
later lists may correct single children.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.calendar import refused_words
from classroom.models import AttendanceMark, ClassRegister
from classroom.rules import PRESENT, Mark
from core.days import week_day
from schools.models import School, SchoolClass
from schools.queries import calendar_of
from students.models import Enrolment, Student

# The family and the class teacher agree on leave; no system reports it.
KINDS = [kind for kind in AttendanceMark.Kind if kind != AttendanceMark.Kind.LEAVE]
REASONS = [reason for reason in AttendanceMark.Reason if reason]


@dataclass(frozen=True)
class ReportedMark:
    student_id: int
    on: date
    mark: Mark


@dataclass(frozen=True)
class Problem:
    """A problem with a list. `row` is the position in the list, None for the list as a whole."""

    row: int | None
    field: str
    words: str


Classes = Mapping[tuple[int, date], int]  # child and day → id of the class


def classes_then(marks: Sequence[ReportedMark], children: QuerySet[Student]) -> Classes:
    """Return each child's class on its day. Leave out children who are not in `children` or have no class."""
    rows = Enrolment.objects.filter(
        student_id__in={one.student_id for one in marks}, student__in=children.values("pk")
    )
    enrolled = defaultdict(list)
    for row in rows.order_by():
        enrolled[row.student_id].append(row)
    return {
        (one.student_id, one.on): row.school_class_id
        for one in marks
        for row in enrolled[one.student_id]
        if row.covers(one.on)
    }


def problems_of(
    marks: Sequence[ReportedMark],
    classes: Classes,
    children: QuerySet[Student],
    school: School,
    today: date,
) -> list[Problem]:
    """Return the problems in these marks; empty if all of them may be saved."""
    calendar = calendar_of(school)
    refused = {on: refused_words(on, today, calendar) for on in {one.on for one in marks}}
    found, seen = [], set()
    for row, one in enumerate(marks):
        key = (one.student_id, one.on)
        if refused[one.on]:
            found.append(Problem(row, "day", refused[one.on]))
        elif key not in classes:
            words = _("No child with this number was in a class of your school on this day.")
            found.append(Problem(row, "student", words))
        elif key in seen:
            found.append(Problem(row, "student", _("This child appears twice for this day.")))
        if one.mark.reason and one.mark.kind == PRESENT.kind:
            found.append(Problem(row, "reason", _("A child who was there needs no reason.")))
        seen.add(key)
    return found or _left_out(classes, children)


def _left_out(classes: Classes, children: QuerySet[Student]) -> list[Problem]:
    """Return problems for children who are missing from the first list of their class on a day."""
    days = {(class_id, on) for (_child, on), class_id in classes.items()}
    class_ids = {class_id for class_id, _on in days}
    registers = ClassRegister.objects.filter(
        school_class_id__in=class_ids, taken_on__in={on for _class_id, on in days}
    )
    days -= set(registers.values_list("school_class_id", "taken_on"))
    enrolled = defaultdict(list)
    rows = Enrolment.objects.filter(
        school_class_id__in=class_ids, student__in=children.values("pk")
    )
    for row in rows.order_by("student_id"):
        enrolled[row.school_class_id].append(row)
    names = dict(SchoolClass.objects.filter(pk__in=class_ids).values_list("pk", "name"))
    problems = []
    for class_id, on in sorted(days, key=lambda day: (day[1], day[0])):
        there = [row.student_id for row in enrolled[class_id] if row.covers(on)]
        missing = [str(child) for child in there if (child, on) not in classes]
        if missing:
            words = ngettext(
                "%(class)s, %(day)s: the first list of a day names all children, %(n)d is missing: %(who)s",
                "%(class)s, %(day)s: the first list of a day names all children, %(n)d are missing: %(who)s",
                len(missing),
            )
            told = {"class": names[class_id], "day": week_day(on), "n": len(missing)}
            problems.append(Problem(None, "rows", words % {**told, "who": ", ".join(missing)}))
    return problems
