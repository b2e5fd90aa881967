import secrets
from datetime import date

from django.db import transaction

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
def assign_picture_codes(*, school_class: SchoolClass, on: date) -> int:
    """Gives every child of the class who has none a code that nobody else there has.

    Codes that were handed out stay. Returns how many are new; safe to call again.
    """
    SchoolClass.objects.select_for_update().get(pk=school_class.pk)
    in_class = Student.objects.filter(
        holds_on(on, "enrolments__"), enrolments__school_class=school_class
    ).distinct()
    taken = set(in_class.exclude(picture_code="").values_list("picture_code", flat=True))
    waiting = list(in_class.filter(picture_code=""))
    for student in waiting:
        while (code := code_of(secrets.randbelow(len(PICTURES) ** PICTURES_IN_CODE))) in taken:
            continue
        taken.add(code)
        student.picture_code = code
    Student.objects.bulk_update(waiting, ["picture_code"])
    return len(waiting)
