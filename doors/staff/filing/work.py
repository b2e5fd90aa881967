"""A row on Today for the person who confirms who has access: once a term, two weeks into it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import prepared
from doors.staff.retention.queries import midnight
from privacy.models import AccessConfirmation
from schools.models import Term
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem

GRACE_DAYS = 14  # days at the start of a term in which posts still change; our own figure


def work_for(user: User, at: datetime) -> list[WorkItem]:
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.SECOND_PERSON, on)
    if not schools:
        return []
    begun_on = on - timedelta(days=GRACE_DAYS)
    return [
        WorkItem(
            key=f"access-{term.pk}",
            lane=Lane.DUE,
            student_id=0,
            student_name=_("Who has access"),
            why=_("Once a term you look at the list and confirm it."),
            since_at=midnight(term.starts_on),
            act_label=_("See the list"),
            act_url=reverse("staff:filing"),
            act_opens=True,
            leads=True,
        )
        for term in _unconfirmed(schools=schools, on=on, begun_on=begun_on)
    ]


@prepared
def _unconfirmed(*, schools, on, begun_on) -> QuerySet[Any]:
    confirmed = AccessConfirmation.objects.filter(
        school=OuterRef("year__school"), at__date__gte=OuterRef("starts_on")
    )
    rows = Term.objects.filter(
        ~Exists(confirmed), year__school_id__in=schools, starts_on__lte=begun_on, ends_on__gte=on
    )
    return rows.order_by("pk")
