"""Worklist items: one row for each waiting request for leave in the teacher's own class."""

from datetime import datetime

from django.utils import timezone

from classroom.leave.presenters import acts, told_of
from classroom.leave.queries import waiting_for
from schools.worklist import Lane, WorkItem


def waiting_leave(children: list[int], at: datetime) -> list[WorkItem]:
    items = []
    for told in told_of(waiting_for(children), timezone.localdate(at)):
        act, *more = acts(told)
        items.append(
            WorkItem(
                key=f"leave-{told.leave.pk}",
                lane=Lane.AWAITING_ANSWER,
                student_id=told.leave.student_id,
                student_name=told.leave.student.name,
                why=told.why,
                since_at=told.leave.asked_at,
                act_label=act["label"],
                act_url=act["url"],
                act_opens="is_link" in act,
                also_label=more[0]["label"] if more else "",
                also_url=more[0]["url"] if more else "",
            )
        )
    return items
