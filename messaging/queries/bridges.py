"""The state of each child's latest check-in, for lists that show many children."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from core.prepared import prepared
from messaging.models import Answer, CheckInLine


def check_in_states(student_ids: Collection[int]) -> dict[int, str]:
    """student → state of the latest check-in, or "need_help" where that was the answer; one query."""
    return {
        student_id: answer if answer == Answer.NEED_HELP else state
        for student_id, answer, state in _latest(student_ids=student_ids)
    }


@prepared
def _latest(*, student_ids) -> QuerySet[Any]:
    lines = CheckInLine.objects.filter(student_id__in=student_ids)
    latest = lines.order_by("student_id", "-check_in__due_on", "-check_in_id")
    return latest.distinct("student_id").values_list("student_id", "answer", "check_in__state")
