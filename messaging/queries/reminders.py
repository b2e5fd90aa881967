"""Reminders that wait for a class teacher, and the outcome of those that somebody sent."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, joined, prepared
from guardians.queries import last_contact_on
from messaging.models import FollowUp, Reminder
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import own_children


def reminders_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return rows of Today about children of the user's own class, in one query.

    A row disappears once the child has talked with a parent, or somebody has recorded another attempt.
    """
    asked = _asked_of(user, at, student)
    return [
        WorkItem(
            key=f"reminder-{row.pk}",
            lane=Lane.AWAITING_ANSWER,
            student_id=row.student_id,
            student_name=row.student.name,
            why=reminder_words(row),
            since_at=row.asked_at,
            act_label=_("I have done it"),
            act_url=address("messaging:reminder_done", row.pk),
        )
        for row in (_open(student_ids=asked) if asked else ())
    ]


def reminder_questions(user: User, at: datetime, student: Student | None = None) -> list[Question]:
    """Return the query that `reminders_for` runs."""
    asked = _asked_of(user, at, student)
    return [_open.first_look(student_ids=asked)] if asked else []


def _asked_of(user: User, at: datetime, student: Student | None) -> list[int]:
    own = own_children(user, timezone.localdate(at))
    return [pk for pk in own if student is None or pk == student.pk]


def reminder_words(row: Reminder) -> str:
    return _("%(name)s asks you to get in touch with this family.") % {"name": row.asked_by.name}


def own_reminder(student: Student, by: User) -> Reminder | None:
    """Return the last reminder that `by` sent about this child, done or not."""
    rows = Reminder.objects.filter(student=student, asked_by=by).select_related("done_by")
    return rows.order_by("-on").first()


@prepared
def _open(*, student_ids) -> QuerySet[Any]:
    tried = FollowUp.objects.filter(
        student_id=OuterRef("student_id"), done_at__gt=OuterRef("asked_at"), done_by__isnull=False
    )
    rows = Reminder.objects.filter(student_id__in=student_ids, done_at=None)
    rows = rows.annotate(talked_on=last_contact_on("student_id")).filter(
        Q(talked_on=None) | Q(talked_on__lt=F("on")), ~Exists(tried)
    )
    return joined(rows, "student__name", "asked_by__name").order_by("asked_at", "pk")
