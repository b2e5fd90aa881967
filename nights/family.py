"""What a family reads about an evening, on the card and on its page."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship, NearbyAdult
from guardians.queries import informed_guardianships
from nights import rules
from nights.models import Night
from nights.presenters import state_words
from nights.queries import nights_tonight, tonight_questions

TONIGHT_ORDER, AGREE_ORDER = 5, 45


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return by child: tonight's state, and somebody near by to whom the reader has not agreed yet."""
    if not student_ids or not adults:
        return {}
    evening = rules.evening_of(timezone.localtime(at))
    lines: dict[int, list[FamilyLine]] = {}
    shown = {night.student_id: night for night in nights_tonight(student_ids, evening)}
    for child, night in shown.items():
        url = address("family_nights:child", child)
        lines.setdefault(child, []).append(
            FamilyLine(night_line(night), url, "house", order=TONIGHT_ORDER)
        )
    on = timezone.localdate(at)
    mine = {adult.pk for adult in adults}
    for child in _to_agree(student_ids=student_ids, adult_ids=mine, on=on):
        url = address("family_nights:child", child)
        words = _("Somebody near by for the evenings: please say whether you agree")
        lines.setdefault(child, []).append(FamilyLine(words, url, "house", order=AGREE_ORDER))
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the queries behind `family_lines`."""
    on, mine = timezone.localdate(at), {adult.pk for adult in adults}
    return [
        *tonight_questions(student_ids, rules.evening_of(timezone.localtime(at))),
        _to_agree.question(student_ids=student_ids, adult_ids=mine, on=on),
    ]


def night_line(night: Night | None) -> str:
    return state_words(night, to_family=True) if night else ""


@prepared
def _to_agree(*, student_ids, adult_ids, on) -> QuerySet[Any]:
    parents = informed_guardianships(on).filter(
        adult_id__in=adult_ids, kind__in=[kind.value for kind in Guardianship.BY_LAW]
    )
    rows = NearbyAdult.objects.filter(
        Q(student_id__in=student_ids), agreed_at=None, ended_at=None, adult__blocked_at=None
    ).filter(student_id__in=parents.values("student_id"))
    return rows.order_by("student_id").values_list("student_id", flat=True).distinct()
