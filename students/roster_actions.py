"""Writes that a roster makes to many children's files at once, inside the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import models

from core.pinyin import initials_of, pinyin_of
from schools.models import School, SchoolClass
from students.actions import assign_picture_codes, day_before_next
from students.models import Enrolment, Student

CODE = ("picture_code",)


@dataclass(frozen=True)
class Move:
    """A move into a class from a given day; `ends` is the enrolment before it."""

    class_id: int
    starts_on: date
    ends: int | None = None


@dataclass(frozen=True)
class ChildFacts:
    """One row of the roster.

    `fields` holds the values to set: everything known about a new child, else only changes.
    """

    row: int
    student_id: int | None
    fields: dict[str, Any] = field(default_factory=dict)
    move: Move | None = None


@dataclass(frozen=True)
class Step:
    """One row that was written, with enough to undo it. `before` is None if the row is new."""

    table: str
    pk: int
    before: dict[str, Any] | None
    after: dict[str, Any]


def facts_of(row: models.Model, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Return column → value; without `names`, all columns that a person or the roster may set."""
    columns = names or [
        column.attname
        for column in row._meta.concrete_fields
        if not column.primary_key and column.name != "created_at"
    ]
    return {name: getattr(row, name) for name in columns}


def created(row: models.Model) -> Step:
    return Step(row._meta.label_lower, row.pk, None, facts_of(row))


def changed(row: models.Model, **values: Any) -> Step:
    """Set `values` on the stored row and return the step with the previous values."""
    before = facts_of(row, values)
    type(row)._default_manager.filter(pk=row.pk).update(**values)
    return Step(row._meta.label_lower, row.pk, before, values)


def write_children(*, school: School, children: list[ChildFacts]) -> dict[int, list[Step]]:
    """Return row of the roster → what was written for it; the first step of a new child is the file."""
    steps: dict[int, list[Step]] = {child.row: [] for child in children}
    new = [
        (child.row, Student(school=school, **_with_keys(child.fields)))
        for child in children
        if child.student_id is None
    ]
    Student.objects.bulk_create([file for _, file in new])
    for number, file in new:
        steps[number].append(created(file))
    known = Student.objects.in_bulk([child.student_id for child in children if child.fields])
    for child in children:
        if child.student_id and child.fields:
            file = known[child.student_id]
            steps[child.row].append(changed(file, **_with_keys(child.fields)))
    old = {child.row: child.student_id for child in children if child.student_id}
    ids = old | {number: file.pk for number, file in new}
    enrolments = []
    for child in children:
        if child.move is not None:
            row = _enrolment(school, ids[child.row], child.move, steps[child.row])
            enrolments += [(child.row, row)] if row else []
    Enrolment.objects.bulk_create([row for _, row in enrolments])
    for number, row in enrolments:
        steps[number].append(created(row))
    return steps


def write_picture_codes(
    *, class_ids: Collection[int], student_ids: Collection[int], on: date
) -> list[Step]:
    """Assign codes for the pupils' door to those of these children who have none yet.

    Classes are locked in a fixed order, so that two writers cannot deadlock.
    """
    return [
        Step(Student._meta.label_lower, student.pk, {"picture_code": ""}, facts_of(student, CODE))
        for school_class in SchoolClass.objects.filter(pk__in=class_ids).order_by("pk")
        for student in assign_picture_codes(school_class=school_class, on=on, among=student_ids)
    ]


def _with_keys(fields: dict[str, Any]) -> dict[str, Any]:
    name = fields.get("name")
    keys = {"name_pinyin": pinyin_of(name), "name_initials": initials_of(name)} if name else {}
    return {**fields, **keys}


def _enrolment(school: School, student_id: int, move: Move, steps: list[Step]) -> Enrolment | None:
    """Return the enrolment to add, or None if one that began on the same day was corrected in place.

    If the child's next class is already on record, the new row ends the day before.
    """
    ends_on = None
    if move.ends is not None:
        old = Enrolment.objects.get(pk=move.ends)
        if old.ends_on is not None:
            ends_on = day_before_next(student_id, move.starts_on)
        if old.starts_on >= move.starts_on:
            steps.append(changed(old, school_class_id=move.class_id))
            return None
        steps.append(changed(old, ends_on=move.starts_on - timedelta(days=1)))
    return Enrolment(
        school=school,
        student_id=student_id,
        school_class_id=move.class_id,
        starts_on=move.starts_on,
        ends_on=ends_on,
    )


@dataclass(frozen=True)
class YearMove:
    """The effect of a new school year on one child: a class, or (if `class_id` is None) that it leaves."""

    class_id: int | None
    left_reason: str = ""
    left_to: str = ""


def write_year(
    *, rows: Collection[Enrolment], moves: dict[int, YearMove], starts_on: date
) -> dict[int, list[Step]]:
    """Return child → what was written.

    `rows` are the enrolments of the previous year that go on into this one, locked by the caller. If the
    child is to leave on a day of this year, its new enrolment ends then.

    A child who came after the new year had begun was put into a class of the old one: that row is corrected.
    The number of queries does not grow with the number of children.
    """
    last_on = starts_on - timedelta(days=1)
    steps: dict[int, list[Step]] = {}
    alike: dict[tuple, list[int]] = defaultdict(list)
    new = []
    for row in rows:
        move = moves[row.student_id]
        values: dict[str, Any] = {"ends_on": last_on}
        if move.class_id is None:
            values = {
                "ends_on": max(last_on, row.starts_on),
                "left_reason": move.left_reason,
                "left_to": move.left_to,
            }
        elif row.starts_on >= starts_on:
            values = {"school_class_id": move.class_id}
        else:
            new.append(
                Enrolment(
                    school_id=row.school_id,
                    student_id=row.student_id,
                    school_class_id=move.class_id,
                    starts_on=starts_on,
                    ends_on=row.ends_on,
                    left_reason=row.left_reason,
                    left_to=row.left_to,
                )
            )
            values |= {"left_reason": "", "left_to": ""} if row.left_reason else {}
        before = facts_of(row, values)
        written = Step(Enrolment._meta.label_lower, row.pk, before, values)
        # Two rows of a child who is to leave and had come back before the new year was written.
        steps.setdefault(row.student_id, []).append(written)
        alike[tuple(values.items())].append(row.pk)
    for items, pks in alike.items():
        Enrolment.objects.filter(pk__in=pks).update(**dict(items))
    for row in Enrolment.objects.bulk_create(new):
        steps[row.student_id].append(created(row))
    return steps
