"""Open a study, end it, record what a family says."""

import secrets
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404

from accounts.models import User
from guardians.models import Adult
from privacy import rules
from students.models import Student
from surveys.models import Round, Study, StudyWord

SALT_BYTES = 32


def open_study(
    *,
    round: Round,
    recipient: str,
    purpose: str,
    ethics: str,
    until: date,
    key: UUID,
    by: User,
    at: datetime,
) -> Study:
    """Open a study. `key` comes from the form: a form that is sent twice opens one study."""
    study, _is_new = Study.objects.get_or_create(
        key=key,
        defaults={
            "school_id": round.school_id,
            "round": round,
            "recipient": recipient,
            "purpose": purpose,
            "ethics": ethics,
            "until": until,
            "salt": secrets.token_bytes(SALT_BYTES),
            "opened_by": by,
            "opened_at": at,
        },
    )
    return study


def end_study(*, study: Study, by: User, at: datetime) -> None:
    """Hand out no more answers; those already handed out cannot be recalled. Safe to call again."""
    Study.objects.filter(pk=study.pk, ended_at=None).update(ended_at=at, ended_by=by)


@transaction.atomic
def record_word(
    *,
    study: Study,
    student: Student,
    adult: Adult,
    decision: str,
    via: str,
    key: UUID,
    at: datetime,
    pupil_agrees: bool = False,
    by: User | None = None,
) -> StudyWord:
    """Record what a family says. The caller checks who may decide.

    The receipt number comes from `key`. A no after a yes is a withdrawal.
    """
    Adult.objects.select_for_update(no_key=True).get(pk=adult.pk)  # one decision after the other
    words = StudyWord.objects.filter(study=study, student=student, adult=adult)
    before, first = words.order_by("-at", "-pk").first(), words.filter(receipt=key).first()
    receipt = key
    if before and first:
        receipt = rules.receipt_for(key, decision, first.decision, before.decision, before.receipt)
    if decision == rules.REFUSED and before and before.decision == rules.GIVEN:
        decision = rules.WITHDRAWN
    word, _is_new = StudyWord.objects.get_or_create(
        receipt=receipt,
        defaults={
            "school_id": study.school_id,
            "study": study,
            "student": student,
            "adult": adult,
            "decision": decision,
            "pupil_agrees": pupil_agrees and decision == rules.GIVEN,
            "via": via,
            "recorded_by": by,
            "at": at,
        },
    )
    if (word.study_id, word.student_id, word.adult_id) != (study.pk, student.pk, adult.pk):
        raise Http404  # a number that was made up, or taken from another receipt
    return word
