"""Mandatory reports: what staff who suspect harm record, whom they informed, and who is kept away."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.chain import ChainedRow
from accounts.fields import user_field
from guardians.models import Adult
from schools.fields import school_field
from students.models import Student

REPORT_WORDS_MAX = 2000  # characters


class Report(models.Model):
    """Suspected harm, in the words of the person who noticed it. Never changed or deleted.

    What comes later, including a correction, is an entry of its own. `key` comes from the form.
    """

    class Situation(models.TextChoices):
        """The nine situations of the opinion of nine bodies on mandatory reporting (May 2020), Art. 4.

        They are put in plain words.
        """

        INJURY = "injury", _("injury of private parts, or a suspicion of it")
        UNDER_14 = "under_14", _("a girl under 14: sexual harm, pregnancy or abortion")
        FROM_14 = "from_14", _("a girl of 14 or older: pregnant or aborted after sexual harm")
        VIOLENCE = (
            "violence",
            _(
                "several injuries, starved or unconscious: violence at home, bullying, abuse, drugging"
            ),
        )
        UNNATURAL = (
            "unnatural",
            _("unnatural injury or death: suicide, self-harm, work, poison, beating"),
        )
        ABANDONED = "abandoned", _("abandoned, or without care for long")
        MISSING = "missing", _("of unknown origin, missing, trafficked or bought")
        BEGGING = "begging", _("made to beg")
        OTHER = "other", _("other grave harm, or harm that threatens now")

    key = models.UUIDField(unique=True, editable=False)
    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="reports")
    situation = models.CharField(_("what it is about"), max_length=10, choices=Situation)
    words = models.CharField(_("what was seen or heard"), max_length=REPORT_WORDS_MAX)
    child_now = models.CharField(
        _("where the child is now, and with whom"), max_length=200, blank=True
    )
    reported_by = user_field()
    at = models.DateTimeField()
    # Digest of the people the form named, as it was sent (rules.sent_as); "" for older reports.
    sent = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("report of suspected harm")
        verbose_name_plural = _("reports of suspected harm")
        indexes = [
            models.Index(fields=["student", "-at"], name="reports_of_child"),
            models.Index(fields=["school", "-at"], name="reports_of_school"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


@pghistory.track()
class Suspect(models.Model):
    """A person who may have done it: of the family, of the staff, or anybody else by name.

    `closed_at` is set if this report closed the child's file to them (guardians.blocking.suspects). Only
    lifting changes a row later, with a reason and a name.
    """

    school = school_field()
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="suspects")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="+")
    user = user_field(null=True)
    somebody = models.CharField(_("somebody else"), max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = user_field(null=True)
    lift_reason = models.CharField(_("why it is opened again"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suspect_is_one_person",
                condition=Q(adult__isnull=False, user__isnull=True, somebody="")
                | Q(adult__isnull=True, user__isnull=False, somebody="")
                | (Q(adult__isnull=True, user__isnull=True) & ~Q(somebody="")),
            ),
            models.CheckConstraint(
                name="lifted_with_name_and_reason",
                condition=Q(lifted_at__isnull=True)
                | (Q(lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="never_changed", exclude=["lifted_at", "lifted_by", "lift_reason"]
            ),
        ]

    def __str__(self) -> str:
        return f"suspect {self.pk}"


class ReportEntry(ChainedRow):
    """What followed a report; append-only, in one sealed chain for each school.

    The `digest` of a report's first entry covers the report and the people it names; that of a lifting covers
    what was lifted (safeguarding.reports.record). A printout with the last seal shows later whether anything
    was changed.
    """

    CHAIN = "reports"
    SEALED = (
        "school_id",
        "report_id",
        "key",
        "kind",
        "office",
        "spoke_with",
        "phone",
        "case_number",
        "told_at",
        "words",
        "by_id",
        "digest",
        "at",
    )

    class Kind(models.TextChoices):
        WRITTEN = "written", _("written")
        TOLD = "told", _("was told")
        ADDED = "added", _("added")
        CLOSED = "closed", _("file closed")
        LIFTED = "lifted", _("file opened again")

    class Office(models.TextChoices):
        """Offices that the opinion of May 2020 names, in the order in which the school informs them."""

        POLICE = "police", pgettext_lazy("an office", "Police")
        CIVIL_AFFAIRS = "civil", _("Civil affairs office")
        EDUCATION = "education", _("Education bureau")
        HOSPITAL = "hospital", _("Hospital")
        OTHER = "other", _("Another office")

    school = school_field()
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="entries")
    # From the form; None for entries that the system wrote.
    key = models.UUIDField(unique=True, null=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    office = models.CharField(_("whom"), max_length=10, choices=Office, blank=True)
    spoke_with = models.CharField(_("who answered"), max_length=80, blank=True)
    phone = models.CharField(_("number that was called"), max_length=40, blank=True)
    case_number = models.CharField(_("number they gave"), max_length=60, blank=True)
    told_at = models.DateTimeField(_("when"), null=True, blank=True)
    words = models.CharField(max_length=REPORT_WORDS_MAX, blank=True)
    by = user_field()
    digest = models.CharField(max_length=64, blank=True)

    class Meta(ChainedRow.Meta):
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number} {self.kind}"
