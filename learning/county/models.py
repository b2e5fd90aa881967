import pgtrigger
from django.db import models
from django.db.models import Q

from learning.readings import Reading
from schools.models import County

TITLE_AT_MOST = 90  # characters, as in learning.pack.HEAD_AT_MOST


class CountyReading(Reading):
    """An officer's decision about a lesson, for every school of the county that has made none of its own.

    It is about the text, so it has its digest instead of a row: each school that takes a pack has rows of its
    own with the same digest, and a new version has another.
    """

    county = models.ForeignKey(
        County, on_delete=models.PROTECT, related_name="lesson_readings", db_index=False
    )
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=TITLE_AT_MOST)  # in Chinese, as it was read

    class Meta(Reading.Meta):
        indexes = [
            models.Index(fields=["county", "digest", "-at", "-id"], name="county_readings_latest")
        ]
        constraints = [
            models.CheckConstraint(
                name="county_lesson_taken_back_with_reason",
                condition=Q(is_out=True) | ~Q(reason=""),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.county_id} {self.digest[:8]} {self.is_out}"
