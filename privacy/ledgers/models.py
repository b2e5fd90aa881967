import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from students.models import Student

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Office(models.TextChoices):
    TOWNSHIP = "township", _("the township")
    CIVIL_AFFAIRS = "civil_affairs", _("the civil affairs office")
    EDUCATION = "education", _("the education bureau")


class LedgerSent(models.Model):
    """A ledger with names that left the school as an encrypted file, append-only.

    Its password is not stored anywhere.
    """

    school = school_field(db_index=False)
    made_by = user_field()
    made_at = models.DateTimeField()
    office = models.CharField(_("office"), max_length=16, choices=Office)
    receiver = models.CharField(_("person"), max_length=60)
    purpose = models.CharField(_("purpose"), max_length=200)
    # Keys of the groups of columns (doors.staff.ledger.Part).
    parts = models.JSONField(_("columns"))
    children = models.PositiveIntegerField(_("children"))
    # SHA-256 of the encrypted file, in hexadecimal.
    digest = models.CharField(max_length=64)
    # From the form, so that sending it twice creates only one.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["school", "-made_at"], name="ledgers_of_school")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.office} {self.made_at:%Y-%m-%d}"


class LedgerChild(models.Model):
    """A child listed in the ledger; deleted with the child's file."""

    sent = models.ForeignKey(LedgerSent, on_delete=models.PROTECT, related_name="lines")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.sent_id} {self.student_id}"


class LedgerFile(models.Model):
    """The encrypted file, for its maker to download; deleted after privacy.ledgers.actions.FILE_HOURS."""

    sent = models.OneToOneField(LedgerSent, on_delete=models.PROTECT, related_name="file")
    made_at = models.DateTimeField(db_index=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.sent_id}"


class LedgerArrival(models.Model):
    """A note by a member of staff that the office has confirmed it has the file. Append-only."""

    sent = models.OneToOneField(LedgerSent, on_delete=models.PROTECT, related_name="arrival")
    said_by = models.CharField(_("who said so"), max_length=60)
    noted_by = user_field()
    noted_at = models.DateTimeField()

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.sent_id} {self.noted_at:%Y-%m-%d}"
