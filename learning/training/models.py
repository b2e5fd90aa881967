from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schools.models import School
from uploads.models import Upload

MOST_HOURS = 400  # of one training: a year of evenings is longer than any


@pghistory.track()
class Training(models.Model):
    """One training of one member of staff."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trainings"
    )
    title = models.CharField(_("what it was about"), max_length=80)
    provider = models.CharField(_("who held it"), max_length=80, blank=True)
    hours = models.PositiveSmallIntegerField(_("hours"))
    ended_on = models.DateField(_("last day"))
    certificate = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="+")
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    noted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-ended_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="training_hours", condition=Q(hours__gte=1) & Q(hours__lte=MOST_HOURS)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.title}"
