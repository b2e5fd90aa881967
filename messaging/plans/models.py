"""Kinds of dates with a school's days before or after, dates that a school entered, and
adults' own rhythms.
"""

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from messaging.plans.rules import OCCASION_DAYS_AT_MOST, OwnRhythm
from schools.models import School
from students.models import Student


class OccasionKind(models.TextChoices):
    """rules.OccasionKind with labels."""

    TERM_START = "term_start", _("the first day of a term")
    EXAM = "exam", _("an exam")
    BIRTHDAY = "birthday", _("the child's birthday")
    PARENT_LEFT = "parent_left", _("a parent leaves")
    PARENT_BACK = "parent_back", _("a parent comes home")
    MARKED = "marked", _("a date noted for a child")


@pghistory.track()
class OccasionSetting(models.Model):
    """One school's own setting for one kind of date. Without a row, the default of rules.OCCASION_DAYS
    applies.

    `days` counts from the date to the question: negative = before, None = no question.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="occasion_settings")
    kind = models.CharField(max_length=12, choices=OccasionKind)
    days = models.SmallIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(-OCCASION_DAYS_AT_MOST),
            MaxValueValidator(OCCASION_DAYS_AT_MOST),
        ],
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "kind"], name="one_word_per_occasion"),
            models.CheckConstraint(
                name="occasion_days",
                condition=Q(days__isnull=True)
                | Q(days__gte=-OCCASION_DAYS_AT_MOST, days__lte=OCCASION_DAYS_AT_MOST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.kind} {self.days}"


@pghistory.track()
class MarkedDate(models.Model):
    """A date that the school entered: an exam for everybody (no `student`), or any date of one child."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="marked_dates")
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, null=True, blank=True, related_name="marked_dates"
    )
    on = models.DateField(_("date"))
    label = models.CharField(_("what is on that day"), max_length=60)
    created_by = user_field(null=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "student", "on"],
                name="one_marked_date_a_day",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.label}"


@pghistory.track()
class AdultRhythm(models.Model):
    """One adult's own rhythm and pause, chosen on the family's page or entered by the school.

    Without a row, the children's plans decide. During a pause we ask another parent, or notify the teacher.
    """

    CHOSEN = ("every_days", "paused_until", "paused_reason", "by_family")

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", db_index=False)
    adult = models.OneToOneField(Adult, on_delete=models.CASCADE, related_name="own_rhythm")
    every_days = models.PositiveSmallIntegerField(
        _("at most one question in … days"), null=True, blank=True
    )
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    paused_reason = models.CharField(_("why"), max_length=120, blank=True, db_default="")
    by_family = models.BooleanField(_("said by the adult"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="adult_rhythm_days",
                condition=Q(every_days__isnull=True) | Q(every_days__gte=1, every_days__lte=31),
            )
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.every_days} {self.paused_until}"

    @property
    def rhythm(self) -> OwnRhythm:
        """Return the rhythm in the form that the rules use, without the day of the last question."""
        return OwnRhythm(self.every_days, self.paused_until, self.by_family)


class OccasionSeen(models.Model):
    """Records that a child's date has been dealt with, whether or not it brought a question forward;
    append-only.
    """

    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="occasions_seen", db_index=False
    )
    kind = models.CharField(max_length=12, choices=OccasionKind)
    on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "kind", "on"], name="one_look_per_occasion")
        ]
        triggers = [
            pgtrigger.Protect(name="no_change", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.on}"
