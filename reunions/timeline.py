"""Timeline events for reunions and partings."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from core.days import full_day
from core.prepared import Question, joined, prepared
from reunions.models import ReunionPlan, Watch
from reunions.work import relations_of
from schools.policies import school_ids_where, today_in
from schools.roles import Permission
from students.models import Student
from students.policies import can_view_student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return the latest `limit` events that `user` may see, newest first; four queries at most."""
    # The two conditions of `plans_visible_to`, for a child that the page has already loaded.
    on = today_in(student.school, at)
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    if student.school_id not in schools or not can_view_student(user, student, on):
        return []
    asked = {"student_id": student.pk, "limit": limit}
    looks = [
        TimelineEvent(
            at=row.done_at,
            kind=EventKind.REUNION,
            icon="check",
            title=_("Check after the parent left")
            if row.step > 0
            else _("Talk before the parent leaves"),
            text=_(", ").join(filter(None, [str(row.get_seen_display()), row.words])),
            meta=row.done_by.name if row.done_by else "",
        )
        for row in _looks(**asked)
    ]
    happened = _happened(**asked)
    told = relations_of(happened)
    together = []
    for row in happened:
        who = capfirst(told.get((row.student_id, row.adult_id), "")) or _("A parent")
        until = full_day(row.arrives_on)
        if row.leaves_on:
            until += f" – {full_day(row.leaves_on)}"
        event = TimelineEvent(
            at=datetime.combine(row.arrives_on, time(12), ZoneInfo(student.school.time_zone)),
            kind=EventKind.REUNION,
            icon="home",
            title=_("%(who)s and the child were together") % {"who": who},
            text=until,
            is_day_only=True,
        )
        together.append(event)
    events = together + looks
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    """Return the prepared queries that `timeline` runs if `user` works with check-ins at the school."""
    if student.school_id not in school_ids_where(
        user, Permission.WORK_CHECK_INS, today_in(student.school, at)
    ):
        return []
    asked = {"student_id": student.pk, "limit": limit}
    return [_looks.question(**asked), _happened.question(**asked)]


@prepared
def _happened(*, student_id, limit: int) -> QuerySet[ReunionPlan]:
    plans = ReunionPlan.objects.filter(student_id=student_id, arrives_on__isnull=False)
    rows = plans.filter(outcome=ReunionPlan.Outcome.HAPPENED)
    return rows.order_by("-arrives_on", "-pk")[:limit]


@prepared
def _looks(*, student_id, limit: int) -> QuerySet[Watch]:
    rows = Watch.objects.filter(plan__student_id=student_id, done_at__isnull=False)
    return joined(rows, "done_by__name").order_by("-done_at")[:limit]
