"""Which adults a lesson may be sent to, and what decides whether it fits them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from core.prepared import joined, prepared
from guardians.models import Adult, Guardianship
from guardians.queries import (
    current_migrations,
    informed_guardianships,
    may_be_asked,
    usable_contact_points,
)
from guardians.rules import age_on
from learning.models import Audience, Lesson
from learning.rules import Fit, fits
from students.queries import current_enrolments


@dataclass
class Reader:
    """An adult, their sides (away or at home), their children's ages, and whether a child lacks a parent."""

    adult: Adult
    sides: set[str] = field(default_factory=set)
    ages: set[int | None] = field(default_factory=set)
    lacks_parent: bool = False

    def is_meant_by(self, lesson: Lesson) -> bool:
        return fits(fit_of(lesson), self.sides, self.ages, lacks_parent=self.lacks_parent)


def fit_of(lesson: Lesson) -> Fit:
    ages = None
    if lesson.ages_from is not None and lesson.ages_until is not None:
        ages = lesson.ages_from, lesson.ages_until
    return Fit(frozenset(lesson.audience), ages, frozenset(lesson.months), lesson.counts_on_parents)


def ties(on: date) -> QuerySet[Guardianship]:
    """Return ties of adults who bring up a child at a school today and may see how the child is."""
    there = current_enrolments(on).filter(student_id=OuterRef("student_id"))
    rows = informed_guardianships(on).filter(Exists(there), kind__in=Guardianship.RAISING)
    return rows.filter(adult__merged_into=None)


def with_sides(rows: QuerySet[Guardianship], on: date) -> QuerySet[Guardianship]:
    away = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    lost = Guardianship.objects.filter(
        student_id=OuterRef("student_id"), kind=Guardianship.Kind.PARENT
    ).exclude(adult__condition=Adult.Condition.IN_TOUCH)
    return rows.annotate(is_away=Subquery(away.values("is_away")[:1]), lacks_parent=Exists(lost))


@prepared
def own_ties(*, adult_ids, on) -> QuerySet[Guardianship]:
    """Return ties of adults whom the caller already has."""
    rows = joined(with_sides(ties(on), on), "student__born_on")
    return rows.filter(adult__in=adult_ids).order_by("adult_id", "pk")


def readers_of(rows: Iterable[Guardianship], on: date) -> list[Reader]:
    """Return readers from ties with their sides; the ties of one adult must follow one another."""
    found: dict[int, Reader] = {}
    for tie in rows:
        reader = found.setdefault(tie.adult_id, Reader(tie.adult))
        is_away = tie.is_away  # type: ignore[attr-defined]  # annotated
        if tie.kind in Guardianship.CARING or is_away is False:
            reader.sides.add(Audience.HOME)
        elif is_away:
            reader.sides.add(Audience.AWAY)
        reader.lacks_parent |= tie.lacks_parent  # type: ignore[attr-defined]  # annotated
        born_on = tie.student.born_on
        reader.ages.add(age_on(born_on, on) if born_on else None)
    return list(found.values())


def readers_around(student_ids: Collection[int], on: date) -> list[Reader]:
    """Return adults of these children to whom the school may write and whom a message reaches."""
    way = usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
    rows = ties(on).filter(may_be_asked(), Exists(way), student_id__in=student_ids)
    rows = joined(with_sides(rows, on).select_related("adult"), "student__born_on")
    return readers_of(rows.order_by("adult_id", "pk"), on)
