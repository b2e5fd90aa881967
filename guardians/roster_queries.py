"""A school's existing records about its families, in the form in which a roster is compared with them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import School, holds_on


@dataclass(frozen=True)
class KnownPoint:
    pk: int
    address: str
    as_written: str
    is_verified: bool


@dataclass(frozen=True)
class KnownResidence:
    pk: int
    is_away: bool
    place: str
    starts_on: date


@dataclass(frozen=True)
class KnownAdult:
    pk: int
    name: str
    condition: str
    is_blocked: bool
    time_zone: str
    points: list[KnownPoint] = field(default_factory=list)
    residence: KnownResidence | None = None


@dataclass(frozen=True)
class KnownTie:
    pk: int
    student_id: int
    adult_id: int
    relation: str
    kind: str
    starts_on: date


@dataclass(frozen=True)
class KnownFamilies:
    adults: dict[int, KnownAdult]
    ties: dict[int, list[KnownTie]]


def known_families(school: School, on: date) -> KnownFamilies:
    """Return adults with their phones and current place, and the ties of each child. Four queries.

    Ties whose last day is `on` are left out: a person whom an earlier roster of that day replaced would be
    taken for somebody who stays.
    """
    points = defaultdict(list)
    for point in ContactPoint.objects.filter(school=school, kind=ContactPoint.Kind.PHONE):
        verified = point.verified_at is not None
        known = KnownPoint(point.pk, point.address, point.as_written, verified)
        points[point.adult_id].append(known)
    residences = {
        row.adult_id: KnownResidence(row.pk, row.is_away, row.place, row.starts_on)
        for row in Migration.objects.filter(holds_on(on), school=school)
    }
    adults = {
        row.pk: KnownAdult(
            row.pk,
            row.name,
            row.condition,
            row.is_blocked,
            row.time_zone,
            points[row.pk],
            residences.get(row.pk),
        )
        for row in Adult.objects.filter(school=school, merged_into=None).order_by("pk")
    }
    ties = defaultdict(list)
    held = Guardianship.objects.filter(holds_on(on), ~Q(ends_on=on), school=school)
    for tie in held.order_by("priority", "pk"):
        ties[tie.student_id].append(
            KnownTie(tie.pk, tie.student_id, tie.adult_id, tie.relation, tie.kind, tie.starts_on)
        )
    return KnownFamilies(adults, dict(ties))


@dataclass(frozen=True)
class Untouched:
    """Counts of what no roster changes, for the preview."""

    confirmed_phones: int
    blocked_adults: int
    contacts: int


def untouched(school: School) -> Untouched:
    phones = ContactPoint.objects.filter(school=school, kind=ContactPoint.Kind.PHONE)
    return Untouched(
        phones.exclude(Q(address="") | Q(verified_at=None)).count(),
        Adult.objects.filter(school=school, blocked_at__isnull=False).count(),
        Contact.objects.filter(school=school, retracted_at=None).count(),
    )
