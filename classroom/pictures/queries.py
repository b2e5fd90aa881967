"""Find pictures: which children may be in one, which belong to a page, which are due for deletion."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from classroom.models import Picture, PicturedChild
from classroom.pictures.policies import took_back
from classroom.pictures.rules import CLASS_FAMILIES, GONE_DAYS, OWN_FAMILY
from privacy.policies import students_allowing
from students.models import Enrolment, Student


@dataclass(frozen=True)
class Nameable:
    """A child of the class, and whether its family agreed that the class's families may see it."""

    pk: int
    name: str
    agreed: bool


def nameable(children: QuerySet[Student], on: date) -> list[Nameable]:
    """Return each of `children`, a queryset from the policy; one query."""
    allowing = students_allowing(CLASS_FAMILIES, on).filter(pk=OuterRef("pk"))
    rows = children.annotate(agreed=Exists(allowing)).order_by("name_pinyin", "pk")
    return [Nameable(row.pk, row.name, row.agreed) for row in rows]


def allows_own_family(student: Student, on: date) -> bool:
    return students_allowing(OWN_FAMILY, on).filter(pk=student.pk).exists()


def with_names(pictures: QuerySet[Picture]) -> list[Picture]:
    """Return the pictures of a page with their photos and children; two queries."""
    rows = pictures.select_related("photo").prefetch_related("pictured__student")
    return list(rows.order_by("pk"))


def by_note(pictures: QuerySet[Picture], note_ids: Collection[int]) -> dict[int, list[Picture]]:
    found: dict[int, list[Picture]] = {}
    for picture in pictures.filter(note__in=note_ids).select_related("photo").order_by("pk"):
        if picture.note_id is not None:
            found.setdefault(picture.note_id, []).append(picture)
    return found


def to_delete(on: date) -> QuerySet[Picture]:
    """Return pictures that still hold a photo although nobody may ever see them again."""
    stayed = Enrolment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on - timedelta(days=GONE_DAYS)),
        student_id=OuterRef("student_id"),
        school_id=OuterRef("school_id"),
    )
    pictured = PicturedChild.objects.filter(picture_id=OuterRef("pk"))
    over = Exists(pictured.filter(took_back() | Q(~Exists(stayed)))) | ~Exists(pictured)
    return Picture.objects.filter(over, photo__isnull=False, removed_at=None)
