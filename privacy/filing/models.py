import pgtrigger
from django.conf import settings
from django.db import models

from schools.models import School


class AccessConfirmation(models.Model):
    """A confirmation by a responsible person that they have looked at who has access at the school, and that
    it is right (Regulations on the Protection of Minors in Cyberspace, Art. 36).

    `listed` are the posts as shown.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    listed = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["school", "-at"], name="confirmations_of_school")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.at:%Y-%m-%d}"
