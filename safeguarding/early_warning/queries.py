"""Hints for Today, and the current signals shown beside a concern."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Question, prepared
from safeguarding.early_warning import policies, presenters, rules
from safeguarding.early_warning.facts import facts_of
from safeguarding.models import Flag, WarningRules
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about

ON_TODAY = 5  # the oldest; the page of hints shows the rest


def flag_work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return waiting hints for users who keep cases; others find them on the page."""
    on = timezone.localdate(at)
    here = school_ids_where(user, Permission.KEEP_CASES, on)
    if not here:
        return []
    rows = _waiting(user=user, on=on, here=here, limit=ON_TODAY, **about(student))
    return [
        WorkItem(
            key=f"flag-{one.pk}",
            lane=Lane.DUE,
            student_id=one.student_id,
            student_name=one.student.name,
            why=_("Please look: %(why)s.") % {"why": presenters.why(one.reasons, with_scores=True)},
            since_at=one.raised_at,
            act_label=_("See the signals"),
            act_url=reverse("safeguarding:flags") + f"#flag-{one.pk}",
            act_opens=True,
        )
        for one in rows
    ]


@prepared
def _waiting(*, user, on, here, limit: int, student_id=None) -> QuerySet[Flag]:
    seen = policies.flags_visible_to(user, on).filter(settled_at=None, school_id__in=here)
    if student_id is not None:
        seen = seen.filter(student_id=student_id)
    return seen.select_related("student").order_by("raised_at", "pk")[:limit]


def open_hints(user: User, at: datetime) -> int:
    """Return how many waiting hints `user` may see."""
    return len(_open_keys(user=user, on=timezone.localdate(at)))


def open_hints_question(user: User, at: datetime) -> Question:
    """Return the query of `open_hints`, to be run together with others."""
    return _open_keys.question(user=user, on=timezone.localdate(at))


@prepared
def _open_keys(*, user, on) -> QuerySet[Any]:
    return policies.flags_visible_to(user, on).filter(settled_at=None).values_list("pk")


def limits_of(school: School) -> rules.Limits:
    """Return the school's limits, or the usual ones if it has chosen none."""
    row = WarningRules.objects.filter(school=school).first()
    return row.limits if row else rules.USUAL


def signals_beside(student: Student, user: User, at: datetime) -> list[dict[str, Any]]:
    """Return what is on record about the child now, by domain; scores only for users who may read them."""
    on = timezone.localdate(at)
    found = next(iter(facts_of([student.school_id], on, student.pk)), None)
    if found is None:
        return []
    judged = rules.judge(found[2], on, limits_of(student.school))
    stored = [one.stored(on) for one in judged.signals]
    return presenters.rows(stored, with_scores=policies.may_read_scores(user, student, on))
