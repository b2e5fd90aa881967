"""What Today says to a member of staff: a training of theirs that no longer counts.

Only what has run out. Of a training that nobody has written down we do not know whether it was had: the page
of trainings says so, and a morning's list of children does not begin with it.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from learning.training.models import Training
from learning.training.queries import due_at, plan_of
from learning.training.rules import COUNTS_MONTHS
from schools.worklist import Lane, WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """One query for whoever has no training of a kind that runs out."""
    schools = {
        one.school
        for one in Training.objects.filter(user=user, kind__in=COUNTS_MONTHS).select_related(
            "school"
        )
    }
    items = []
    for school in schools:
        on = timezone.localdate(at, ZoneInfo(school.time_zone))
        for row in due_at(school, plan_of(school), on, [user]):
            if row.due.last is None:
                continue
            items.append(
                WorkItem(
                    key=f"training-{school.pk}-{row.due.kind}",
                    lane=Lane.DUE,
                    student_id=0,
                    student_name=_("Your training"),
                    why=_("Due again: %(what)s") % {"what": Training.Kind(row.due.kind).label},
                    since_at=datetime.combine(row.due.since, time(7), ZoneInfo(school.time_zone)),
                    act_label=_("See trainings"),
                    act_url=reverse("learning:trainings"),
                    act_opens=True,
                )
            )
    return items
