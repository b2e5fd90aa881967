"""Worklist items: families' requests about their data."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import prepared
from privacy.models import DataRequest
from privacy.presenters import days_left
from privacy.requests import open_requests
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import students_visible_to


def requests_to_answer(user: User, at: datetime) -> list[WorkItem]:
    """Return requests for staff who answer them, and deletions for staff who check them; one query."""
    on = timezone.localdate(at)
    answers = set(school_ids_where(user, Permission.ANSWER_DATA_REQUESTS, on))
    checks = set(school_ids_where(user, Permission.CHECK_SAFEGUARDING, on))
    if not answers | checks:
        return []
    rows = _open_at(user=user, schools=answers | checks, on=on)
    return [
        _item(row, row.student, on)
        for row in rows
        if row.student
        and row.school_id in (checks if row.state == DataRequest.State.CHECKING else answers)
    ]


@prepared
def _open_at(*, user, schools, on) -> QuerySet[DataRequest]:
    seen = students_visible_to(user, on).values("pk")
    return open_requests().filter(school_id__in=schools, student__in=seen)


def _item(row: DataRequest, student: Student, on: date) -> WorkItem:
    is_check = row.state == DataRequest.State.CHECKING
    return WorkItem(
        key=f"data-request-{row.pk}",
        lane=Lane.AWAITING_ANSWER,
        student_id=student.pk,
        student_name=student.name,
        why=_("%(what)s. %(left)s") % {"what": _what(row), "left": days_left(row, on)},
        since_at=row.asked_at,
        act_label=_("Check") if is_check else _("Answer"),
        act_url=reverse("privacy:request", args=[row.pk]),
        act_opens=True,
    )


def _what(row: DataRequest) -> str:
    if row.kind == DataRequest.Kind.CORRECTION:
        return _("The family says that something in the file is wrong")
    if row.state == DataRequest.State.CHECKING:
        return _("The family wants the file deleted. First check whether the child needs it")
    return _("The family wants the file deleted. The check is done and your answer is due")
