from django.db import models
from django.db.models import Q

from accounts.fields import user_field
from guardians.models import Adult
from schools.fields import school_field
from students.models import Student


class Pulse(models.Model):
    """One form of one week: a child's own (`student`), or a carer's about themselves (`adult`)."""

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.CASCADE, null=True, related_name="pulses")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="pulses")
    edition = models.ForeignKey("surveys.Edition", on_delete=models.PROTECT, related_name="+")
    week_on = models.DateField()  # the Monday of the week
    # {item: code of the option}; "" if it was skipped.
    answers = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # Set when the form is finished: somebody should talk with the child or the carer.
    asks_for_talk = models.BooleanField(default=False)
    talked_at = models.DateTimeField(null=True, blank=True)
    talked_by = user_field(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pulse_of_a_child_or_an_adult",
                condition=Q(student=None, adult__isnull=False)
                | Q(student__isnull=False, adult=None),
            ),
            models.UniqueConstraint(fields=["student", "week_on"], name="one_pulse_a_week"),
            models.UniqueConstraint(fields=["adult", "week_on"], name="one_adult_pulse_a_week"),
        ]
        indexes = [
            models.Index(
                fields=["school"],
                condition=Q(asks_for_talk=True, talked_at=None),
                name="pulses_asking_for_talk",
            ),
            models.Index(fields=["week_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.week_on}"
