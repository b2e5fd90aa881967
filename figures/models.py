from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from figures.class_weeks.models import ClassWeek, ClassWeekCorrection, StaleClass
from schools.models import County, School

__all__ = ["ClassWeek", "ClassWeekCorrection", "PublishedFigure", "PublishedWeek", "StaleClass"]


class PublishedWeek(models.Model):
    """What the county knows of a school's week, or (without a school) of its shared queue; the only rows that
    its page and its workbook read. Append-only: a week that is over stays as it was published, and a
    correction is a further edition that says why.
    """

    class Sending(models.TextChoices):
        GOES = "goes", _("messages go out")
        QUIET = "quiet", _("no message this week")
        NOT_STARTED = "not_started", _("sending not started")
        NO_CHANNEL = "no_channel", _("no channel to families")
        STOPPED = "stopped", _("sending stopped")
        FAILING = "failing", _("many messages do not go out")

    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    ends_on = models.DateField(_("week until"))
    edition = models.PositiveSmallIntegerField(default=1)
    why = models.CharField(_("why it was corrected"), max_length=200, blank=True)
    published_at = models.DateTimeField()
    # Published so long after the week that what holds "as of now" is left out.
    is_late = models.BooleanField(default=False)
    has_counsellor = models.BooleanField(null=True)
    takes_part = models.BooleanField(null=True)  # in the shared queue
    is_used = models.BooleanField(null=True)
    access_confirmed = models.BooleanField(null=True)  # since the term began
    sending = models.CharField(max_length=12, choices=Sending, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["county", "ends_on", "school", "edition"],
                name="published_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="correction_says_why", condition=Q(edition=1) | ~Q(why="")),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.ends_on} ({self.edition})"


class PublishedFigure(models.Model):
    """One figure of such a week, as the span that may be known (rules.py), never the count."""

    class Unit(models.TextChoices):
        COUNT = "count", _("children")
        SHARE = "share", _("per cent")
        DAYS = "days", _("days")

    class Gap(models.TextChoices):
        FEW = "few", _("too few to be shown")
        UNKNOWN = "unknown", _("not known")

    week = models.ForeignKey(PublishedWeek, on_delete=models.CASCADE, related_name="figures")
    key = models.CharField(max_length=24)  # of figures.definitions
    unit = models.CharField(max_length=5, choices=Unit)
    low = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)
    gap = models.CharField(max_length=8, choices=Gap, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "key"], name="one_figure_per_week"),
            models.CheckConstraint(
                name="figure_or_gap",
                condition=Q(low=None, high=None) & ~Q(gap="") | Q(low__isnull=False, gap=""),
            ),
            # The database, too, refuses a count under ten.
            models.CheckConstraint(
                name="counts_in_tens",
                condition=~Q(unit="count")
                | Q(low=None)
                | (Q(low=0) | Q(low__gte=10)) & Q(high=F("low") + 9),
            ),
            models.CheckConstraint(
                name="shares_in_spans",
                condition=~Q(unit="share") | Q(low=None) | Q(low__lt=F("high"), high__lte=100),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.low}–{self.high}{self.gap}"
