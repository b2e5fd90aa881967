"""The state of the latest question about each child, for lists of many children."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.prepared import Question, prepared
from delivery import queries as delivery_queries
from delivery.queries import FACTS
from delivery.rules import UNDER_WAY, Silence
from messaging.models import Answer, CheckInLine
from messaging.queries.sent import sent_for
from messaging.rules import as_sent


@dataclass(frozen=True)
class Latest:
    """The latest question about a child. `first` is the check-in whose ladder led to this one."""

    state: str
    check_in: int
    first: int | None


@dataclass(frozen=True)
class Standing:
    """The state of a question, for display.

    `state` is the check-in's state, or "planned" as long as none of its messages has been sent. In that case
    `goes_at` is when the next message will be sent, or None if none is waiting.
    """

    state: str
    goes_at: datetime | None = None


def check_in_states(student_ids: Collection[int]) -> dict[int, str]:
    """Return student id → state of the latest check-in (as in `Standing`), or "need_help" if that was the
    answer.
    """
    rows = _latest(student_ids=student_ids)
    found = standings({pk: Latest(*latest) for pk, _, *latest in rows})
    return {
        pk: answer if answer == Answer.NEED_HELP else found[pk].state for pk, answer, *_ in rows
    }


def state_questions(student_ids: Collection[int]) -> list[Question]:
    """Return the query that `check_in_states` runs first."""
    return [_latest.question(student_ids=student_ids)]


def standings(latest: Mapping[int, Latest]) -> dict[int, Standing]:
    """Return the state of each question, under the same keys, in one query for any number."""
    asked = {one.check_in for one in latest.values()} | {
        one.first for one in latest.values() if one.first
    }
    by_check_in = defaultdict(list)
    for row in _sent(ids=asked) if asked else []:
        by_check_in[row[0]].append(row[1:])
    found = {}
    for key, one in latest.items():
        rows = [*by_check_in[one.check_in], *by_check_in[one.first]]
        silence = _silence(rows)
        tried = [row for row in rows if row[1] not in UNDER_WAY]
        # Even while the next message is still on its way, say so if a number has failed.
        if silence == Silence.ON_ITS_WAY and tried and _silence(tried) == Silence.NOTHING_ARRIVED:
            silence = Silence.NOTHING_ARRIVED
        stands = as_sent(one.state, silence)
        waiting = [due_at for due_at, sent, *_ in rows if sent in ("due", "retry")]
        found[key] = Standing(stands, min(waiting, default=None) if stands == "planned" else None)
    return found


def _silence(rows: Iterable[tuple[Any, ...]]) -> Silence:
    found = delivery_queries.silences((0, *facts) for _, *facts in rows)
    return found.get(0, Silence.NOTHING_ARRIVED)


@prepared
def _latest(*, student_ids) -> QuerySet[Any]:
    lines = CheckInLine.objects.filter(student_id__in=student_ids)
    latest = lines.order_by("student_id", "-check_in__due_on", "-check_in_id")
    return latest.distinct("student_id").values_list(
        "student_id", "answer", "check_in__state", "check_in_id", "check_in__first_id"
    )


@prepared
def _sent(*, ids) -> QuerySet[Any]:
    return sent_for(ids).values_list("about_id", "due_at", *FACTS)
