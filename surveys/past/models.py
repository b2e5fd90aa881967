from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from students.models import Student


class PastImport(models.Model):
    """A sheet of sums from before, with the ground on which the school keeps them.

    Its rows stay here until somebody keeps them; then only `PastScore` has them.
    """

    class Ground(models.TextChoices):
        THEN = "then", _("the families agreed at that time; the papers are kept at school")
        NOW = "now", _("only children whose family agrees here today")

    class State(models.TextChoices):
        READ = "read", _("not kept yet")
        KEPT = "kept", _("kept")
        TAKEN_BACK = "taken_back", _("taken back")

    school = school_field()
    key = models.CharField(max_length=60)  # of the instrument
    version = models.PositiveSmallIntegerField()
    # One of instruments.RESPONDENTS.
    respondent = models.CharField(_("who answered"), max_length=10)
    taken_on = models.DateField(_("day of that survey"))
    ground = models.CharField(_("ground"), max_length=4, choices=Ground)
    ground_words = models.CharField(_("where the papers are"), max_length=200, blank=True)
    file_name = models.CharField(max_length=120)
    headers = models.JSONField(default=list)
    # [[number of the line, cell, …], …] as text.
    lines = models.JSONField(default=list)
    # Column (from 0, as text) → surveys.past.rules.NAME, CLASS, NUMBER, VALIDITY or id of a scale.
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.READ)
    children = models.PositiveIntegerField(default=0)
    read_by = user_field()
    read_at = models.DateTimeField()
    kept_by = user_field(null=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = user_field(null=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-read_at", "-pk"]
        indexes = [models.Index(fields=["school", "-read_at"])]

    def __str__(self) -> str:
        return f"{self.key} {self.taken_on}"


class PastScore(models.Model):
    """One sum of one child from before, as the school's sheet gives it."""

    school = school_field()
    past_import = models.ForeignKey(PastImport, on_delete=models.CASCADE, related_name="scores")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="past_scores")
    scale = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=7, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["past_import", "student", "scale"], name="one_past_score_per_scale"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.scale}"
