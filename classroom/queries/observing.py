"""Who was looked at, praised and told of, and when."""

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from classroom.models import Letter, Observation
from classroom.rules import WITHHELD_THEMES
from students.models import Student


def kept() -> QuerySet[Observation]:
    return Observation.objects.filter(retracted_at=None)


def for_families() -> QuerySet[Observation]:
    """What a family may read: meant for it, not taken back, nothing about the home or trouble.

    A note without words and strengths (a photo alone) says nothing to it.
    """
    told = kept().filter(tell_family=True).exclude(strengths=[], words="")
    return told.exclude(themes__overlap=sorted(WITHHELD_THEMES))


def _latest(rows: QuerySet, field: str) -> Subquery:
    own = rows.filter(student_id=OuterRef("pk")).order_by(F(field).desc())
    return Subquery(own.values(field)[:1])


def with_attention(students: QuerySet[Student]) -> QuerySet[Any]:
    """Annotates `seen_at`, `praised_at` and `told_at` (good news or a letter to the family)."""
    letters = Letter.objects.filter(sent_at__isnull=False)
    return students.annotate(
        seen_at=_latest(kept(), "happened_at"),
        praised_at=_latest(kept().exclude(strengths=[]), "happened_at"),
        told_at=Greatest(_latest(for_families(), "recorded_at"), _latest(letters, "sent_at")),
    )


def attention_of(students: QuerySet[Student]) -> list[Any]:
    """Rows pk, name, seen_at, praised_at, told_at by pinyin: one query for any number of children."""
    rows = with_attention(students).order_by("name_pinyin", "pk")
    return list(rows.values("pk", "name", "seen_at", "praised_at", "told_at"))


def latest_for(
    observations: QuerySet[Observation], student: Student, limit: int
) -> list[Observation]:
    """The latest among `observations` (of the policy) about one child."""
    rows = observations.filter(student=student, retracted_at=None).select_related("written_by")
    return list(rows.order_by("-happened_at", "-pk")[:limit])
