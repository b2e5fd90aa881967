"""Brothers and sisters: children who have a parent in common, in any class or school of the county."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import User
from guardians.models import Guardianship
from schools.models import holds_on
from students.models import Enrolment, Student
from students.policies import students_visible_to

IN_COMMON = Guardianship.BY_LAW


@dataclass(frozen=True)
class Sibling:
    """A brother or sister; `name` is empty if the viewer may not see the child."""

    student_id: int
    name: str
    class_name: str
    is_same_school: bool


def siblings_of(student: Student, viewer: User, on: date) -> list[Sibling]:
    """Return children who share a parent's record, or the account that links a parent's records at several
    schools, eldest first.

    Children who are in no class on that day are left out, and only children whom the viewer may see are
    named.
    """
    visible = students_visible_to(viewer, on).filter(pk=OuterRef("pk"))
    current = Enrolment.objects.filter(holds_on(on), student_id=OuterRef("pk"))
    rows = (
        Student.objects.filter(pk__in=_of_same_parents([student.pk]))
        .exclude(pk=student.pk)
        .annotate(
            **{"class_name": Subquery(current.values("school_class__name")[:1])},
            may_be_seen=Exists(visible),
            school_now=Subquery(current.values("school_id")[:1]),
        )
        .filter(school_now__isnull=False)
        .order_by("born_on", "pk")
    )
    return [
        Sibling(
            student_id=row.pk,
            name=row.name if row.may_be_seen else "",
            class_name=row.class_name if row.may_be_seen else "",
            is_same_school=row.school_now == student.school_id,
        )
        for row in rows
    ]


def sibling_ids(student: Student) -> set[int]:
    """Return the keys of all brothers and sisters on record, at any school. Never show them to anybody."""
    return ids_with_siblings([student.pk]) - {student.pk}


def ids_with_siblings(student_ids: Collection[int]) -> set[int]:
    """Return the keys of these children and their brothers and sisters, in two queries.

    Never show them to anybody.
    """
    return {*student_ids, *_of_same_parents(student_ids)}


def _of_same_parents(student_ids: Collection[int]) -> QuerySet[Any]:
    """Return the keys of all children who have a parent in common with one of these, including the given
    children.

    The parents' keys are read first. A roster adds a thousand children before PostgreSQL has updated its
    statistics; with a subquery it would plan for a handful of rows, which took minutes.
    """
    ties = Guardianship.objects.filter(kind__in=IN_COMMON).order_by()
    own = list(ties.filter(student__in=student_ids).values_list("adult_id", "adult__user_id"))
    held = ties.values_list("student_id", flat=True)
    # Join by record or by account with a union, because PostgreSQL uses no index for an OR across two tables.
    by_record = held.filter(adult__in={adult_id for adult_id, _user_id in own})
    return by_record.union(held.filter(adult__user__in={user_id for _, user_id in own if user_id}))
