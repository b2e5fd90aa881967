"""That a file came from another school, or went to one, on the child's page."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from core.prepared import prepared
from privacy.presenters import receipt_number
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from transfers.models import Arrival


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    hands_over = school_ids_where(user, Permission.HAND_OVER_FILES, local_date(at))
    is_office = student.school_id in hands_over
    return [
        _event(row, student, is_office) for row in _arrivals(student_id=student.pk, limit=limit)
    ]


def _event(row: Arrival, student: Student, is_office: bool) -> TimelineEvent:
    came = row.student_id == student.pk
    words = (
        _("The file came from %(school)s") if came else _("The file was handed over to %(school)s")
    )
    school = row.transfer.school.name if came else row.transfer.to_name
    return TimelineEvent(
        at=row.at,
        kind=EventKind.ENROLMENT,
        icon="school",
        title=words % {"school": school},
        text=_("Receipt %(number)s") % {"number": receipt_number(row)},
        meta=row.by.name,
        url=reverse("transfers:transfer", args=[row.transfer_id]) if came or is_office else "",
    )


@prepared
def _arrivals(*, student_id, limit: int) -> QuerySet[Arrival]:
    rows = Arrival.objects.filter(Q(student_id=student_id) | Q(transfer__student_id=student_id))
    rows = rows.select_related("by", "transfer__school", "transfer__to_school")
    return rows.order_by("-at", "-pk")[:limit]
