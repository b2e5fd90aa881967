"""Reads about families. Querysets, so that callers add their own joins without more queries."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import holds_on
from students.models import Student


def current_guardianships(on: date) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(holds_on(on))


def current_migrations(on: date) -> QuerySet[Migration]:
    return Migration.objects.filter(holds_on(on))


def parents_away(on: date) -> QuerySet[Guardianship]:
    """Guardianships of parents who live away today and may be asked about.

    Whoever has died, is in prison, missing or not in contact is not among them; blocked parents
    and those who opted out are: the child still has a parent away, though that one is not asked.
    """
    away = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=True)
    return current_guardianships(on).filter(
        Exists(away),
        kind=Guardianship.Kind.PARENT,
        adult__condition=Adult.Condition.IN_TOUCH,
    )


def askable_parents(on: date) -> QuerySet[Guardianship]:
    """Parents away who may receive a check-in (see docs/glossary.md, "askable")."""
    return (
        parents_away(on)
        .filter(adult__blocked_at=None, adult__opted_out_at=None)
        .exclude(adult__legal_basis=Adult.LegalBasis.NONE)
    )


def with_parent_away(on: date) -> QuerySet[Student]:
    return Student.objects.filter(pk__in=parents_away(on).values("student_id"))


def addresses_of_blocked(school_id_ref: str) -> QuerySet[ContactPoint]:
    """Contact points of blocked adults of the same school, for use inside Exists()."""
    return ContactPoint.objects.filter(
        school_id=OuterRef(school_id_ref), adult__blocked_at__isnull=False
    ).exclude(address="")


def usable_contact_points() -> QuerySet[ContactPoint]:
    """Addresses at which something may be sent, best first for each adult.

    Left out: what is no address, what somebody said is not theirs, every address of a blocked
    adult, and any address that a blocked adult of that school shares.
    """
    shared = addresses_of_blocked("school_id").filter(address=OuterRef("address"))
    return (
        ContactPoint.objects.filter(~Exists(shared), disputed_at=None, adult__blocked_at=None)
        .exclude(address="")
        .order_by("adult_id", F("failing_since").asc(nulls_first=True), "priority", "pk")
    )


def last_contact_on(student_ref: str = "pk") -> Subquery:
    """Annotation: day of the last contact with any parent, None where none is known."""
    rows = Contact.objects.filter(student_id=OuterRef(student_ref), retracted_at=None)
    return Subquery(rows.order_by("-happened_on").values("happened_on")[:1])


@dataclass(frozen=True)
class Reachability:
    """How many ways lead to the adults of a child's family; `none` needs somebody today."""

    working: int
    failing: int

    @property
    def state(self) -> str:
        return "none" if not self.working else "one" if self.working == 1 else "several"


def has_usable_way(adult_ref: str = "pk") -> Exists:
    working = usable_contact_points().filter(adult_id=OuterRef(adult_ref), failing_since=None)
    return Exists(working.order_by())


def is_away_now(on: date, adult_ref: str = "pk") -> Exists:
    return Exists(current_migrations(on).filter(Q(adult_id=OuterRef(adult_ref)), is_away=True))
