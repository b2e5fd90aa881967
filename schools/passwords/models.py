import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.fields import user_field
from schools.fields import school_field


@pghistory.track(exclude=["salt"])
class PasswordReset(models.Model):
    """A new password for somebody who cannot get one alone: one colleague asks, another agrees.

    The one who asked has the address and the one who agreed has the number; setting the password needs both.
    """

    school = school_field()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="password_resets"
    )
    # The account also has posts elsewhere, so no principal may agree.
    needs_county = models.BooleanField()
    asked_by = user_field(db_index=False)
    asked_at = models.DateTimeField()
    agreed_by = user_field(null=True, db_index=False)
    agreed_at = models.DateTimeField(null=True)
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    # Used, refused, withdrawn or lapsed; the credential log says which.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at=None), name="one_open_reset"
            ),
            models.CheckConstraint(
                name="reset_by_others",
                condition=~Q(asked_by=F("user"))
                & (Q(agreed_by=None) | ~Q(agreed_by=F("user")) & ~Q(agreed_by=F("asked_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at}"
