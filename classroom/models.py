import uuid
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guardians.models import Adult
from schools.models import School
from students.models import Student
from uploads.models import Upload


class Strength(models.TextChoices):
    HELPS = "helps", _("helps others")
    PATIENT = "patient", _("is patient")
    KEEPS_AT_IT = "keeps_at_it", _("keeps at it")
    HAS_IDEAS = "has_ideas", _("has ideas")
    SPEAKS_UP = "speaks_up", _("speaks up")
    BRAVE = "brave", _("is brave")


class Theme(models.TextChoices):
    """What to keep an eye on; a theme is never a diagnosis (product.md A3)."""

    SELF_WORTH = "self_worth", _("thinks little of self")
    IMPULSE = "impulse", _("acts on impulse")
    DEFIANCE = "defiance", _("goes against")
    WITHDRAWAL = "withdrawal", _("says little")
    WEARY = "weary", _("does not want to learn")
    OFFENDING = "offending", _("got into trouble")
    SURROUNDINGS = "surroundings", _("surroundings")
    HOME = "home", _("at home")


class Deed(models.TextChoices):
    PRAISED = "praised", _("praised face to face")
    LISTENED = "listened", _("listened")
    STAYED = "stayed", _("stayed a while")
    TOLD_HOME = "told_home", _("talked with the family")
    NOTHING_YET = "nothing_yet", _("nothing yet")


@pghistory.track()
class Observation(models.Model):
    """What an adult at school saw, when and where, and what the adult did; strengths first.

    An observation with a strength and `tell_family` is good news. `key` comes from the page: what
    a phone sends twice, or days later, is one row.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="observations", db_index=False
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    words = models.CharField(_("what you saw"), max_length=500, blank=True)
    place = models.CharField(_("where"), max_length=40, blank=True)
    happened_at = models.DateTimeField(_("when"))
    strengths = ArrayField(
        models.CharField(max_length=16, choices=Strength), default=list, blank=True
    )
    themes = ArrayField(models.CharField(max_length=16, choices=Theme), default=list, blank=True)
    deeds = ArrayField(models.CharField(max_length=16, choices=Deed), default=list, blank=True)
    tell_family = models.BooleanField(_("tell the family"), default=False)
    photo = models.ForeignKey(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    voice = models.ForeignKey(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering: ClassVar = ["-happened_at", "-pk"]
        indexes: ClassVar = [
            models.Index(F("student"), F("happened_at").desc(), name="observations_of_child"),
            models.Index(
                F("student"),
                F("happened_at").desc(),
                condition=Q(tell_family=True, retracted_at=None),
                name="good_news_of_child",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.happened_at:%Y-%m-%d}"


@pghistory.track()
class Letter(models.Model):
    """How the child is, in a teacher's plain words to the family: the family's picture of the child.

    Good news leads; an empty part is left out. Sent once (`sent_at`), never changed afterwards.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="letters")
    good_news = models.CharField(_("good news"), max_length=300)
    body = models.CharField(_("health"), max_length=300, blank=True)
    mood = models.CharField(_("mood"), max_length=300, blank=True)
    learning = models.CharField(_("school"), max_length=300, blank=True)
    you_can_do = models.CharField(_("what you can do this week"), max_length=300, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.written_at:%Y-%m-%d}"


@pghistory.track()
class FamilyRequest(models.Model):
    """The school asks an adult of the family for one thing by a day; the answer is tracked."""

    class Answer(models.TextChoices):
        DONE = "done", _("done")
        WILL_DO = "will_do", _("will do it")
        CANNOT = "cannot", _("cannot do it")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="family_requests")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="family_requests")
    words = models.CharField(_("what the school asks for"), max_length=300)
    due_on = models.DateField(_("by"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, blank=True)
    answer_words = models.CharField(_("in the family's words"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["school", "due_on"],
                condition=Q(closed_at=None),
                name="open_family_requests",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.due_on}"
