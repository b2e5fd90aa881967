import pgtrigger
from django.db import models

from accounts.fields import user_field
from schools.fields import school_field


class AccessConfirmation(models.Model):
    """A confirmation by a responsible person that they have looked at who has access at the school, and that
    it is right (Regulations on the Protection of Minors in Cyberspace, Art. 36).

    `listed` are the posts as shown.
    """

    school = school_field(db_index=False)
    by = user_field()
    at = models.DateTimeField()
    listed = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["school", "-at"], name="confirmations_of_school")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.at:%Y-%m-%d}"
