"""Texts about a cell, a change and a row."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.phones import readable
from guardians.models import Adult, Guardianship, Relation
from rosters.cleaning import Problem
from rosters.columns import Field
from students.models import Student

PROBLEMS: dict[str, str | Promise] = {
    "name_missing": _("The name is missing."),
    "name_odd": _("This does not look like a name."),
    "sex_unknown": _("Not recognised as boy or girl; left empty."),
    "sex_differs_from_id": _("This differs from the identity card number."),
    "boarding_unknown": _("Not recognised as yes or no; left empty."),
    "date_unread": _("We cannot read this as a date."),
    "date_without_day": _("The day is missing."),
    "date_impossible": _("This date does not exist."),
    "date_implausible": _("No child at school can have been born on that day."),
    "date_differs_from_id": _("The identity card number has another birthday."),
    "id_length": _("This has %(count)s characters; it should have 18."),
    "id_odd": _("It contains something other than digits."),
    "id_old": _(
        "This is an old number with 15 digits. The current one has 18: please check the"
        " household booklet."
    ),
    "id_rounded": _("Excel rounded the number and lost its last digits."),
    "id_birthday_impossible": _("Digits 7 to 14 are not a birthday."),
    "id_check_digit": _("The last character is wrong; it should be %(digit)s."),
    "student_number_odd": _("This is not a student number; left empty."),
    "student_number_rounded": _("Excel rounded the number and lost its last digits; left empty."),
    "phone_empty": _("A phone number belongs here."),  # only punctuation
    "phone_letters": _("A phone number belongs here."),
    "phone_too_short": _("%(count)s digits: too short."),
    "phone_too_long": _("%(count)s digits: too long."),
    "phone_not_a_number": _("This number does not exist."),
    "phone_rounded": _("Excel rounded the number and lost its last digits."),
    "class_missing": _("The class is missing."),
    "class_unread": _("We cannot read this as a class."),
    "class_unknown": _("The school does not have this class."),
    "relation_unknown": _("Relation to the child not recognised; recorded as “other”."),
    "places_unclear": _(
        "Two places: which parent is where? Recorded as away, without a place. Write it as"
        " 父亲在深圳，母亲在兰州."
    ),
    "zone_unclear": _(
        "This country has several time zones; China's is kept. Write the city, or choose the time zone"
        " with the adult's hours."
    ),
    "which_parent": _(
        "Which of the two is away? Write it there, or choose a place for that parent."
    ),
    "parent_unclear": _("The file does not say who this is to the child."),
    "guardian_unclear": _("The file does not say whether this adult lives at home."),
    "left_behind_unknown": _("Not recognised as yes or no; left empty."),
    "too_long": _("Longer than %(limit)s characters; the rest was left out."),
    "duplicate_row": _("The same child as in row %(row)s."),
    "number_of_row": _("Row %(row)s has the same number and another name."),
    "id_of_other_child": _("The number belongs to %(name)s, who is already here."),
    "number_of_other_child": _("The student number belongs to %(name)s, who is already here."),
    "same_name_and_birthday": _(
        "%(name)s with this birthday is already here, with another number."
    ),
    "several_children": _("Several children here have this name and birthday."),
    "skipped": _("Left out, as you chose."),
}

FIXES: dict[str, str | Promise] = {
    "": _("Leave it empty"),
    "skip": _("Keep row %(row)s only"),
    "same": _("It is the same child"),
}

KEPT: dict[str, str | Promise] = {
    "verified": _("confirmed by the family; the file does not replace it"),
    "blocked": _("this adult is blocked; nothing was changed"),
}

FIELDS: dict[str, str | Promise] = {
    **{str(value): label for value, label in Field.choices},
    "father_condition": _("father: situation"),
    "mother_condition": _("mother: situation"),
    "carer_condition": _("carer: situation"),
    "family_name": _("the family"),
    "row": _("row"),
}

ROLES: dict[str, str | Promise] = {
    "father": Relation.FATHER.label,
    "mother": Relation.MOTHER.label,
    "carer": _("parent or adult at home"),
    "family": _("the family"),
}

# For an adult whose relation to the child the file does not state.
KINDS: dict[str, str | Promise] = {
    "carer": _("carer"),
    "guardian": Guardianship.Kind.GUARDIAN.label,
    "parent": _("parent or guardian"),
    "contact": _("a parent, not said which"),
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
    """Return how a stored value is displayed; identity card numbers without their middle part."""
    text = "" if value is None else str(value)
    if field == "id_number":
        return masked(text)
    if field.endswith("_phone"):
        return readable(text)
    words = _VALUES.get(field) or _VALUES.get(field.rpartition("_")[2], {})
    return str(words.get(text, text))


def masked(number: str) -> str:
    """Return the number with its middle hidden: 620622********0428."""
    return f"{number[:6]}********{number[14:]}" if len(number) >= 15 else number
