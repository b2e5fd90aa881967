"""A family's lines about consent."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from privacy.models import ConsentAsk
from privacy.presenters import url_of
from privacy.queries import standings_of
from privacy.texts import TEXTS


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return student → lines about consents that the school has asked for and that are still open.

    A question about the adults' own data appears at the first child for whom it was asked.
    """
    asked = set(_asks(student_ids=student_ids))
    if not asked:
        return {}
    lines: dict[int, list[FamilyLine]] = {}
    for one in standings_of(adults, timezone.localdate(at)):
        about = [one.student.pk] if one.student else sorted(student_ids)
        child = next((pk for pk in about if (pk, one.purpose) in asked), None)
        if child is not None and one.is_to_be_asked:
            line = FamilyLine(
                text=_("Your yes or no: %(what)s") % {"what": TEXTS[one.purpose].title},
                url=url_of(one),
                icon="talk",
                button=_("Read and answer"),
                order=60,
            )
            lines.setdefault(child, []).append(line)
    return {pk: found for pk, found in lines.items() if pk in set(student_ids)}


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the query that `family_lines` makes first."""
    return [_asks.question(student_ids=student_ids)]


@prepared
def _asks(*, student_ids) -> QuerySet[Any]:
    rows = ConsentAsk.objects.filter(student_id__in=student_ids)
    return rows.values_list("student_id", "purpose")
