from django.conf import settings
from django.db import models

from schools.models import School


class WeeklyMail(models.Model):
    """A member of staff who gets a school's week by e-mail.

    The row is deleted when they no longer want it.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "school"], name="weekly_mail_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.school_id}"
