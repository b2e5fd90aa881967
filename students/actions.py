from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from core.pinyin import initials_of, pinyin_of
from schools.models import SchoolClass, holds_on
from students.models import Enrolment, Student
from students.pictures import free_code


@transaction.atomic
def update_file(*, student: Student, changes: dict[str, object], by: User) -> Student:
    """Writes these fields; search keys follow the name. What stood there is kept by trigger."""
    for field, value in changes.items():
        setattr(student, field, value)
    fields = set(changes)
    if "name" in fields:
        student.name_pinyin, student.name_initials = (
            pinyin_of(student.name),
            initials_of(student.name),
        )
        fields |= {"name_pinyin", "name_initials"}
    student.save(update_fields=fields)
    return student


@transaction.atomic
def enrol_child(
    *,
    school_class: SchoolClass,
    starts_on: date,
    fields: dict[str, object],
    by: User,
    key: UUID | None = None,
) -> tuple[Student, bool]:
    """A new file and its class from that day; (the file, whether it is new).

    The same `key` again changes nothing and gives the file that it made. IntegrityError where
    another child of the school has the identity or student number.
    """
    made = Student.objects.filter(entry_key=key).first() if key else None
    if made is not None:
        return made, False
    name = str(fields["name"])
    student = Student.objects.create(
        school_id=school_class.school_id,
        name_pinyin=pinyin_of(name),
        name_initials=initials_of(name),
        entry_key=key,
        **fields,
    )
    Enrolment.objects.create(
        school_id=school_class.school_id,
        student=student,
        school_class=school_class,
        starts_on=starts_on,
    )
    return student, True


@transaction.atomic
def change_class(
    *, student: Student, school_class: SchoolClass, starts_on: date, by: User
) -> Enrolment:
    """From that day in this class, until the next class that is written down already; the row before ends on
    the day before. The same first day as the row of that day corrects that row. A child that had left is here
    again.
    """
    rows = Enrolment.objects.select_for_update().filter(student=student)
    present = rows.filter(holds_on(starts_on)).first()
    if present and present.starts_on == starts_on:
        present.school_class = school_class
        present.save(update_fields=["school_class"])
        return present
    if present:
        present.ends_on = starts_on - timedelta(days=1)
        present.save(update_fields=["ends_on"])
    return Enrolment.objects.create(
        school_id=student.school_id,
        student=student,
        school_class=school_class,
        starts_on=starts_on,
        ends_on=day_before_next(student.pk, starts_on),
    )


def day_before_next(student_id: int, on: date) -> date | None:
    """The last day of a class that begins on `on`, where the next one is written down already."""
    later = Enrolment.objects.filter(student=student_id, starts_on__gt=on)
    next_on = later.order_by("starts_on").values_list("starts_on", flat=True).first()
    return next_on - timedelta(days=1) if next_on else None


@transaction.atomic
def leave_school(*, student: Student, left_on: date, reason: str, left_to: str, by: User) -> None:
    """`left_on` is the last day; the file stays. A class written down for later comes to nothing."""
    rows = Enrolment.objects.select_for_update().filter(student=student)
    rows.filter(starts_on__gt=left_on).delete()
    enrolment = rows.order_by("-starts_on")[0]
    enrolment.ends_on, enrolment.left_reason, enrolment.left_to = left_on, reason, left_to
    enrolment.save(update_fields=["ends_on", "left_reason", "left_to"])


def undo_leaving(*, enrolment: Enrolment, by: User) -> bool:
    """It was written down by mistake; what was written stays in the history. Return whether the child needs a
    class of a later year, in which the others of its class are already: this one ends with its own year.
    """
    year = enrolment.school_class.grade.year
    later = SchoolClass.objects.filter(
        school=enrolment.school_id, grade__year__starts_on__gt=year.starts_on
    )
    needs_class = later.exists()
    enrolment.ends_on = max(year.ends_on, enrolment.starts_on) if needs_class else None
    enrolment.left_reason, enrolment.left_to = "", ""
    enrolment.save(update_fields=["ends_on", "left_reason", "left_to"])
    return needs_class


@transaction.atomic
def assign_picture_codes(
    *, school_class: SchoolClass, on: date, among: Collection[int] | None = None
) -> list[Student]:
    """Gives every child of the class (or those `among` it) who has none a code that nobody else
    there has.

    Codes that were handed out stay. Returns the children whose code is new; safe to call again.
    """
    in_class = _locked_class(school_class, on)
    taken = _codes_of(in_class)
    waiting = in_class.filter(picture_code="")
    found = list(waiting if among is None else waiting.filter(pk__in=among))
    for student in found:
        student.picture_code = free_code(taken)
        taken.add(student.picture_code)
    Student.objects.bulk_update(found, ["picture_code"])
    return found


@transaction.atomic
def renew_picture_code(*, student: Student, school_class: SchoolClass, on: date, by: User) -> None:
    """Another code in place of one that was lost or seen by others; the old one opens nothing."""
    student.picture_code = free_code(_codes_of(_locked_class(school_class, on)))
    student.save(update_fields=["picture_code"])


def _locked_class(school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """The children of the class; whoever else hands out codes there waits."""
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    in_class = holds_on(on, "enrolments__")
    return Student.objects.filter(in_class, enrolments__school_class=school_class).distinct()


def _codes_of(students: QuerySet[Student]) -> set[str]:
    return set(students.exclude(picture_code="").values_list("picture_code", flat=True))
