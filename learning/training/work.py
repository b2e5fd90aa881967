"""Rows of Today for a member of staff: a training of theirs that no longer counts.

They show only trainings that have run out. If no training is recorded, we do not know whether there was one:
the page of trainings says so, and a morning's list of children should not begin with it.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Question, prepared
from learning.training.models import Training
from learning.training.queries import due_at, plan_of
from learning.training.rules import COUNTS_MONTHS, MONTHS_TO_CHOOSE
from schools.models import School
from schools.worklist import Lane, WorkItem

# No training counts for less, so somebody whose last one ended later need not be checked.
SHORTEST_DAYS = 28 * min(months for months in MONTHS_TO_CHOOSE if months)


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the rows.

    One query for a user without a training that may have run out, whatever the school chose.
    """
    items = []
    ended = timezone.localdate(at) - timedelta(days=SHORTEST_DAYS)
    for school in _may_have_run_out(user_id=user.pk, ended=ended):
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


def questions(user: User, at: datetime) -> list[Question]:
    """Return the first query of `work_for`, to be run together with others."""
    ended = timezone.localdate(at) - timedelta(days=SHORTEST_DAYS)
    return [_may_have_run_out.question(user_id=user.pk, ended=ended)]


@prepared
def _may_have_run_out(*, user_id: int, ended: date) -> QuerySet[School]:
    own = Training.objects.filter(user_id=user_id, school=OuterRef("pk"))
    latest = own.filter(kind__in=list(COUNTS_MONTHS)).order_by().values("kind")
    return School.objects.filter(
        Exists(latest.annotate(last=Max("ended_on")).filter(last__lte=ended))
    )
