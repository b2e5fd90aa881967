"""Exempt a child's data from automatic deletion, and end the exemption."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from privacy.retention.models import RetentionHold
from students.models import Student


@transaction.atomic
def hold(*, student: Student, reason: str, by: User, at: datetime) -> RetentionHold:
    """Set a hold. If one is in force, nothing changes and it is returned."""
    Student.objects.select_for_update().get(pk=student.pk)
    known = RetentionHold.objects.filter(student=student, lifted_at=None).first()
    if known:
        return known
    return RetentionHold.objects.create(
        school_id=student.school_id, student=student, reason=reason, set_by=by, set_at=at
    )


@transaction.atomic
def lift(*, hold: RetentionHold, by: User, at: datetime) -> None:
    """Lift the hold. Calling it again changes nothing."""
    locked = RetentionHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at is None:
        locked.lifted_by, locked.lifted_at = by, at
        locked.save(update_fields=["lifted_by", "lifted_at"])
