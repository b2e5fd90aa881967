import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from privacy.models import Consent
from privacy.purposes import Purpose
from schools.fields import school_field
from students.models import Student
from uploads.models import Upload


class Picture(models.Model):
    """A picture of school life for families, part of one piece of good news or of a class's week.

    It records no place and no time, and its photo carries no metadata. Every request checks who may see
    it (pictures/policies.py). Once nobody may, the photo is deleted (`removed_at`).
    """

    school = school_field(db_index=False)
    # Comes from the page, so that sending the same form again adds nothing.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    note = models.ForeignKey(
        "classroom.Observation", on_delete=models.CASCADE, null=True, related_name="pictures"
    )
    week = models.ForeignKey(
        "classroom.ClassWeek", on_delete=models.CASCADE, null=True, related_name="pictures"
    )
    # The purpose that the family of each pictured child has agreed to.
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    photo = models.OneToOneField(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    added_by = user_field()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="picture_of_a_note_or_a_week",
                condition=Q(note__isnull=False, week__isnull=True)
                | Q(note__isnull=True, week__isnull=False),
            ),
            models.CheckConstraint(
                name="picture_for_families",
                condition=Q(purpose="photo") | Q(purpose="class_photo"),
            ),
            models.CheckConstraint(
                name="picture_of_a_week_for_the_class",
                condition=Q(week=None) | Q(purpose="class_photo"),
            ),
            models.CheckConstraint(
                name="removed_picture_has_no_photo",
                condition=Q(removed_at=None) | Q(photo=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.purpose}"


class PicturedChild(models.Model):
    """A child in a picture, with the consent that applied when the picture was added.

    If the child is gone (the file was erased) or the consent is gone, the row means that nobody may see
    the picture.
    """

    school = school_field(db_index=False)
    picture = models.ForeignKey(
        Picture, on_delete=models.CASCADE, related_name="pictured", db_index=False
    )
    student = models.ForeignKey(
        Student, on_delete=models.SET_NULL, null=True, related_name="pictured"
    )
    consent = models.ForeignKey(Consent, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["picture", "student"], name="pictured_once")]

    def __str__(self) -> str:
        return f"{self.picture_id} {self.student_id}"
