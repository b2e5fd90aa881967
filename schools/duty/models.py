import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from schools.duty import rules


class DutyTurn(models.Model):
    """One person's duty on one day (值班).

    It is never rewritten: if removed, it says from when, and another row says who took over. `starts_at` and
    `ends_at` are stored, so that changed hours alter no past turn.
    """

    class Part(models.TextChoices):
        WHOLE = rules.Part.WHOLE.value, pgettext_lazy("duty", "day and night")
        DAY = rules.Part.DAY.value, pgettext_lazy("duty", "by day")
        NIGHT = rules.Part.NIGHT.value, pgettext_lazy("duty", "by night")

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="duty", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="duty", db_index=False
    )
    on = models.DateField(_("day"))
    part = models.CharField(_("when"), max_length=5, choices=Part)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    put_by = user_field(db_index=False)
    put_at = models.DateTimeField()
    off_by = user_field(null=True, db_index=False)
    off_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("turn of duty")
        verbose_name_plural = _("turns of duty")
        indexes = [
            models.Index(fields=["school", "on"], name="duty_by_day"),
            models.Index(fields=["user", "ends_at"], name="duty_of_one"),
        ]
        constraints = [
            models.CheckConstraint(name="duty_ends_later", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="duty_off_by_somebody",
                condition=Q(off_at=None, off_by=None)
                | Q(off_at__isnull=False, off_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["school", "user", "on", "part"],
                condition=Q(off_at=None),
                name="one_turn_of_duty_a_part",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_written", exclude=["off_at", "off_by"]),
            pgtrigger.Protect(
                name="off_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__off_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.on} {self.part}"

    @property
    def runs_until(self):
        return min(self.ends_at, self.off_at) if self.off_at else self.ends_at
