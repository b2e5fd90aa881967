"""Take a class's attendance; a child without a mark was present."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from classroom.models import AttendanceMark, ClassRegister
from classroom.queries.attendance import marks_on
from classroom.reported import Classes, ReportedMark
from classroom.rules import Mark, Merged, merge_marks
from schools.models import SchoolClass, holds_on
from students.models import Enrolment


def lock_register(class_id: int, on: date) -> SchoolClass:
    """Return the class, and lock the attendance of this class and day until the transaction ends.

    Call it inside a transaction.
    """
    school_class = SchoolClass.objects.select_for_update(no_key=True).get(pk=class_id)
    # `save_register` holds this row while it writes. If it does not exist yet, the lock on the
    # class makes the second of two systems wait.
    list(ClassRegister.objects.select_for_update().filter(school_class=class_id, taken_on=on))
    return school_class


@transaction.atomic
def save_register(
    *,
    school_class: SchoolClass,
    on: date,
    was: Mapping[int, Mark],
    now: Mapping[int, Mark],
    by: User,
    at: datetime,
    seen: Collection[int] | None = None,
) -> Merged:
    """Save what this page changed since it was loaded (`was` → `now`), and nothing else.

    `seen` are the children that the page showed to `by`, None for the whole class. The register says
    nothing about the others.

    Locks the register, so that two people save one after the other. The other person's changes are in
    `by_others`. If both changed the same child, the other's mark stays and `clashes` lists it.
    """
    unseen: set[int] = set()
    if seen is not None:
        enrolled = Enrolment.objects.filter(holds_on(on), school_class=school_class)
        unseen = set(enrolled.values_list("student_id", flat=True)) - set(seen)
        # marked already: on leave, or reported by the school gate
        unseen -= set(marks_on(unseen, on))
    register, is_new = ClassRegister.objects.select_for_update().get_or_create(
        school_class=school_class,
        taken_on=on,
        defaults={"school_id": school_class.school_id, "taken_by": by, "taken_at": at},
    )
    merged = merge_marks(was, now, marks_on(list(now), on))
    for child, mark in merged.changes.items():
        AttendanceMark.objects.update_or_create(
            student_id=child,
            marked_on=on,
            defaults={
                "school_id": school_class.school_id,
                "kind": mark.kind,
                "reason": mark.reason,
                "written_by": by,
                "written_at": at,
            },
        )
    register.taken_by, register.taken_at = by, at
    register.unseen = sorted(unseen if is_new else unseen & set(register.unseen))
    register.save(update_fields=["taken_by", "taken_at", "unseen"])
    return merged


@transaction.atomic
def save_registers(
    *,
    school_class: SchoolClass,
    days: Mapping[date, Mapping[int, Mark]],
    seen: Collection[int],
    by: User,
    at: datetime,
) -> list[Merged]:
    """Save all days of a sheet, or none. Existing marks stay."""
    return [
        save_register(school_class=school_class, on=on, was={}, now=marks, seen=seen, by=by, at=at)
        for on, marks in sorted(days.items())
    ]


@transaction.atomic
def save_reported(
    *, marks: Sequence[ReportedMark], classes: Classes, by: User, at: datetime
) -> list[Merged]:
    """Save the marks that another system reports, all or none, after the checks in classroom.reported.

    The system may change marks that it wrote itself (`by`). Marks by a person and a family's leave stay.
    """
    days: dict[tuple[date, int], dict[int, Mark]] = defaultdict(dict)
    for one in marks:
        days[one.on, classes[one.student_id, one.on]][one.student_id] = one.mark
    found = SchoolClass.objects.in_bulk({class_id for _on, class_id in days})
    merged = []
    # Always save in the same order, so that two lists sent at once never deadlock.
    for (on, class_id), now in sorted(days.items(), key=lambda day: day[0]):
        own = AttendanceMark.objects.filter(student_id__in=now, marked_on=on, written_by=by)
        was = {row.student_id: Mark(row.kind, row.reason) for row in own}
        merged.append(
            save_register(
                school_class=found[class_id], on=on, was=was, now=now, seen=now, by=by, at=at
            )
        )
    return merged


def explain_absence(*, mark: AttendanceMark, reason: str, by: User) -> None:
    """Record the reason for an absence."""
    mark.reason, mark.written_by = reason, by
    mark.save(update_fields=["reason", "written_by"])
