"""Who on the staff may see and decide requests for leave: those who may write about the child."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from classroom.models import LeaveRequest
from classroom.policies import children_observable_by


def leave_visible_to(user: User, on: date) -> QuerySet[LeaveRequest]:
    return LeaveRequest.objects.filter(student__in=children_observable_by(user, on).values("pk"))


def get_leave_for(user: User, pk: int, on: date) -> LeaveRequest:
    rows = leave_visible_to(user, on).select_related(
        "student__school", "adult", "collector", "second", "called_by", "decided_by", "photo"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
