"""Rows of Today about concerns and everything that a counsellor keeps.

The rows of safeguarding are included, because the acts on a concern are in this package.
"""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from core.addresses import address
from core.prepared import Question
from counselling.cases import left as left_cases
from counselling.cases.queries import case_work_for
from counselling.plans import work as plan_work
from counselling.plans.queries import measure_questions
from counselling.pool import work as pool_work
from counselling.pool.queries import late_questions
from counselling.received import work as received_work
from counselling.referrals import queries as referral_queries
from safeguarding import presenters
from safeguarding.early_warning.queries import flag_work_for
from safeguarding.models import Concern
from safeguarding.queries import concerns_about, open_ones, questions_about, relations_of
from safeguarding.reports.queries import report_work_for, work_questions
from safeguarding.urgency import urgency_of
from schools.worklist import Lane, WorkItem
from students.models import Student


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return open concerns that `user` has taken or nobody has, the longest wait first, then the rest.

    The rest is everything else that waits. With `student`, only what is about this child.
    """
    if student is None:
        seen: Iterable[Concern] = open_ones(user=user, at=at)
    else:
        seen = [row for row in concerns_about(student, user, at) if row.closed_at is None]
    mine = [
        concern
        for concern in seen
        if concern.acknowledged_at is None or concern.named_adult_id == user.pk
    ]
    relations = relations_of(mine)
    return [
        *(work_item(concern, relations, at) for concern in mine),
        *report_work_for(user, at, student),
        *flag_work_for(user, at, student),
        *case_work_for(user, at, student),
        *plan_work.work_for(user, at, student),
        *referral_queries.work_for(user, at, student),
        *([] if student else received_work.work_for(user, at)),
        *left_cases.work_for(user, at, student),
        *pool_work.work_for(user, at, student),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries of these rows, so that Today can send them together."""
    return [
        open_ones.question(user=user, at=at),
        *work_questions(user, at),
        *measure_questions(user, at),
        *late_questions(user, at),
    ]


def child_questions(student: Student, user: User, at: datetime) -> list[Question]:
    """Return the queries of one child's page, whichever part of its timeline it shows."""
    return [
        *questions_about(student),
        *work_questions(user, at, student),
        *measure_questions(user, at, student),
        *late_questions(user, at, student),
    ]


def work_item(concern: Concern, relations: dict[tuple[int, int], str], at: datetime) -> WorkItem:
    """Return the row of Today.

    A concern is taken in place; once taken, the action opens the form that closes it.

    Red concerns come first until an adult has been there. Orange and yellow ones that are taken and in time
    wait in the lane of what is due.
    """
    act = "counselling:close" if concern.acknowledged_at else "counselling:acknowledge"
    can_wait = concern.level in (Concern.Level.ORANGE, Concern.Level.YELLOW)
    is_in_hand = bool(concern.acknowledged_at and concern.look_by and concern.look_by > at)
    return WorkItem(
        key=f"concern-{concern.pk}",
        lane=Lane.DUE if can_wait and is_in_hand else Lane.ADULT_NOW,
        leads=concern.level == Concern.Level.RED,
        student_id=concern.student_id,
        student_name=concern.student.name,
        why=presenters.why(concern, relations),
        since_at=concern.opened_at,
        act_label=presenters.act_label(concern),
        act_url=address(act, concern.pk),
        act_opens=bool(concern.acknowledged_at),
        hand_over_url=address("counselling:hand_over", concern.pk),
        urgency=urgency_of(concern),
    )
