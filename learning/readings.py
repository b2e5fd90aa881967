"""The fields of every reading of a lesson, by somebody of a school or by an officer of the county."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field

REASON_AT_MOST = 200  # characters; a sentence


class Reading(models.Model):
    """A decision: somebody has read a lesson and releases it, or takes that back.

    Append-only; the latest counts.
    """

    is_out = models.BooleanField()
    reason = models.CharField(_("why"), max_length=REASON_AT_MOST, blank=True)
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
