import secrets
from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from schools.models import SchoolClass, holds_on
from students.models import Student
from students.naming import initials_of, pinyin_of
from students.pictures import PICTURES, PICTURES_IN_CODE, code_of


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
        student.picture_code = _free_code(taken)
        taken.add(student.picture_code)
    Student.objects.bulk_update(found, ["picture_code"])
    return found


@transaction.atomic
def renew_picture_code(*, student: Student, school_class: SchoolClass, on: date, by: User) -> None:
    """Another code in place of one that was lost or seen by others; the old one opens nothing."""
    student.picture_code = _free_code(_codes_of(_locked_class(school_class, on)))
    student.save(update_fields=["picture_code"])


def _locked_class(school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """The children of the class; whoever else hands out codes there waits."""
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    in_class = holds_on(on, "enrolments__")
    return Student.objects.filter(in_class, enrolments__school_class=school_class).distinct()


def _codes_of(students: QuerySet[Student]) -> set[str]:
    return set(students.exclude(picture_code="").values_list("picture_code", flat=True))


def _free_code(taken: set[str]) -> str:
    while (code := code_of(secrets.randbelow(len(PICTURES) ** PICTURES_IN_CODE))) in taken:
        continue
    return code
