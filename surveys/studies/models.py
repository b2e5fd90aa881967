import uuid
from datetime import date

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from privacy.models import Consent
from schools.fields import school_field
from students.models import Student

LINE_AT_MOST = 120  # characters
PURPOSE_AT_MOST = 500  # characters; as much as a tired parent reads


@pghistory.track(exclude=["salt"])
class Study(models.Model):
    """The answers of one round for one recipient outside the school.

    Each child takes part only with a yes of its family for this study. This row holds what families agreed
    to, so its text never changes.
    """

    school = school_field()
    round = models.ForeignKey("surveys.Round", on_delete=models.PROTECT, related_name="studies")
    recipient = models.CharField(_("who gets the answers"), max_length=LINE_AT_MOST)
    purpose = models.CharField(_("what for"), max_length=PURPOSE_AT_MOST)
    ethics = models.CharField(
        _("approval of the ethics committee"),
        max_length=LINE_AT_MOST,
        help_text=_("Which committee, and the number of its decision."),
    )
    until = models.DateField(_("handed out until"))
    key = models.UUIDField(unique=True, editable=False)
    # Makes the names under which children appear, which differ in each study.
    salt = models.BinaryField(editable=False)
    opened_by = user_field()
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = user_field(null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="study_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="said_for_good",
                operation=pgtrigger.UpdateOf(
                    "round_id", "recipient", "purpose", "ethics", "until", "salt"
                ),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.recipient

    def is_open(self, on: date) -> bool:
        return self.ended_at is None and self.until >= on


class StudyWord(models.Model):
    """What one adult said about one child and one study, append-only: the latest of each adult counts.

    `pupil_agrees`: the child, who is old enough to have to agree, has signed too; only on paper.
    """

    school = school_field()
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="words")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="study_words")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=10, choices=Consent.Decision)
    pupil_agrees = models.BooleanField(_("the child has signed, too"), default=False)
    via = models.CharField(_("how"), max_length=12, choices=Consent.Via)
    receipt = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recorded_by = user_field(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["study", "student", "adult", "-at"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.student_id} {self.decision}"
