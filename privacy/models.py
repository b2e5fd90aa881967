import uuid

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from core.reasons import REASON_MAX
from guardians.models import Adult
from privacy.filing.models import AccessConfirmation
from privacy.ledgers.models import LedgerArrival, LedgerChild, LedgerFile, LedgerSent
from privacy.purposes import Purpose
from privacy.retention.models import RetentionEntry, RetentionHold, RetentionStart
from privacy.spoken_models import SpokenText
from schools.fields import school_field
from schools.models import School
from students.models import Student

__all__ = [
    "AccessConfirmation",
    "Consent",
    "ConsentAsk",
    "DataRequest",
    "Erasure",
    "LedgerArrival",
    "LedgerChild",
    "LedgerFile",
    "LedgerSent",
    "PupilWord",
    "Purpose",
    "RetentionEntry",
    "RetentionHold",
    "RetentionStart",
    "SpokenText",
    "VillageOverride",
]


class Consent(models.Model):
    """One decision of one adult about one purpose, append-only: the latest counts.

    `student` is None if the purpose concerns the adult's own data.
    """

    class Decision(models.TextChoices):
        GIVEN = "given", _("agreed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Via(models.TextChoices):
        FAMILY_PAGE = "family_page", _("on the family's page")
        PAPER = "paper", _("signed on paper")
        SPOKEN = "spoken", _("spoken, recorded by the school")

    school = school_field()
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="consents")
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, null=True, blank=True, related_name="consents"
    )
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    text_version = models.PositiveSmallIntegerField(_("version of the text"))
    via = models.CharField(_("how"), max_length=12, choices=Via)
    receipt = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recorded_by = user_field(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["student", "purpose", "adult", "-at"]),
            models.Index(fields=["adult", "purpose", "-at"]),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.purpose} {self.decision}"


class PupilWord(models.Model):
    """One decision of a pupil about a purpose that the pupil and the family decide together, append-only: the
    latest counts.

    Adults see its effect but not the decision.
    """

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="words")
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    decision = models.CharField(_("decision"), max_length=10, choices=Consent.Decision)
    text_version = models.PositiveSmallIntegerField(_("version of the text"))
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["student", "purpose", "-at"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.purpose} {self.decision}"


class ConsentAsk(models.Model):
    """A teacher's request for a family's consent to one purpose: sent once, never repeated."""

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="consent_asks")
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    text_version = models.PositiveSmallIntegerField(_("version of the text"))
    asked_by = user_field()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "purpose", "text_version"], name="one_ask_per_text"
            )
        ]
        indexes = [models.Index(fields=["asked_at"])]

    def __str__(self) -> str:
        return f"{self.student_id} {self.purpose}"


@pghistory.track()
class VillageOverride(models.Model):
    """Tells the village worker what a visit needs, for a child's safety, although the family refused; valid
    until a day (未成年人保护法 Art. 11, 43).

    It ends automatically or by hand, and is never deleted.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="village_overrides")
    reason = models.CharField(_("reason"), max_length=REASON_MAX)
    until = models.DateField(_("until"))
    # The person who refused may be the one from whom the child needs protection, so the one who overrides
    # decides whether the family sees it.
    is_shown_to_family = models.BooleanField(_("show it on the family's page"), default=False)
    set_by = user_field()
    set_at = models.DateTimeField()
    ended_by = user_field(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.student_id} until {self.until}"


class Erasure(models.Model):
    """A record that a child's file was deleted on request.

    It holds only the former key: an older backup still contains the file, and after a restore it is deleted
    again.
    """

    student_key = models.BigIntegerField(unique=True)
    erased_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.student_key} {self.erased_at:%Y-%m-%d}"


@pghistory.track()
class DataRequest(models.Model):
    """A family's request under the law for a copy, a correction or a deletion.

    The school has a deadline; a deletion waits for a safeguarding check by somebody who handles concerns.
    """

    class Kind(models.TextChoices):
        COPY = "copy", _("a copy of the data")
        CORRECTION = "correction", _("a correction")
        DELETION = "deletion", _("a deletion")

    class State(models.TextChoices):
        OPEN = "open", _("waiting for the school")
        CHECKING = "checking", _("waiting for the safeguarding check")
        CLEARED = "cleared", _("checked: the school may act")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused, with a reason")
        WITHDRAWN = "withdrawn", _("withdrawn by the family")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="data_requests")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="data_requests")
    # None after a deletion was carried out: the request outlives what it deleted.
    student = models.ForeignKey(
        Student, on_delete=models.SET_NULL, null=True, related_name="data_requests"
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    words = models.CharField(_("in the family's words"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    key = models.UUIDField(unique=True, editable=False)
    asked_at = models.DateTimeField()
    due_on = models.DateField(_("answer due"))
    checked_by = user_field(null=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    # Only for the school; the family reads `answer`.
    check_note = models.CharField(_("note of the check"), max_length=300, blank=True)
    answer = models.CharField(_("the school's answer"), max_length=500, blank=True)
    answered_by = user_field(null=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["school", "due_on"],
                condition=Q(answered_at=None),
                name="open_data_requests",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asked_at:%Y-%m-%d}"
