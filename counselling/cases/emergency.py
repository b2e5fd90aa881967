"""Emergency access: somebody who was not let in reads a case for one day and gives a reason.

The owner is told at once or, if they can no longer keep the case, those who are responsible today; if the
reader is the only one, the county.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.actions import record_access
from accounts.models import User
from core.addresses import page_above
from counselling.cases import actions as case_actions
from counselling.cases import policies as case_policies
from counselling.cases import queries, rules
from counselling.models import Case, CaseEntry, CaseReader, Note
from delivery import actions as messaging
from delivery.models import OutboxMessage
from safeguarding import nobody
from schools.policies import today_in
from students.models import Student

TOLD = gettext_noop("A colleague has opened your notes in an emergency. Please look.")
TOLD_OTHERS = gettext_noop(
    "A colleague has opened notes in an emergency, and nobody keeps them any more. Please look."
)

TOLD_COUNTY = gettext_noop(
    "At a school of your county a colleague has opened notes about a child in an emergency, and nobody else "
    "there looks after them. Please ask the school."
)


def read_in_emergency(
    *, student: Student, by: User, reason: str, at: datetime, key: uuid.UUID, ip: str | None
) -> Case | None:
    """Let `by` read the child's case for EMERGENCY_HOURS. Return None if there is no case.

    The access log records the attempt either way. A second call with the same `key` changes nothing. Raise
    secrecy.NoKey.
    """
    record_access(
        by=by,
        school_id=student.school_id,
        student_ids=[student.pk],
        what="case emergency",
        ip=ip,
    )
    with transaction.atomic():
        found = queries.latest_case_of(student)
        if found is None:
            return None
        case = Case.objects.select_for_update().get(pk=found.pk)
        is_let_in = case_policies.cases_visible_to(by, at).filter(pk=case.pk).exists()
        if is_let_in or Note.objects.filter(pk=key).exists():
            return case
        until_at = at + timedelta(hours=rules.EMERGENCY_HOURS)
        CaseReader.objects.create(
            school_id=case.school_id,
            case=case,
            user=by,
            let_in_by=by,
            is_emergency=True,
            from_at=at,
            until_at=until_at,
        )
        _tell(case, by, until_at, at, key)
        case_actions.keep_reason(case=case, by=by, words=reason, at=at, key=key)
        case_actions.append(case, CaseEntry.Kind.EMERGENCY, by, at, about=by, until_at=until_at)
    return case


def _tell(case: Case, by: User, until_at: datetime, at: datetime, key: uuid.UUID) -> None:
    """Tell the owner, or else everybody who may take the case over or makes sure that somebody does.

    The others cannot open the case. The page of who read the child's file tells them who did. If there is
    nobody else at the school, tell the county that it happened, and nothing about the child.
    """
    people: Iterable[User] = [case.owner]
    told: dict[str, object] = {"path": reverse("counselling:case", args=[case.pk]), "words": TOLD}
    told |= {"student": case.student_id}
    if not case_policies.can_keep(case.owner, case, at):
        on = today_in(case.school, at)
        people = case_policies.people_to_agree(case, on).exclude(pk=by.pk)
        told |= {"path": page_above("readers", case.student_id), "words": TOLD_OTHERS}
        if not people:
            people = nobody.in_county(case.school, case.student_id, at).exclude(pk=by.pk)
            told = {"path": nobody.PATH, "words": TOLD_COUNTY}
    for user in people:
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=case.school,
            dedupe_key=f"emergency:{key}:{user.pk}",
            due_at=at,
            expires_at=until_at,
            payload=told,
        )
