"""Cases whose counsellor has left: who sees that a child is waiting, and how a colleague takes over.

Nobody reads the notes before taking the case over. The access log and the log of the case record it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record_access
from accounts.models import AccessRecord, User
from core.prepared import prepared
from counselling import home
from counselling.cases.actions import append
from counselling.cases.policies import cases_kept_by, cases_left_behind, may_take_over
from counselling.models import Case, CaseEntry, Engagement
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about


class NotLeft(Exception):
    """Somebody does keep the case: a colleague was quicker, or the owner is back."""


@transaction.atomic
def take_over(*, case: Case, by: User, at: datetime, ip: str | None) -> Case:
    """Make `by` the owner. Raise NotLeft, also for the second of two simultaneous calls."""
    home.lock_child(case.student_id)
    locked = Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)
    if locked.owner_id == by.pk:
        return locked
    left = cases_left_behind(by, at).filter(pk=case.pk)
    if not left.exists() or not may_take_over(by, locked, at):
        raise NotLeft
    _give(locked, by, by, at)
    record_access(
        by=by,
        school_id=locked.school_id,
        student_ids=[locked.student_id],
        what=f"case {locked.pk} taken over",
        ip=ip,
    )
    return locked


@transaction.atomic
def reassign(*, case: Case, to: User, by: User, at: datetime) -> Case:
    """Make `to` the owner when the present owner leaves.

    `by` learns nothing about the case, so neither the case nor the child's access log names them as a
    reader.
    """
    home.lock_child(case.student_id)
    locked = Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)
    if locked.owner_id != to.pk and locked.closed_at is None:
        _give(locked, to, by, at)
    return locked


def _give(locked: Case, to: User, by: User, at: datetime) -> None:
    before, locked.owner = locked.owner, to
    locked.save(update_fields=["owner"])
    home.end_engagement(locked, Engagement.Ending.HANDED_OVER, at)
    home.end_waiting_for(locked.student_id, by, at)
    locked.readers.filter(user=to, ended_at=None).update(ended_at=at)
    append(locked, CaseEntry.Kind.TAKEN_OVER, by, at, about=before)


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return rows for principals and counsellors; on most days there are none."""
    if not school_ids_where(user, Permission.EMERGENCY_NOTES, timezone.localdate(at)):
        return []
    yours = _("This case is yours now: the counsellor before you has left.")
    ownerless = _("The counsellor of this case has left. Somebody else must take it over.")
    kinds = (
        ("given", yours, "counselling:case", True, _given),
        ("left", ownerless, "counselling:case_take_over", False, _left),
    )
    return [
        WorkItem(
            key=f"{kind}-{case.pk}",
            lane=Lane.DUE,
            student_id=case.student_id,
            student_name=case.student.name,
            why=why,
            since_at=case.opened_at,
            act_label=_("Open it"),
            act_url=reverse(page, args=[case.pk]),
            act_opens=True,
            leads=leads,
        )
        for kind, why, page, leads, read in kinds
        for case in read(user=user, at=at, **about(student))
    ]


@prepared
def _given(*, user, at, student_id=None) -> QuerySet[Case]:
    """Return cases that `reassign` gave to this person and that they have not opened since."""
    entries = CaseEntry.objects.filter(case=OuterRef("pk"), kind=CaseEntry.Kind.TAKEN_OVER)
    given = entries.filter(owner_id=user.pk).exclude(by_id=user.pk)
    opened = AccessRecord.objects.filter(
        user_id=user.pk,
        student_id=OuterRef("case__student_id"),
        what__startswith="case",
        at__gte=OuterRef("at"),
    )
    rows = cases_kept_by(user, at).filter(Exists(given.filter(~Exists(opened))), closed_at=None)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    return rows.select_related("student").order_by("opened_at")


@prepared
def _left(*, user, at, student_id=None) -> QuerySet[Case]:
    rows = cases_left_behind(user, at)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    return rows.select_related("student").order_by("opened_at")
