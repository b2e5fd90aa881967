"""Recordings of the consent texts, for families who do not read or understand only the dialect."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from privacy.purposes import Purpose
from schools.fields import school_field


class SpokenText(models.Model):
    """A recording in which somebody at the school reads one text aloud, in a certain version; the latest
    recording counts.

    It is re-encoded like any recording (`uploads`), in both formats that browsers play.
    """

    school = school_field()
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    text_version = models.PositiveSmallIntegerField(_("version of the text"))
    # Given by the page, so that sending the same form again changes nothing.
    key = models.UUIDField(unique=True, editable=False)
    seconds = models.PositiveSmallIntegerField(_("seconds"))
    ogg = models.BinaryField()
    m4a = models.BinaryField()
    recorded_by = user_field()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "purpose"], name="one_recording_per_text")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.text_version}"
