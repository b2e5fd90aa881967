import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guardians.models import Adult
from learning.county.models import CountyReading
from learning.curriculum.models import NotHeld, PlannedLesson
from learning.exchange.models import CountyPack, SchoolPack
from learning.readings import Reading
from learning.training.models import StaffPlan, Training
from learning.voice.models import KeptSpeech, LessonVoice
from schools.fields import school_field
from schools.models import School

__all__ = [
    "Audience",
    "CountyPack",
    "CountyReading",
    "KeptSpeech",
    "Lesson",
    "LessonPlan",
    "LessonReading",
    "LessonSent",
    "LessonVoice",
    "NotHeld",
    "PlannedLesson",
    "SchoolPack",
    "StaffPlan",
    "Training",
]


class Audience(models.TextChoices):
    AWAY = "away", _("parents who are away")
    HOME = "home", _("adults at home")
    CLASS = "class", _("pupils in class")  # only by itself: no family is ever sent it


class Lesson(models.Model):
    """One version of one lesson, as it was read from a pack.

    Its text never changes: a new version is a new row, and somebody must read it before it is sent to
    anybody. Lessons of our packs belong to no school; `LessonReading` and `CountyReading` say where each is
    released. A lesson that a school has taken or written itself has an `owner`, and no other school sees it.
    """

    owner = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    pack = models.CharField(max_length=40)
    key = models.CharField(max_length=40)
    version = models.CharField(max_length=40)  # of the pack it came with
    licence = models.CharField(max_length=40)
    audience = ArrayField(models.CharField(max_length=5, choices=Audience))
    # Ages of the child, both ends included; null: any.
    ages_from = models.PositiveSmallIntegerField(null=True)
    ages_until = models.PositiveSmallIntegerField(null=True)
    months = ArrayField(models.PositiveSmallIntegerField(), default=list)  # empty: any
    # It says that parents ring up and come home, so it is not for a child with a parent who has died, is in
    # prison, is missing or is out of touch.
    counts_on_parents = models.BooleanField(default=False)
    # For a lesson for a class: grades, both ends included, and how long it takes; null for families.
    grades_from = models.PositiveSmallIntegerField(null=True)
    grades_until = models.PositiveSmallIntegerField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    # Language → the fields of learning.pack.Text, or of learning.pack_class.ClassText.
    texts = models.JSONField()
    sources = ArrayField(models.TextField())
    picture = models.TextField()  # SVG that learning.pack has read
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    # Its place in the pack as it is now; null: a newer version has replaced it, or the pack no longer has it.
    place = models.PositiveSmallIntegerField(null=True)
    # The school has dropped the pack: until it takes the pack again, no county can release the lesson there.
    is_dropped = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        indexes = [models.Index(fields=["digest"], name="lessons_of_words")]
        constraints = [
            models.UniqueConstraint(fields=["pack", "key", "digest"], name="lesson_version_once"),
            models.UniqueConstraint(
                fields=["pack", "key"], condition=Q(place__isnull=False), name="lesson_one_in_hand"
            ),
            models.CheckConstraint(
                name="lesson_for_class_alone",
                condition=Q(
                    audience=[Audience.CLASS],
                    grades_from__isnull=False,
                    grades_until__gte=models.F("grades_from"),
                    minutes__isnull=False,
                )
                | Q(
                    ~Q(audience__contains=[Audience.CLASS]),
                    grades_from=None,
                    grades_until=None,
                    minutes=None,
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="said_for_good",
                operation=pgtrigger.UpdateOf(
                    "owner_id",
                    "pack",
                    "key",
                    "audience",
                    "ages_from",
                    "ages_until",
                    "months",
                    "counts_on_parents",
                    "grades_from",
                    "grades_until",
                    "minutes",
                    "texts",
                    "sources",
                    "picture",
                    "digest",
                ),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.pack}/{self.key} {self.digest[:8]}"

    @property
    def is_for_class(self) -> bool:
        return self.minutes is not None

    def fits_grade(self, grade: int) -> bool:
        if self.grades_from is None or self.grades_until is None:
            return False
        return self.grades_from <= grade <= self.grades_until

    def text(self, language: str) -> dict:
        return self.texts[self.spoken(language)]

    def spoken(self, language: str) -> str:
        """Return the language in which a reader of `language` gets it: Chinese if there is no other."""
        return language if language in self.texts else "zh-hans"


class LessonReading(Reading):
    """What somebody at a school decides about a lesson, for that school.

    If nobody there has decided, the county's decision counts (`CountyReading`); without either, the lesson is
    sent to nobody.
    """

    school = school_field(db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="readings")

    class Meta(Reading.Meta):
        indexes = [
            models.Index(fields=["school", "lesson", "-at", "-id"], name="lesson_readings_latest")
        ]
        constraints = [
            models.CheckConstraint(
                name="lesson_taken_back_with_reason", condition=Q(is_out=True) | ~Q(reason="")
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.lesson_id} {self.is_out}"


class LessonSent(models.Model):
    """An adult and a lesson: sent or found by themselves, opened, useful or not.

    It names no child, no reason, and nobody who chose it: on a shared phone or page that would give away what
    somebody knows.
    """

    school = school_field(db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+", db_index=False)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="lessons")
    sent_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    is_of_use = models.BooleanField(null=True)
    is_out: bool | None  # annotation of queries.with_out

    class Meta:
        indexes = [models.Index(fields=["school", "lesson"], name="lesson_sent_counts")]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "adult"], name="lesson_once_for_an_adult"),
            models.CheckConstraint(
                name="lesson_answer_with_time",
                condition=Q(is_of_use=None, answered_at=None)
                | Q(is_of_use__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.adult_id}"


@pghistory.track()
class LessonPlan(models.Model):
    """Whether a school sends a lesson every fortnight in term, and on which weekday."""

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="lesson_plan")
    is_on = models.BooleanField(default=False)
    weekday = models.PositiveSmallIntegerField(_("weekday"))  # 0 = Monday
    done_on = models.DateField(null=True)  # the latest day on which lessons were chosen

    class Meta:
        constraints = [
            models.CheckConstraint(name="lesson_plan_weekday", condition=Q(weekday__lte=6))
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.is_on} {self.weekday}"
