import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.models import School
from uploads.models import Upload

MOST_HOURS = 400  # of one training; none is longer than a year of evenings
MOST_MONTHS = 60  # for which a training may count
MOST_ROOM_HOURS = 60  # a week


@pghistory.track()
class Training(models.Model):
    """One training of one member of staff."""

    class Kind(models.TextChoices):
        PROTECTION = "protection", _("protecting pupils")
        SUPPORT = "support", _("pupils' mental health")
        OTHER = "other", _("something else")

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trainings"
    )
    kind = models.CharField(
        _("kind of training"),
        max_length=10,
        choices=Kind,
        default=Kind.OTHER,
        db_default=Kind.OTHER,
    )
    title = models.CharField(_("what it was about"), max_length=80)
    provider = models.CharField(_("who held it"), max_length=80, blank=True)
    hours = models.PositiveSmallIntegerField(_("hours"))
    ended_on = models.DateField(_("last day"))
    certificate = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="+")
    noted_by = user_field()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["-ended_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="training_hours", condition=Q(hours__gte=1) & Q(hours__lte=MOST_HOURS)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.title}"


@pghistory.track()
class StaffPlan(models.Model):
    """What a school asks of its staff.

    For how many months a training counts (0: not asked for here), and how many hours a week the counselling
    room is open. Without a row `rules.COUNTS_MONTHS` apply.
    """

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="staff_plan")
    protection_months = models.PositiveSmallIntegerField()
    support_months = models.PositiveSmallIntegerField()
    room_hours = models.PositiveSmallIntegerField(null=True)
    set_by = user_field()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="staff_plan_months",
                condition=Q(protection_months__lte=MOST_MONTHS, support_months__lte=MOST_MONTHS),
            ),
            models.CheckConstraint(
                name="staff_plan_room_hours",
                condition=Q(room_hours=None) | Q(room_hours__lte=MOST_ROOM_HOURS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.protection_months} {self.support_months}"
