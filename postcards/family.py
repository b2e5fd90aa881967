"""Lines about voice postcards on a family's card."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from postcards.models import PostcardFor
from postcards.policies import copies_for, may_answer

ORDER_UNHEARD, ORDER_SEND = 15, 75


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return lines by child for these adults, who are records of one person; two or three queries."""
    on = timezone.localdate(at)
    lines: dict[int, list[FamilyLine]] = {}
    asked = {"adult_ids": [adult.pk for adult in adults], "student_ids": student_ids}
    # Usually nothing is unheard. Then we skip the policy, the most expensive query of this page.
    if _any_unheard(**asked):
        unheard = copies_for(adults, on).filter(heard_at=None, postcard__student__in=student_ids)
        for copy in unheard.order_by("postcard__sent_at"):
            if copy.postcard.student_id not in lines:
                name = copy.postcard.student.given_name
                line = FamilyLine(
                    text=_("%(name)s sent you a voice postcard") % {"name": name},
                    url=address("family_postcards:card", copy.postcard_id),
                    icon="postcard",
                    button=_("Listen"),
                    is_due=True,
                    order=ORDER_UNHEARD,
                )
                lines[copy.postcard.student_id] = [line]
    for student_id in _answerable(**asked, on=on):
        line = FamilyLine(
            text=_("Voice postcards"),
            url=address("family_postcards:list", student_id),
            icon="postcard",
            order=ORDER_SEND,
        )
        lines.setdefault(student_id, []).append(line)
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs first, for `ask_together`."""
    asked = {"adult_ids": [adult.pk for adult in adults], "student_ids": student_ids}
    return [
        _any_unheard.question(**asked),
        _answerable.question(**asked, on=timezone.localdate(at)),
    ]


@prepared
def _any_unheard(*, adult_ids, student_ids) -> QuerySet[Any]:
    rows = PostcardFor.objects.filter(adult_id__in=adult_ids, heard_at=None)
    return rows.filter(postcard__student_id__in=student_ids).values_list("pk")[:1]


@prepared
def _answerable(*, adult_ids, student_ids, on) -> QuerySet[Any]:
    held = may_answer(adult_ids, on).filter(student_id__in=student_ids)
    return held.values_list("student_id", flat=True)
