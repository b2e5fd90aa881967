"""Rows of Today about the shared queue."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from counselling.pool import policies, presenters, queries
from safeguarding.levels.rules import ORANGE
from safeguarding.urgency import urgency_of
from schools.worklist import Lane, WorkItem
from students.models import Student


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return the rows about the shared queue.

    There is one row for a counsellor with room, however many briefs wait, and one for each brief that nobody
    took in time.
    """
    items = [
        WorkItem(
            key=f"pool-{brief.pk}",
            lane=Lane.DUE,
            student_id=brief.student_id,
            student_name=brief.student.name,
            why=_("No counsellor has taken it from the shared queue. Please find another way."),
            since_at=brief.made_at,
            act_label=_("Open it"),
            act_url=address("counselling:detail", brief.concern_id) + "#pool",
            act_opens=True,
            leads=True,
            urgency=urgency_of(brief.concern),
        )
        for brief in queries.late_briefs(user, at, student)
    ]
    if student is not None or policies.room_of(user, at) <= 0:
        return items
    waiting = queries.queue_of(user, at)
    if waiting:
        items.append(
            WorkItem(
                key="pool",
                lane=Lane.DUE,
                student_id=0,
                student_name=presenters.row_name(),
                why=presenters.queue_line(len(waiting)),
                since_at=min(brief.made_at for brief in waiting),
                act_label=_("Open it"),
                act_url=reverse("counselling:pool"),
                act_opens=True,
                leads=any(brief.concern.level == ORANGE for brief in waiting),
            )
        )
    return items
