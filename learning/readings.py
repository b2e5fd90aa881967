"""What every reading of a lesson has, whether somebody of a school read it or an officer of the county."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_AT_MOST = 200  # characters; a sentence


class Reading(models.Model):
    """That somebody has read a lesson and lets it out, or takes that back; append-only, the latest counts."""

    is_out = models.BooleanField()
    reason = models.CharField(_("why"), max_length=REASON_AT_MOST, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering: ClassVar = ["at", "pk"]
