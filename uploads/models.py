import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from students.models import Student


class Upload(models.Model):
    """A photo or a voice note, usually about one child, checked and re-encoded; never the original file.

    It has no child if a family's message is not about one, or if we do not know the sender yet.

    Its bytes are in `UploadContent`, in the same database, so that they are created and deleted in one
    transaction with the row and are in the same backup. The app whose row refers to it decides who may see
    it.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        VOICE = "voice", _("voice note")

    school = school_field()
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, null=True, related_name="uploads"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    # Given by the page, so that the same file sent twice is one row.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seconds = models.PositiveSmallIntegerField(_("seconds"), null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    created_by = user_field(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("photo or voice note")
        verbose_name_plural = _("photos and voice notes")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_voice(self) -> bool:
        return self.kind == self.Kind.VOICE


class UploadContent(models.Model):
    """The bytes of an upload in one format: a voice note has Ogg Opus, and AAC for older iPhones."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="contents")
    content_type = models.CharField(max_length=40)
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "content_type"], name="one_content_per_type")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.content_type}"
