from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from accounts.fields import user_field
from schools.models import School


class CivilList(models.Model):
    """What we compare of the office's list, without the file itself.

    The next list replaces it, and after rules.KEPT_DAYS it is deleted.
    """

    school = models.OneToOneField(School, on_delete=models.PROTECT, related_name="+")
    uploaded_by = user_field()
    uploaded_at = models.DateTimeField(db_index=True)
    file_name = models.CharField(max_length=200)
    # rules.Theirs for each line, and rules.Unread for each cell that could not be read.
    lines = models.JSONField(encoder=DjangoJSONEncoder)
    unread = models.JSONField(encoder=DjangoJSONEncoder)

    def __str__(self) -> str:
        return self.file_name
