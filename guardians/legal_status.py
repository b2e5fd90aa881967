"""Work out whether a child counts as left behind by law, from the records about its parents."""

from collections.abc import Sequence
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from guardians.models import Adult, Guardianship
from guardians.queries import FamilyMember, current_guardianships, current_migrations
from guardians.rules import (
    LEFT_BEHIND_UNDER_YEARS,
    LegalStatus,
    ParentFacts,
    age_on,
    any_parent_away,
    legal_status,
)
from students.models import Student


def legal_status_of(student: Student, members: Sequence[FamilyMember], on: date) -> LegalStatus:
    return legal_status(student.born_on, _facts_of(members), on)


def _facts_of(members: Sequence[FamilyMember]) -> list[ParentFacts]:
    return [
        _parent_facts(
            member.adult.condition,
            member.migration.is_away if member.migration else None,
            member.guardianship.has_capacity,
        )
        for member in members
        if member.is_parent
    ]


def _parent_facts(condition: str, is_away: bool | None, has_capacity: bool | None) -> ParentFacts:
    if condition in (Adult.Condition.IMPRISONED, Adult.Condition.MISSING):
        is_away = True
    return ParentFacts(is_away, has_capacity, is_alive=condition != Adult.Condition.DEAD)


def legal_statuses(students: QuerySet[Student], on: date) -> list[LegalStatus]:
    """Return the status of each of many children, without names; two queries."""
    return list(status_of_each(students, on).values())


def status_of_each(students: QuerySet[Student], on: date) -> dict[int, LegalStatus]:
    moves = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    rows = current_guardianships(on).filter(
        kind=Guardianship.Kind.PARENT, student__in=students.order_by().values("pk")
    )
    parents: dict[int, list[ParentFacts]] = {}
    for student_id, *facts in rows.annotate(
        is_away=Subquery(moves.values("is_away")[:1])
    ).values_list("student_id", "adult__condition", "is_away", "has_capacity"):
        parents.setdefault(student_id, []).append(_parent_facts(*facts))
    born = students.order_by().values_list("pk", "born_on")
    return {pk: legal_status(born_on, parents.get(pk, []), on) for pk, born_on in born}


def why_not(student: Student, members: Sequence[FamilyMember], on: date) -> str:
    """Explain the status NO of a child in words."""
    if student.born_on and age_on(student.born_on, on) >= LEFT_BEHIND_UNDER_YEARS:
        return _("16 or older")
    if any_parent_away(_facts_of(members)):
        return _("one parent is at home and able to act as guardian")
    return _("no parent is away")
