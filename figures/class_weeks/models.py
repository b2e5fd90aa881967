import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from schools.fields import school_field
from schools.models import SchoolClass


class ClassWeek(models.Model):
    """One figure of one class in the week until a Sunday, as it is known now.

    A school is the sum of its classes, a county of its schools. From Monday noon on the row is frozen: later
    changes leave a ClassWeekCorrection.
    """

    class Key(models.TextChoices):
        """Keys of figures.definitions."""

        PUPILS = "pupils", _("Pupils")  # numerator: all; denominator: the same
        CONNECTED = "connected", _("Talked with a parent")
        CONFIRMED = "confirmed", _("Confirmed by both sides")
        REACHED = "reached", _("Can be reached")  # as it was when the week was frozen

    school = school_field(db_index=False)
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, related_name="+")
    ends_on = models.DateField(_("week until"))
    key = models.CharField(max_length=24, choices=Key)
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()
    # Children for whom it is unknown whether they belong to the denominator.
    missing = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "ends_on", "school_class", "key"], name="class_week_once"
            ),
            models.CheckConstraint(
                name="class_week_part_of_whole",
                condition=models.Q(numerator__lte=models.F("denominator")),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.school_class_id} {self.ends_on} {self.key} {self.numerator}/{self.denominator}"
        )


class ClassWeekCorrection(models.Model):
    """The value of a frozen figure before it was counted again."""

    class_week = models.ForeignKey(ClassWeek, on_delete=models.CASCADE, related_name="corrections")
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.class_week_id} {self.numerator}/{self.denominator}"
