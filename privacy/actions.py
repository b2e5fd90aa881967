"""Writes about consent: append-only decisions, and requests for them."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from guardians.models import Adult
from privacy import messages, rules
from privacy.models import Consent, ConsentAsk, PupilWord, VillageOverride
from privacy.policies import overrides_in_force, told_to_village
from privacy.queries import pupil_word
from privacy.texts import version_of
from students.models import Student


@transaction.atomic
def record_consent(
    *,
    adult: Adult,
    student: Student | None,
    purpose: str,
    decision: str,
    via: str,
    key: UUID,
    at: datetime,
    by: User | None = None,
) -> Consent:
    """Record one decision.

    Its receipt number is derived from `key`, so that sending the same form again changes nothing.

    `student` is None if it concerns the adult's own data. A no after a yes is a withdrawal. The caller checks
    who may decide (privacy.policies.may_decide).
    """
    # Decisions of one adult are recorded one after the other.
    Adult.objects.select_for_update(no_key=True).get(pk=adult.pk)
    before = latest_word(adult=adult, student=student, purpose=purpose)
    of_page = Consent.objects.filter(adult=adult, student=student, purpose=purpose, receipt=key)
    first, receipt = of_page.first(), key
    if before and first:
        receipt = rules.receipt_for(key, decision, first.decision, before.decision, before.receipt)
    if decision == rules.REFUSED and before and before.decision == rules.GIVEN:
        decision = rules.WITHDRAWN
    word, _is_new = Consent.objects.get_or_create(
        receipt=receipt,
        defaults={
            "school_id": student.school_id if student else adult.school_id,
            "adult": adult,
            "student": student,
            "purpose": purpose,
            "decision": decision,
            "text_version": version_of(purpose),
            "via": via,
            "recorded_by": by,
            "at": at,
        },
    )
    about = student.pk if student else None
    if (word.adult_id, word.student_id, word.purpose) != (adult.pk, about, purpose):
        raise Http404  # an invented number, or one taken from another receipt
    return word


@transaction.atomic
def record_pupil_word(*, student: Student, purpose: str, decision: str, at: datetime) -> None:
    """Record the child's own decision. Repeating it writes nothing; a no after a yes is a withdrawal."""
    locked = Student.objects.select_for_update().get(pk=student.pk)
    before, version = pupil_word(locked, purpose), version_of(purpose)
    if decision == rules.REFUSED and before and before.decision in rules.NO:
        return
    if before == rules.Word(decision, version):
        return
    if decision == rules.REFUSED and before:
        decision = rules.WITHDRAWN
    PupilWord.objects.create(
        school_id=locked.school_id,
        student=locked,
        purpose=purpose,
        decision=decision,
        text_version=version,
        at=at,
    )


def latest_word(*, adult: Adult, student: Student | None, purpose: str) -> Consent | None:
    words = Consent.objects.filter(adult=adult, student=student, purpose=purpose)
    return words.order_by("-at", "-pk").first()


@transaction.atomic
def override_village(
    *, student: Student, by: User, at: datetime, reason: str, until: date, is_shown_to_family: bool
) -> None:
    """Tell the village worker although the family refused, unless they are told already."""
    locked = Student.objects.select_for_update().get(pk=student.pk)
    if told_to_village(timezone.localdate(at)).filter(pk=locked.pk).exists():
        return
    VillageOverride.objects.create(
        school_id=locked.school_id,
        student=locked,
        reason=reason,
        until=until,
        is_shown_to_family=is_shown_to_family,
        set_by=by,
        set_at=at,
    )


def end_override(*, student: Student, by: User, at: datetime) -> None:
    """End the override: from now on the family's own decision counts again."""
    in_force = overrides_in_force(timezone.localdate(at)).filter(student=student)
    in_force.update(ended_by=by, ended_at=at)


@transaction.atomic
def ask_for_consent(*, student: Student, purpose: str, by: User, at: datetime) -> bool:
    """Ask the family for consent, once for each text; return False if already asked."""
    ask, is_new = ConsentAsk.objects.get_or_create(
        student=student,
        purpose=purpose,
        text_version=version_of(purpose),
        defaults={"school_id": student.school_id, "asked_by": by, "asked_at": at},
    )
    if is_new:
        messages.queue_ask(ask, at)
    return is_new
