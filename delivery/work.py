"""Sending problems that Today shows to the people who set up the school's channels."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.prepared import prepared
from delivery.models import OutboxMessage
from delivery.queries import UNSENT_DAYS, refused_lately, schools_without_channel
from delivery.texts import cause_in_words
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem

State = OutboxMessage.State


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return a row for each school that cannot write to families because it lacks a channel, and one for
    each whose account could not send lately, in one query.
    """
    school_ids = school_ids_where(user, Permission.EDIT_SCHOOL, timezone.localdate(at))
    if not school_ids:
        return []
    since = at - timedelta(days=UNSENT_DAYS)
    items = []
    for school in _troubled(school_ids=school_ids, since=since):
        if school.refused:
            items.append(_refused(school, at))
        if not (school.is_mute or school.waiting):
            continue
        why = _("No channel is in use: no family receives anything")
        if not school.is_mute:
            why = ngettext(
                "No channel reaches the number or address of %(n)d adult: the messages wait",
                "No channel reaches the numbers or addresses of %(n)d adults: their messages wait",
                school.waiting,
            ) % {"n": school.waiting}
        items.append(
            WorkItem(
                key=f"channel-{school.pk}",
                lane=Lane.DUE,
                student_id=0,
                student_name=_("Channels"),
                why=why,
                since_at=at,
                act_label=_("Set up a channel"),
                act_url=reverse("delivery:channels"),
                act_opens=True,
                leads=True,
            )
        )
    return items


def _refused(school: Any, at: datetime) -> WorkItem:
    words = ngettext(
        "A message to %(n)d adult was refused: %(cause)s",
        "Messages to %(n)d adults were refused: %(cause)s",
        school.refused,
    )
    return WorkItem(
        key=f"refused-{school.pk}",
        lane=Lane.DUE,
        student_id=0,
        student_name=_("Channels"),
        why=words % {"n": school.refused, "cause": cause_in_words(school.refused_cause)},
        since_at=at,
        act_label=_("Sending status"),
        act_url=reverse("delivery:operation"),
        act_opens=True,
        leads=True,
    )


@prepared
def _troubled(*, school_ids, since) -> QuerySet[Any]:
    """Query schools that have begun.

    With `is_mute` (no channel at all), `waiting` and `refused` (numbers of adults), `refused_cause`.
    """
    mute = schools_without_channel().filter(pk=OuterRef("pk"))
    lately = OutboxMessage.objects.filter(
        school_id=OuterRef("pk"),
        state__in=[State.DUE, State.RETRY, State.EXPIRED],
        due_at__gt=since,
        cause="no_channel",
    )
    adults = lately.order_by().values("school_id").annotate(count=Count("adult", distinct=True))
    to_family = refused_lately(since).filter(school_id=OuterRef("pk"), adult__isnull=False)
    refused = to_family.order_by().values("school_id").annotate(count=Count("adult", distinct=True))
    rows = School.objects.filter(pk__in=school_ids, sending_started_at__isnull=False)
    rows = rows.annotate(
        is_mute=Exists(mute),
        waiting=Coalesce(Subquery(adults.values("count")), 0),
        refused=Coalesce(Subquery(refused.values("count")), 0),
        refused_cause=Subquery(to_family.order_by("-due_at").values("cause")[:1]),
    )
    return rows.filter(Q(is_mute=True) | Q(waiting__gt=0) | Q(refused__gt=0))
