import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guardians.models import Adult
from schools.fields import school_field
from students.models import Student
from uploads.models import Upload


class Postcard(models.Model):
    """A recorded voice message between a child and a parent, sent once in one direction.

    It is private: only the sender and the recipients hear it, nobody at the school. It is one-sided, so
    it is not a talk and does not count for the weekly clock. Each of its times is set once, so no history
    is kept.
    """

    class Direction(models.TextChoices):
        TO_FAMILY = "to_family", _("from the child")
        TO_CHILD = "to_child", _("to the child")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="postcards")
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    # The adult who speaks to the child; None if the child speaks.
    sender = models.ForeignKey(
        Adult, on_delete=models.CASCADE, null=True, related_name="postcards_sent"
    )
    # None once the voice was taken back or deleted. That a postcard was sent stays on record.
    voice = models.OneToOneField(
        Upload, on_delete=models.SET_NULL, null=True, related_name="postcard"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sent_at = models.DateTimeField()
    # When the child heard it; what the adults heard is in PostcardFor.
    heard_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    relation: str  # annotation of policies.cards_to_child

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(F("student"), F("sent_at").desc(), name="postcards_of_child"),
        ]
        constraints = [
            models.CheckConstraint(
                name="an_adult_speaks_to_the_child",
                condition=Q(direction="to_child", sender__isnull=False)
                | Q(direction="to_family", sender__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.direction} {self.sent_at:%Y-%m-%d}"


class PostcardFor(models.Model):
    """An adult who received a child's postcard."""

    school = school_field(db_index=False)
    postcard = models.ForeignKey(Postcard, on_delete=models.CASCADE, related_name="copies")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="postcards")
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["postcard", "adult"], name="one_copy_for_each_adult")
        ]
        indexes = [
            models.Index(fields=["adult"], condition=Q(heard_at=None), name="unheard_postcards")
        ]

    def __str__(self) -> str:
        return f"{self.postcard_id} {self.adult_id}"
