"""Rows of Today about low moods of children and about carers who need a word.

Class teachers see the former, counsellors the latter, and the former where no class teacher may know.
Neither row shows an answer.
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, prepared
from guardians.presenters import called
from guardians.queries import current_guardianships
from schools.policies import own_class_ids, school_ids_of, school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.policies import students_visible_to
from surveys.models import Pulse
from surveys.pulses import policies


@prepared
def _waiting(*, schools) -> QuerySet[Any]:
    """Select waiting pulses of whole schools.

    There are few, so that most people's Today costs only this query.
    """
    rows = Pulse.objects.filter(school_id__in=schools, asks_for_talk=True, talked_at=None)
    return rows.values_list("pk", flat=True)


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the work of users who run rounds or have a class; no query for others."""
    on = timezone.localdate(at)
    if not own_class_ids(user, on) and not school_ids_where(user, Permission.RUN_SURVEYS, on):
        return []
    waiting = list(_waiting(schools=school_ids_of(user, on)))
    if not waiting:
        return []
    talks = policies.talks_asked_of(user, on).filter(pk__in=waiting)
    found = []
    for pulse in talks.select_related("student").order_by("finished_at"):
        if pulse.student is None:
            found += _of_carer(pulse, user, at)
            continue
        why = _("Please take a quiet moment and ask %(name)s how things are.")
        found.append(
            WorkItem(
                key=f"pulse-{pulse.pk}",
                lane=Lane.DUE,
                student_id=pulse.student.pk,
                student_name=pulse.student.name,
                why=why % {"name": pulse.student.given_name},
                since_at=pulse.finished_at or pulse.begun_at,
                act_label=_("We have talked"),
                act_url=address("surveys:talked", pulse.pk),
            )
        )
    return found


def questions(user: User, at: datetime) -> list[Question]:
    """Return the first query of `work_for`, to be run together with others."""
    on = timezone.localdate(at)
    if not own_class_ids(user, on) and not school_ids_where(user, Permission.RUN_SURVEYS, on):
        return []
    return [_waiting.question(schools=school_ids_of(user, on))]


def _of_carer(pulse: Pulse, user: User, at: datetime) -> list[WorkItem]:
    """Return a row with the first child of the carer that the user may see: its page leads to both."""
    on = timezone.localdate(at)
    ties = current_guardianships(on).filter(
        adult=pulse.adult_id, student__in=students_visible_to(user, on).values("pk")
    )
    tie = ties.select_related("adult", "student").order_by("priority", "pk").first()
    if tie is None:
        return []
    told = {"who": called(tie), "name": tie.adult.name}
    return [
        WorkItem(
            key=f"pulse-{pulse.pk}",
            lane=Lane.DUE,
            student_id=tie.student.pk,
            student_name=tie.student.name,
            why=_("Please look: how %(who)s, %(name)s, is doing.") % told,
            since_at=pulse.finished_at or pulse.begun_at,
            act_label=_("See the answers"),
            act_url=address("surveys:over_time", tie.student.pk),
            act_opens=True,
        )
    ]
