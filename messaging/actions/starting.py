"""The moment from which a school writes to its families."""

from datetime import datetime

import pghistory
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from delivery import actions as delivery_actions
from messaging.models import CheckInPlan
from schools.models import School


@transaction.atomic
def start_sending(*, school: School, by: User, at: datetime) -> bool:
    """Let the school write to its families from now on. Return False if it already does.

    No old dates count: every child's first question is due today. Messages queued before, automatically or
    for many families, stay unsent.
    """
    with pghistory.context(user=by.pk):
        waiting = School.objects.filter(pk=school.pk, sending_started_at=None)
        if not waiting.update(sending_started_at=at):
            return False
    delivery_actions.drop_unsent(school=school, at=at)
    plans = CheckInPlan.objects.filter(school=school, ended_on=None)
    with pghistory.context(user=by.pk):
        plans.update(next_due_on=timezone.localdate(at), occasion="")
    return True
