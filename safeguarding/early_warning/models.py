"""Early warning: whether a school has switched the rules on, and where signals came together."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from safeguarding.early_warning import rules
from schools.fields import school_field
from schools.models import School
from students.models import Student


@pghistory.track()
class WarningRules(models.Model):
    """A school's switch and limits for early warning.

    It stays off until a person has seen what the rules would have said and states how many looks a week there
    is time for. The limits from which on a fact is a signal are the school's own (rules.Limits).
    """

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=False)
    looks_a_week = models.PositiveSmallIntegerField(
        _("hints a week that the school can look at"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    missed_percent = models.PositiveSmallIntegerField(
        default=rules.USUAL.missed_percent, db_default=rules.USUAL.missed_percent
    )
    homework_misses = models.PositiveSmallIntegerField(
        default=rules.USUAL.homework_misses, db_default=rules.USUAL.homework_misses
    )
    notes = models.PositiveSmallIntegerField(
        default=rules.USUAL.notes, db_default=rules.USUAL.notes
    )
    gap_days = models.PositiveSmallIntegerField(
        default=rules.USUAL.gap_days, db_default=rules.USUAL.gap_days
    )
    unreachable_days = models.PositiveSmallIntegerField(
        default=rules.USUAL.unreachable_days, db_default=rules.USUAL.unreachable_days
    )
    changed_by = user_field(null=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.school_id} {self.is_on}"

    @property
    def limits(self) -> rules.Limits:
        return rules.Limits(**{name: getattr(self, name) for name in rules.RANGES})


class Flag(models.Model):
    """A hint that signals of two kinds came together: "please look", with the reasons of that night.

    It has no label and no level, and only a person settles it.
    """

    class Settled(models.TextChoices):
        CONCERN = "concern", _("a concern was opened")
        LOOKED = "looked", _("looked after; nothing more is needed now")
        NOT_HELPFUL = "not_helpful", _("this hint did not help")

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="flags")
    raised_on = models.DateField()
    raised_at = models.DateTimeField()
    domains = ArrayField(models.CharField(max_length=12))  # rules.Domain
    # One for each domain, as rules.Signal.stored returns it, including the domains with nothing on record.
    reasons = models.JSONField()
    # Share of the domains with nothing on record, 0 to 1.
    missing_share = models.FloatField()
    settled = models.CharField(max_length=12, choices=Settled, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True)
    words = models.CharField(_("what you found"), max_length=500, blank=True)
    concern = models.ForeignKey(
        "safeguarding.Concern",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="flags",
    )

    class Meta:
        verbose_name = _("hint")
        verbose_name_plural = _("hints")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "student"],
                condition=Q(settled_at=None),
                name="one_open_flag_per_child",
            ),
        ]
        indexes = [
            models.Index(
                fields=["school", "raised_at"], condition=Q(settled_at=None), name="open_flags"
            ),
            models.Index(fields=["student", "-settled_at"], name="settled_flags"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.raised_on} {self.domains}"
