"""What is said of a cell, a change and a row."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guardians.models import Adult, Relation
from rosters.cleaning import Problem
from rosters.columns import Field
from students.models import Student

PROBLEMS: dict[str, str | Promise] = {
    "name_missing": _("The name is missing."),
    "name_odd": _("This does not look like a name."),
    "sex_unknown": _("Not read as boy or girl; left empty."),
    "sex_differs_from_id": _("The identity card number says otherwise."),
    "boarding_unknown": _("Not read as yes or no; left empty."),
    "date_unread": _("This cannot be read as a date."),
    "date_without_day": _("The day is missing."),
    "date_impossible": _("There is no such day."),
    "date_implausible": _("Nobody at school was born on that day."),
    "date_differs_from_id": _("The identity card number has another birthday."),
    "id_length": _("%(count)s characters; there should be 18."),
    "id_odd": _("There is something in it that is no digit."),
    "id_old": _("15 digits, an old number. Today's has 18: please look at the household booklet."),
    "id_rounded": _("Excel rounded the number, its last digits are lost."),
    "id_birthday_impossible": _("Digits 7 to 14 are no birthday."),
    "id_check_digit": _("The last character does not fit, it should be %(digit)s."),
    "student_number_odd": _("This is no student number; left empty."),
    "student_number_rounded": _("Excel rounded the number, its last digits are lost; left empty."),
    "phone_letters": _("A phone number belongs here."),
    "phone_too_short": _("%(count)s digits: too short."),
    "phone_too_long": _("%(count)s digits: too long."),
    "phone_not_a_number": _("There is no such number."),
    "phone_rounded": _("Excel rounded the number, its last digits are lost."),
    "class_missing": _("The class is missing."),
    "class_unread": _("This cannot be read as a class."),
    "class_unknown": _("The school has no such class."),
    "relation_unknown": _("Not known what this is to the child; noted as “other”."),
    "too_long": _("Longer than %(limit)s characters; the rest is left out."),
    "duplicate_row": _("The same child as in row %(row)s."),
    "number_of_row": _("Row %(row)s has the same number and another name."),
    "id_of_other_child": _("The number belongs to %(name)s, who is already here."),
    "number_of_other_child": _("The student number belongs to %(name)s, who is already here."),
    "same_name_and_birthday": _(
        "%(name)s with this birthday is already here, with another number."
    ),
    "several_children": _("Several children here have this name and birthday."),
    "skipped": _("Left out, as you said."),
}

FIXES: dict[str, str | Promise] = {
    "": _("Leave it empty"),
    "skip": _("Keep row %(row)s only"),
    "same": _("It is the same child"),
}

KEPT: dict[str, str | Promise] = {
    "verified": _("confirmed by the family; not replaced by the file's"),
    "blocked": _("this adult is blocked; nothing is changed"),
}

FIELDS: dict[str, str | Promise] = {
    **{str(value): label for value, label in Field.choices},
    "father_condition": _("father: situation"),
    "mother_condition": _("mother: situation"),
    "carer_condition": _("carer: situation"),
    "row": _("row"),
}

ROLES: dict[str, str | Promise] = {
    "father": Relation.FATHER.label,
    "mother": Relation.MOTHER.label,
    "carer": _("carer"),
}

_VALUES: dict[str, dict[str, Any]] = {
    "sex": dict(Student.Sex.choices),
    "is_boarding": {"True": _("yes"), "False": _("no")},
    "condition": dict(Adult.Condition.choices),
    "place": {"at_home": _("at home"), "away": _("away, place not known")},
}


def problem_text(problem: Problem) -> str:
    return said_of(problem.code, problem.facts)


def said_of(code: str, facts: Mapping[str, Any]) -> str:
    return str(PROBLEMS[code]) % facts


def value_text(field: str, value: object) -> str:
    """What a reader sees for a stored value; identity cards without their middle."""
    text = "" if value is None else str(value)
    if field == "id_number":
        return masked(text)
    if field.endswith("_phone"):
        return phone_text(text)
    words = _VALUES.get(field) or _VALUES.get(field.rpartition("_")[2], {})
    return str(words.get(text, text))


def masked(number: str) -> str:
    """620622********0428."""
    return f"{number[:6]}********{number[14:]}" if len(number) >= 15 else number


MAINLAND = "+86"
MOBILE_LENGTH = len(MAINLAND) + 11


def phone_text(address: str) -> str:
    """+8613893512207 → 138 9351 2207; what is no such number stays as it is."""
    if address.startswith(MAINLAND + "1") and len(address) == MOBILE_LENGTH:
        return f"{address[3:6]} {address[6:10]} {address[10:]}"
    return address
