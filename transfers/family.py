"""A line about a transfer on a family's card, only for adults who decide for the child."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from transfers.models import Transfer, TransferWord
from transfers.policies import transfers_of_family

ASK_FIRST, ANSWERED_LATER = 11, 62  # positions on the card


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    lines: dict[int, list[FamilyLine]] = {}
    keys, on = [adult.pk for adult in adults], timezone.localdate(at)
    for row in _rows(adult_ids=keys, student_ids=student_ids, on=on):
        lines.setdefault(row.student_id, []).append(_line(row))
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the query of `family_lines` as a first look: hardly any child moves."""
    keys, on = [adult.pk for adult in adults], timezone.localdate(at)
    return [_rows.first_look(adult_ids=keys, student_ids=student_ids, on=on)]


def _line(row: Any) -> FamilyLine:
    url = address("family_transfers:transfer", row.pk)
    if row.is_open and not row.has_said:
        text = _("The school asks: may the file go to another school?")
        return FamilyLine(text, url, "ask", _("Read and answer"), True, ASK_FIRST)
    if row.is_open:
        text = _("The file to another school: what you said")
    else:
        text = _("The file went to another school: receipt")
    return FamilyLine(text, url, "paper", order=ANSWERED_LATER)


@prepared
def _rows(*, adult_ids, student_ids, on) -> QuerySet[Transfer]:
    said = TransferWord.objects.filter(transfer=OuterRef("pk"), adult__in=adult_ids)
    rows = transfers_of_family(adult_ids, on).filter(student_id__in=student_ids)
    return rows.annotate(has_said=Exists(said)).order_by("-opened_at", "-pk")
