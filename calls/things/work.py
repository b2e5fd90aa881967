"""A row on Today: ask a child how the calls go. It shows no answers and does not say how any call felt."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from calls.things.models import ThreeThings
from calls.things.queries import falling, falling_questions
from core.addresses import address
from core.prepared import Question
from schools.worklist import Lane, WorkItem


def to_ask(children: Collection[int], at: datetime) -> list[WorkItem]:
    """Return rows for a class teacher's own children."""
    if not children:
        return []
    words = _("Please find a quiet moment to ask %(name)s how the calls home are going.")
    return [
        WorkItem(
            key=f"things-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=words % {"name": row.student.given_name},
            since_at=row.felt_at or row.chosen_at,
            act_label=_("I have asked"),
            act_url=address("calls:things_asked", row.pk),
        )
        for row in falling(children, at)
    ]


def questions(children: Collection[int], at: datetime) -> list[Question]:
    """Return the prepared queries that `to_ask` runs, for `ask_together`."""
    return falling_questions(children, at) if children else []


def done_row(things: ThreeThings) -> dict[str, Any]:
    """Return the row on Today afterwards (components/work_row.html)."""
    return {
        "key": f"things-{things.pk}",
        "name": things.student.name,
        "url": "",
        "why": _("Done. Thank you."),
        "when": "",
        "state": "done",
        "acts": [],
    }
