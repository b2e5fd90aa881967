"""Exemptions from automatic deletion, the date from which a school could see it coming, and the log of what
was deleted.
"""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from core.reasons import REASON_MAX
from schools.fields import school_field
from schools.models import School
from students.models import Student


@pghistory.track()
class RetentionHold(models.Model):
    """A hold: nothing about this child is deleted automatically until somebody lifts it.

    The row is deleted only with the file.
    """

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="retention_holds")
    reason = models.CharField(_("reason"), max_length=REASON_MAX)
    set_by = user_field()
    set_at = models.DateTimeField()
    lifted_by = user_field(null=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student"], condition=Q(lifted_at=None), name="one_hold_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.set_at:%Y-%m-%d}"


class RetentionStart(models.Model):
    """The time when a school was first shown what will be deleted: nothing is deleted until that was visible
    for a while.
    """

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="+")
    announced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.school_id} {self.announced_at:%Y-%m-%d}"


class RetentionEntry(models.Model):
    """A number of rows of one kind that were deleted together, recorded in the same transaction.

    It names nobody.
    """

    school = school_field(db_index=False)
    rule = models.CharField(max_length=20)
    count = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["school", "-at"], name="retention_of_school")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.count} {self.at:%Y-%m-%d}"
