"""Carers of a child, entrusted care, and children whom nobody cares for."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from guardians.models import (
    Adult,
    CareGap,
    Contact,
    EntrustedCare,
    Guardianship,
    LeftAlone,
    Migration,
)
from guardians.queries import approachable, current_guardianships, current_migrations
from guardians.rules import (
    NOT_ALONE_UNDER_YEARS,
    CareFacts,
    GapKind,
    care_gap,
    connected_since,
)
from schools.models import holds_on
from students.models import Student
from students.queries import current_enrolments

GONE = (
    Adult.Condition.DEAD,
    Adult.Condition.IMPRISONED,
    Adult.Condition.MISSING,
    Adult.Condition.NO_CONTACT,
)


def caring_guardianships(on: date) -> QuerySet[Guardianship]:
    """Return ties of the adults who care for a child that day: a carer or legal guardian who is not away, or
    a parent who lives at home.

    Adults who are recorded as unable to act, out of touch or blocked are left out.
    """
    here = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    is_there = (Q(kind__in=Guardianship.CARING) & ~Exists(here.filter(is_away=True))) | (
        Q(kind=Guardianship.Kind.PARENT) & Exists(here.filter(is_away=False))
    )
    return current_guardianships(on).filter(is_there, approachable()).exclude(has_capacity=False)


def known_to_care(on: date) -> QuerySet[Guardianship]:
    """Return ties of the adults whose statements about a child's days need no second person: those who care
    for the child, and a parent with a contact in the last seven days that somebody else reported.

    Saying "we talked" does not make anybody a parent.
    """
    talks = Contact.objects.filter(
        adult_id=OuterRef("adult_id"),
        student_id=OuterRef("student_id"),
        retracted_at=None,
        happened_on__gte=connected_since(on),
        happened_on__lte=on,
    ).exclude(reported_by=Contact.ReportedBy.PARENT)
    caring = caring_guardianships(on).filter(pk=OuterRef("pk"))
    parents = Q(kind=Guardianship.Kind.PARENT) & approachable() & ~Q(has_capacity=False)
    return current_guardianships(on).filter(Q(Exists(caring)) | (parents & Exists(talks)))


def _parents(on: date) -> QuerySet[Guardianship]:
    rows = current_guardianships(on).filter(student_id=OuterRef("pk"))
    return rows.filter(kind=Guardianship.Kind.PARENT)


def care_gaps(on: date, student_ids: Collection[int] | None = None) -> dict[int, GapKind]:
    """Map each enrolled child whom nobody cares for to the kind of gap: one query for a whole county.

    The query returns the children who may have a gap; `rules.care_gap` decides.
    """
    gaps = {}
    for row in _candidates(on, student_ids):
        facts = CareFacts(
            born_on=row["born_on"],
            is_home_alone=row["is_home_alone"],
            has_carer=row["has_carer"],
            parents_gone=int(row["is_a_parent_gone"]),
            parents_unknown=int(row["is_a_parent_unknown"]),
            ever_cared_for=row["ever_cared_for"],
            days_on_record=(on - timezone.localdate(row["created_at"])).days,
        )
        if (kind := care_gap(facts, on)) is not None:
            gaps[row["pk"]] = kind
    return gaps


def _candidates(on: date, student_ids: Collection[int] | None) -> Iterable[Any]:
    moved = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    gone = _parents(on).filter(~approachable() | Exists(moved.filter(is_away=True)))
    unknown = _parents(on).filter(approachable() & ~Exists(moved))
    at_home = Migration.objects.filter(adult_id=OuterRef("adult_id"), is_away=False)
    cared = Guardianship.objects.filter(student_id=OuterRef("pk")).filter(
        Q(kind__in=Guardianship.CARING) | (Q(kind=Guardianship.Kind.PARENT) & Exists(at_home))
    )
    born_after = on.replace(year=on.year - NOT_ALONE_UNDER_YEARS, day=min(on.day, 28))
    rows = Student.objects.filter(
        Q(born_on=None) | Q(born_on__gte=born_after),
        pk__in=current_enrolments(on).values("student_id"),
    )
    if student_ids is not None:
        rows = rows.filter(pk__in=student_ids)
    return (
        rows.annotate(
            is_home_alone=Exists(LeftAlone.objects.filter(holds_on(on), student_id=OuterRef("pk"))),
            has_carer=Exists(caring_guardianships(on).filter(student_id=OuterRef("pk"))),
            is_a_parent_gone=Exists(gone),
        )
        .filter(Q(is_home_alone=True) | Q(has_carer=False, is_a_parent_gone=True))
        .annotate(is_a_parent_unknown=Exists(unknown), ever_cared_for=Exists(cared))
        .values(
            "pk",
            "born_on",
            "created_at",
            "is_home_alone",
            "has_carer",
            "is_a_parent_gone",
            "is_a_parent_unknown",
            "ever_cared_for",
        )
    )


def open_gaps() -> QuerySet[CareGap]:
    return CareGap.objects.filter(closed_at=None)


def open_gap_of(student: Student) -> CareGap | None:
    return open_gaps().filter(student=student).first()


def alone_now(student: Student, on: date) -> LeftAlone | None:
    return LeftAlone.objects.filter(holds_on(on), student=student).first()


def entrusted_care_of(student: Student) -> QuerySet[EntrustedCare]:
    """Return everything that was ever agreed, the latest first."""
    rows = EntrustedCare.objects.filter(student=student).select_related("carer", "recorded_by")
    return rows.prefetch_related("parents")
