"""Keep a child's data back from the end of storage, and let it go again."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from privacy.retention.models import RetentionHold
from students.models import Student


@transaction.atomic
def hold(*, student: Student, reason: str, by: User, at: datetime) -> RetentionHold:
    """While one is in force another changes nothing and returns the first."""
    Student.objects.select_for_update().get(pk=student.pk)
    known = RetentionHold.objects.filter(student=student, lifted_at=None).first()
    if known:
        return known
    return RetentionHold.objects.create(
        school_id=student.school_id, student=student, reason=reason, set_by=by, set_at=at
    )


@transaction.atomic
def lift(*, hold: RetentionHold, by: User, at: datetime) -> None:
    """Repeating it changes nothing."""
    locked = RetentionHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at is None:
        locked.lifted_by, locked.lifted_at = by, at
        locked.save(update_fields=["lifted_by", "lifted_at"])
