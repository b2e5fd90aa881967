"""Evenings in a child's timeline."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from core.prepared import Question, joined, prepared
from nights.models import Night
from nights.policies import may_see_at
from nights.presenters import state_words
from students.models import Student
from students.policies import can_view_student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return evenings on which the carer was not simply at home, as far as `user` may see them."""
    if not _may_see(student, user, at):
        return []
    return [
        TimelineEvent(
            at=night.started_at,
            kind=EventKind.VISIT,
            icon="moon",
            title=_("Who is there tonight"),
            text=state_words(night),
            meta=night.started_by.name if night.started_by else _("by the school's rule"),
        )
        for night in _nights(student_id=student.pk, limit=limit)
    ]


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    if not _may_see(student, user, at):
        return []
    return [_nights.question(student_id=student.pk, limit=limit)]


def _may_see(student: Student, user: User, at: datetime) -> bool:
    """Check the two conditions of `nights_visible_to` for a child that the page has already looked up."""
    on = local_date(at)
    return student.school_id in may_see_at(user, on) and can_view_student(user, student, on)


@prepared
def _nights(*, student_id, limit: int) -> QuerySet[Night]:
    rows = Night.objects.filter(student_id=student_id, called_off_at=None)
    rows = rows.exclude(settled_as=Night.Settled.HOME)
    rows = joined(rows, "settled_adult__name", "settled_by__name", "started_by__name")
    return rows.order_by("-started_at", "-pk")[:limit]
