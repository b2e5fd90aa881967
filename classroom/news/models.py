from django.db import models
from django.db.models import Q

from guardians.models import Adult
from schools.fields import school_field


class Thanks(models.Model):
    """One tap of an adult to say "thank you" for good news or for the week of a class."""

    school = school_field(db_index=False)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey(
        "classroom.Observation", on_delete=models.CASCADE, null=True, related_name="thanks"
    )
    week = models.ForeignKey(
        "classroom.ClassWeek", on_delete=models.CASCADE, null=True, related_name="thanks"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["note", "adult"], name="thanks_once_for_a_note"),
            models.UniqueConstraint(fields=["week", "adult"], name="thanks_once_for_a_week"),
            models.CheckConstraint(
                name="thanks_for_a_note_or_a_week",
                condition=Q(note__isnull=False, week__isnull=True)
                | Q(note__isnull=True, week__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.at:%Y-%m-%d}"
