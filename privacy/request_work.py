"""Rows on Today for families' requests about their data."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import prepared
from privacy.models import DataRequest
from privacy.presenters import days_left
from privacy.requests import not_of_own_family, open_requests
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.policies import students_visible_to


def requests_to_answer(user: User, at: datetime) -> list[WorkItem]:
    """Return requests for staff who answer them, and deletions for staff who check them; one query."""
    on = timezone.localdate(at)
    answers = set(school_ids_where(user, Permission.ANSWER_DATA_REQUESTS, on))
    checks = set(school_ids_where(user, Permission.CHECK_SAFEGUARDING, on))
    if not answers | checks:
        return []
    rows = _open_at(user=user, schools=answers | checks, on=on)
    items = []
    for row in rows:
        is_check = row.state == DataRequest.State.CHECKING
        if row.student is None or row.school_id not in (checks if is_check else answers):
            continue
        if row.checked_by_id == user.pk:  # somebody else carries it out
            continue
        items.append(
            WorkItem(
                key=f"data-request-{row.pk}",
                lane=Lane.AWAITING_ANSWER,
                student_id=row.student.pk,
                student_name=row.student.name,
                why=_("%(what)s. %(left)s.") % {"what": _what(row), "left": days_left(row, on)},
                since_at=row.asked_at,
                act_label=_("Check") if is_check else _("Answer"),
                act_url=reverse("privacy:request", args=[row.pk]),
                act_opens=True,
            )
        )
    return items


@prepared
def _open_at(*, user, schools, on) -> QuerySet[DataRequest]:
    seen = students_visible_to(user, on).values("pk")
    return open_requests().filter(not_of_own_family(user), school_id__in=schools, student__in=seen)


def _what(row: DataRequest) -> str:
    if row.kind == DataRequest.Kind.CORRECTION:
        return _("The family says that something in the file is wrong")
    if row.state == DataRequest.State.CHECKING:
        return _("The family wants the file deleted. First check whether the child needs it")
    return _("The family wants the file deleted. The check is done and your answer is due")
