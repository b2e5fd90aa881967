import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from figures import spans
from figures.class_days.models import ClassDay, StaleClass
from figures.class_weeks.models import ClassWeek, ClassWeekCorrection
from figures.province.models import SharedCounty, SharedFigure, SharedWeek
from figures.spans import Gap, Sending, Unit
from schools.models import County, School

__all__ = [
    "ClassDay",
    "ClassWeek",
    "ClassWeekCorrection",
    "PublishedFigure",
    "PublishedWeek",
    "SharedCounty",
    "SharedFigure",
    "SharedWeek",
    "StaleClass",
]


class PublishedWeek(models.Model):
    """What the county knows of a school's week, or (without a school) of its shared queue; the only rows that
    its page and its workbook read. Append-only: a week that is over stays as it was published, and a
    correction is a further edition that says why.
    """

    Sending = Sending

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
        constraints = [
            models.UniqueConstraint(
                fields=["county", "ends_on", "school", "edition"],
                name="published_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="correction_says_why", condition=Q(edition=1) | ~Q(why="")),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.ends_on} ({self.edition})"


class PublishedFigure(models.Model):
    """One figure of such a week, as the span that may be known (rules.py), never the count."""

    Unit, Gap = Unit, Gap

    week = models.ForeignKey(PublishedWeek, on_delete=models.CASCADE, related_name="figures")
    key = models.CharField(max_length=24)  # of figures.definitions
    unit = models.CharField(max_length=5, choices=Unit)
    low = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)
    gap = models.CharField(max_length=8, choices=Gap, blank=True)

    class Meta:
        constraints = spans.constraints()
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.low}–{self.high}{self.gap}"
