"""Timeline events for leave: what the family asked for, and the outcome."""

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from classroom.leave.presenters import days_words, decided_words, told_of
from classroom.models import LeaveRequest
from core.prepared import Question, prepared
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def leave_events(student: Student, on: date, limit: int) -> Iterator[TimelineEvent]:
    """Yield one event for each request; its page shows who said what and when."""
    for told in told_of(list(_rows(student_id=student.pk, limit=limit)), on):
        row = told.leave
        facts = {"who": told.who, "days": days_words(row, on), "reason": row.get_reason_display()}
        is_waiting = row.state == LeaveRequest.State.ASKED
        yield TimelineEvent(
            at=row.asked_at,
            kind=EventKind.ATTENDANCE,
            icon="calendar",
            title=capfirst(_("%(who)s asked for leave: %(days)s, %(reason)s") % facts),
            text=_("Waiting for the teacher.") if is_waiting else decided_words(told),
            meta=row.decided_by.name if row.decided_by else "",
            url=reverse("classroom:leave", args=[row.pk]),
        )


def questions(student: Student, limit: int) -> list[Question]:
    return [_rows.question(student_id=student.pk, limit=limit)]


@prepared
def _rows(*, student_id, limit: int) -> QuerySet[LeaveRequest]:
    rows = LeaveRequest.objects.filter(student_id=student_id)
    rows = rows.select_related("student__school", "adult", "collector", "second", "decided_by")
    return rows.order_by("-asked_at")[:limit]
