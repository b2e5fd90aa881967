import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from uploads.models import Upload


@pghistory.track()
class MeetingPhoto(models.Model):
    """One photo of a meeting.

    The person who adds it confirms by name that no child can be recognised in it and that every adult who can
    be has agreed. Pictures with children need each family's yes and belong in the class's week
    (classroom.pictures).
    """

    school = school_field(db_index=False)
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="photos")
    photo = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="+")
    added_by = user_field()
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("photo of a meeting")
        verbose_name_plural = _("photos of meetings")

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.pk}"
