"""The day from which each school and class asks its families. Nothing but these questions waits for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field


class Wave(models.Model):
    """Schools that begin on one day, which is a Monday because published figures are counted by weeks."""

    county = models.ForeignKey("schools.County", on_delete=models.CASCADE, related_name="waves")
    name = models.CharField(_("name of the wave"), max_length=40)
    starts_on = models.DateField(_("begins on"))
    set_by = user_field(db_index=False)
    set_at = models.DateTimeField()  # when its day was set

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["county", "name"], name="one_wave_of_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_on}"


class WaveSchool(models.Model):
    """The wave to which officers assigned a school.

    If the school leaves the wave, the row stays so that we can say so.
    """

    school = models.OneToOneField(
        "schools.School", on_delete=models.CASCADE, related_name="rollout"
    )
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, related_name="places")
    placed_by = user_field(db_index=False)
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.school_id} {self.wave_id}"


class ClassStart(models.Model):
    """The Monday on which a class begins, as planned by its principal or administrator.

    If the school itself begins later, the school's day counts. The row stays even without a day, so that we
    can say so.
    """

    school = models.ForeignKey(
        "schools.School", on_delete=models.CASCADE, related_name="class_starts"
    )
    school_class = models.OneToOneField(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="start"
    )
    starts_on = models.DateField(_("begins on"), null=True)
    placed_by = user_field(db_index=False)
    placed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("day of a class")
        verbose_name_plural = _("days on which classes begin")
        indexes = [models.Index(fields=["starts_on"], name="class_starts_by_day")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.starts_on}"
