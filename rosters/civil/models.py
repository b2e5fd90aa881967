from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from schools.models import School


class CivilList(models.Model):
    """What is compared of the office's list: not the file. The next list replaces it, and after
    rules.KEPT_DAYS it goes by itself.
    """

    school = models.OneToOneField(School, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(db_index=True)
    file_name = models.CharField(max_length=200)
    # rules.Theirs of each line, and rules.Unread of each cell that could not be read.
    lines = models.JSONField(encoder=DjangoJSONEncoder)
    unread = models.JSONField(encoder=DjangoJSONEncoder)

    def __str__(self) -> str:
        return self.file_name
