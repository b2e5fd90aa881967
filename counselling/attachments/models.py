"""A file of a case. Its name and its bytes are encrypted separately, so that listing names opens no file."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from counselling.cases.models import Case, Sealed
from schools.fields import school_field


class Attachment(Sealed):
    """What was added, by whom and when; `sealed` is the file's name.

    After a removal the row stays, without its file.
    """

    BOUND = ("case_id", "added_by_id")

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        DOCUMENT = "document", _("PDF")
        VOICE = "voice", _("recording")

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=8, choices=Kind)
    size = models.PositiveIntegerField()  # bytes, as stored
    added_by = user_field()
    added_at = models.DateTimeField()
    removed_by = user_field(null=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-added_at", "pk"]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # Key rotation encrypts the name again. Nothing else changes, except that the file may be
            # removed.
            pgtrigger.ReadOnly(
                name="never_changed", exclude=["sealed", "key_id", "removed_by", "removed_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class AttachmentContent(Sealed):
    """The encrypted bytes of the re-encoded copy (uploads).

    They are added and deleted with the row, in one transaction and one backup.
    """

    BOUND = ("attachment_id",)
    SEALED_AT_ONCE = 4  # rows of up to 8 MB each

    school = school_field()
    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, related_name="content")

    class Meta:
        triggers = [
            pgtrigger.ReadOnly(name="never_changed", exclude=["sealed", "key_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id}"
