"""The dates that a county's bureau sets for all its schools.

They are copied into each school's own terms and days, where the school may change them; all other pages read
the school's.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field


class Season(models.TextChoices):
    AUTUMN = "autumn", _("Autumn term")
    SPRING = "spring", _("Spring term")


class DayKind(models.TextChoices):
    HOLIDAY = "holiday", _("Holiday")
    SCHOOL_DAY = "school_day", _("School day (made up)")


class CountyTerm(models.Model):
    """One term of all schools. `first_year` is the year in which its school year begins."""

    county = models.ForeignKey("schools.County", on_delete=models.CASCADE, related_name="terms")
    first_year = models.PositiveSmallIntegerField(_("school year from September"))
    season = models.CharField(_("term"), max_length=10, choices=Season)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    set_by = user_field(db_index=False)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "first_year", "season"], name="one_county_term_per_season"
            ),
            models.CheckConstraint(
                name="county_term_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_year} {self.get_season_display()}"


class CountyDay(models.Model):
    """One day for all schools that differs from the week's pattern."""

    origin = "county"  # the same attribute as CalendarDay.origin

    county = models.ForeignKey(
        "schools.County", on_delete=models.CASCADE, related_name="calendar_days"
    )
    on = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=12, choices=DayKind)
    name = models.CharField(_("name"), max_length=40, blank=True)
    set_by = user_field(db_index=False)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["county", "on"], name="one_county_word_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
