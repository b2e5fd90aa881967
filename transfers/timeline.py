"""Entries in a child's timeline: a file came from another school, or went to one."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from core.prepared import Question, joined, prepared
from privacy.presenters import receipt_number
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from transfers.models import PaperPackage, Transfer


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    hands_over = school_ids_where(user, Permission.HAND_OVER_FILES, local_date(at))
    is_office = student.school_id in hands_over
    rows = _handed_over(student_id=student.pk, accepted=Transfer.State.ACCEPTED, limit=limit)
    events = []
    for row in rows:
        came = row.student_id != student.pk
        if came:
            title = _("The file came from %(school)s") % {"school": row.school.name}
        else:
            title = _("The file was handed over to %(school)s") % {"school": row.to_name}
        event = TimelineEvent(
            at=row.closed_at,
            kind=EventKind.ENROLMENT,
            icon="school",
            title=title,
            text=_("Receipt %(number)s") % {"number": receipt_number(row)},
            meta=row.closed_by.name,
            url=reverse("transfers:transfer", args=[row.pk]) if came or is_office else "",
        )
        events.append(event)
    return events


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    return [
        _handed_over.question(student_id=student.pk, accepted=Transfer.State.ACCEPTED, limit=limit)
    ]


@prepared
def _handed_over(*, student_id, accepted, limit: int) -> QuerySet[Any]:
    """Select transfers of this file and to it, with `receipt` and `at`, the time in its number."""
    papers = PaperPackage.objects.filter(transfer=OuterRef("pk")).order_by("-at", "-pk")
    rows = Transfer.objects.filter(
        Q(student_id=student_id) | Q(arrival__student_id=student_id), state=accepted
    ).annotate(
        receipt=Coalesce("arrival__receipt", Subquery(papers.values("receipt")[:1])),
        at=Coalesce("arrival__at", Subquery(papers.values("at")[:1])),
    )
    rows = joined(rows, "school__name", "to_school__name", "closed_by__name")
    return rows.order_by("-closed_at", "-pk")[:limit]
