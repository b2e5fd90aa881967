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
    """Save `changes` to the file and keep the search keys in step with the name.

    A trigger keeps the old values.
    """
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
    """Open a file for a child and enrol the child in the class; return (the file, whether it is new).

    Calling it again with the same `key` changes nothing and returns the file it made. Raises IntegrityError
    if another child of the school has the same identity or student number.
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
    """Put the child into this class from `starts_on`; the previous enrolment ends on the day before.

    If a later class is already on record, the new enrolment ends before it. If the enrolment of that day
    starts on the same day, it is corrected instead. A child who had left is enrolled again.
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
    """Return the last day of an enrolment that begins on `on`, if the next one is already on record."""
    later = Enrolment.objects.filter(student=student_id, starts_on__gt=on)
    next_on = later.order_by("starts_on").values_list("starts_on", flat=True).first()
    return next_on - timedelta(days=1) if next_on else None


@transaction.atomic
def leave_school(*, student: Student, left_on: date, reason: str, left_to: str, by: User) -> None:
    """End the enrolment with `left_on` as the last day; the file stays. Enrolments for later are deleted."""
    rows = Enrolment.objects.select_for_update().filter(student=student)
    rows.filter(starts_on__gt=left_on).delete()
    enrolment = rows.order_by("-starts_on")[0]
    enrolment.ends_on, enrolment.left_reason, enrolment.left_to = left_on, reason, left_to
    enrolment.save(update_fields=["ends_on", "left_reason", "left_to"])


def undo_leaving(*, enrolment: Enrolment, by: User) -> bool:
    """Undo a leaving that was recorded by mistake; the history keeps it.

    Return whether the child needs a class of a later year: if such classes exist, the enrolment now ends with
    its own year.
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
    """Give a picture code to every child of the class who has none (or only to those `among`), different from
    all others in the class.

    Existing codes stay. Returns the children whose code is new; safe to call again.
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
    """Replace a picture code that was lost or seen by others; the old one no longer works."""
    student.picture_code = free_code(_codes_of(_locked_class(school_class, on)))
    student.save(update_fields=["picture_code"])


def _locked_class(school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """Return the children of the class, and lock it so that others who assign codes there wait."""
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    in_class = holds_on(on, "enrolments__")
    return Student.objects.filter(in_class, enrolments__school_class=school_class).distinct()


def _codes_of(students: QuerySet[Student]) -> set[str]:
    return set(students.exclude(picture_code="").values_list("picture_code", flat=True))
