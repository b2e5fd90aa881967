import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.models import County, School

SOUND_NAME_AT_MOST = 60  # characters; key of a lesson, language and file extension


class _Pack(models.Model):
    """An archive that `archive.opened` has found complete, and what its manifest says."""

    key = models.CharField(max_length=24)
    name = models.JSONField()  # language → text
    version = models.CharField(max_length=40)
    licence = models.CharField(max_length=40)
    lesson_count = models.PositiveSmallIntegerField()
    content = models.BinaryField()  # a ZIP of our own making
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    def words(self, language: str) -> str:
        return self.name.get(language) or self.name["zh-hans"]


@pghistory.track(exclude=["content"])
class SchoolPack(_Pack):
    """A pack that a school has taken, or is looking at before it does (`taken_at` is null)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    taken_at = models.DateTimeField(null=True)
    # Files of recordings that wait to be converted; those of them that failed (`exchange.rules.Failure`); and
    # those that were not sound, or failed until we gave up.
    sounds_left = ArrayField(
        models.CharField(max_length=SOUND_NAME_AT_MOST), default=list, db_default=[]
    )
    sounds_failed = models.JSONField(default=dict, db_default={})
    sounds_refused = ArrayField(
        models.CharField(max_length=SOUND_NAME_AT_MOST), default=list, db_default=[]
    )

    class Meta:
        verbose_name = _("pack of a school")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "key"],
                condition=Q(taken_at__isnull=False),
                name="pack_taken_once",
            )
        ]

    @property
    def lesson_pack(self) -> str:
        """The name under which its lessons are stored; no other school's pack has it, and none of ours."""
        return f"{self.school_id}/{self.key}"


@pghistory.track(exclude=["content"])
class CountyPack(_Pack):
    """A pack in the library of a county, for its schools to take."""

    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="+")
    # Digests of its lessons; empty in rows from before they were stored.
    digests = ArrayField(models.CharField(max_length=64), default=list, db_default=[])

    class Meta:
        verbose_name = _("pack of a county")
        constraints = [
            models.UniqueConstraint(fields=["county", "key"], name="pack_once_in_a_library")
        ]
