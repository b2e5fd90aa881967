"""Concerns: what somebody noticed, what has happened since, and the time limits that a school has set."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from safeguarding import rules
from safeguarding.early_warning.models import Flag, WarningRules
from safeguarding.guide.models import GuideTick
from safeguarding.levels import rules as level_rules
from safeguarding.reports.models import Report, ReportEntry, Suspect
from schools.fields import school_field
from schools.models import School
from students.models import Student

__all__ = [
    "Concern",
    "ConcernEntry",
    "Flag",
    "GuideTick",
    "LevelSpans",
    "Report",
    "ReportEntry",
    "Suspect",
    "Teller",
    "WarningRules",
]


@pghistory.track(exclude=["words"])
class Concern(models.Model):
    """Trouble that somebody has noticed: a named adult looks at it, on a clock that needs no level.

    Each `source_key` opens one concern. Only a person closes it, by saying what was done.
    """

    class Source(models.TextChoices):
        FAMILY = "family", _("the family asks for help")
        PUPIL = "pupil", _("the child wants to talk to someone")
        HURT = "hurt", _("the child says that somebody is hurting or bullying them")
        PEER = "peer", _("another child is worried about this child")
        FOR_PEER = "for_peer", _("the child is worried about another child")
        STAFF = "staff", _("a teacher is worried")
        CARE_GAP = "care_gap", _("nobody is looking after the child")
        ALONE = "alone", _("alone at night, heard at a visit")
        DANGER = "danger", _("danger at home, seen at a visit")
        NIGHT = "night", _("nobody is with the child tonight")
        SURVEY = "survey", _("an answer that needs an adult")
        REPORT = "report", _("a report of suspected harm")
        SIGNALS = "signals", _("somebody looked at several signals")

    class HurtBy(models.TextChoices):
        CHILD = "child", _("other children")
        ADULT = "adult", _("a grown-up")

    class Clock(models.TextChoices):
        ROUND_THE_CLOCK = rules.ROUND_THE_CLOCK, _("round the clock")
        SCHOOL_HOURS = rules.SCHOOL_HOURS, _("in school hours")

    class Closing(models.TextChoices):
        WITH_CHILD = "with_child", _("An adult has been with the child")
        ANSWERED = "answered", _("Answered; nobody is in danger")
        JOINED = "joined", _("Continued in another concern about the child")

    WIDE = rules.WIDE

    class Level(models.TextChoices):
        RED = level_rules.RED, _("Red: an adult with the child now")
        ORANGE = level_rules.ORANGE, _("Orange: within a day or two")
        YELLOW = level_rules.YELLOW, _("Yellow: within a week or two")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="concerns")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="concerns")
    source = models.CharField(max_length=8, choices=Source)
    source_key = models.CharField(max_length=60, unique=True)
    # The adult who called for help; None where the concern came from the child or from staff.
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.CharField(_("in their words"), max_length=500, blank=True)
    asked_for = models.CharField(max_length=20, blank=True)
    wanted_when = models.CharField(max_length=10, blank=True)
    # Who hurts the child, if the child has said so.
    hurt_by = models.CharField(max_length=5, choices=HurtBy, blank=True, db_default="")
    raised_by = user_field(null=True)
    opened_at = models.DateTimeField()
    clock = models.CharField(max_length=16, choices=Clock)
    # Deadline for the named adult to acknowledge the concern; after that it climbs one rung.
    due_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    named_adult = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="named_concerns"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = user_field(null=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = user_field(null=True)
    closing = models.CharField(max_length=12, choices=Closing, blank=True)
    # How soon somebody must act, as a person judged it; "" until then. Anyone may raise it; no rule does.
    level = models.CharField(max_length=6, choices=Level, blank=True)
    level_by = user_field(null=True)
    level_at = models.DateTimeField(null=True, blank=True)
    # Deadline for looking after it; after that we notify the next rung as well.
    look_by = models.DateTimeField(null=True, blank=True)
    joined_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="joined"
    )

    class Meta:
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        indexes = [
            models.Index(
                fields=["school", "opened_at"], condition=Q(closed_at=None), name="open_concerns"
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(acknowledged_at=None, closed_at=None),
                name="unacknowledged_concerns",
            ),
            models.Index(
                fields=["look_by"],
                condition=Q(closed_at=None, look_by__isnull=False),
                name="judged_concerns",
            ),
            models.Index(fields=["student", "-opened_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.source} {self.opened_at:%Y-%m-%d}"

    @property
    def needs_adult_now(self) -> bool:
        """Return whether the child needs an adult now: by the level if set, else by the intake clock."""
        if self.level in (self.Level.ORANGE, self.Level.YELLOW):
            return False
        return self.level == self.Level.RED or self.clock == self.Clock.ROUND_THE_CLOCK

    @classmethod
    def needing_adult_now(cls) -> Q:
        """Return the condition of `needs_adult_now` for a query."""
        mild = Q(level__in=(cls.Level.ORANGE, cls.Level.YELLOW))
        return Q(level=cls.Level.RED) | Q(clock=cls.Clock.ROUND_THE_CLOCK) & ~mild

    @property
    def is_narrow(self) -> bool:
        """Return whether it is addressed to another adult, so that the class teacher does not see it."""
        return self.asked_for not in self.WIDE


class Teller(models.Model):
    """The child who told us of a concern about another child.

    It has a table of its own because many people read the pages of a concern and must not learn this, and so
    that one child's file can be deleted without the other's.
    """

    school = school_field()
    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="teller")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="told_concerns")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.concern_id} {self.student_id}"


@pghistory.track()
class LevelSpans(models.Model):
    """A school's choices: the time for orange and yellow, and what needs a second person.

    That is closing a case, and showing a plan. The defaults apply to a school without a row.
    """

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="+")
    orange_hours = models.PositiveSmallIntegerField(
        _("hours for orange"),
        default=level_rules.ORANGE_HOURS,
        validators=[
            MinValueValidator(level_rules.ORANGE_HOURS_LEAST),
            MaxValueValidator(level_rules.ORANGE_HOURS_MOST),
        ],
    )
    yellow_days = models.PositiveSmallIntegerField(
        _("days for yellow"),
        default=level_rules.YELLOW_DAYS,
        validators=[
            MinValueValidator(level_rules.YELLOW_DAYS_LEAST),
            MaxValueValidator(level_rules.YELLOW_DAYS_MOST),
        ],
    )

    # A case closes only after somebody whom its counsellor let in has read it and agreed.
    closing_is_agreed = models.BooleanField(
        _("a second person agrees before a case is closed"), default=False, db_default=False
    )
    # The same for plans, before the family, school and village are shown what was agreed.
    plans_are_agreed = models.BooleanField(
        _("a second person agrees before a plan is shown to family, school and village"),
        default=False,
        db_default=False,
    )

    def __str__(self) -> str:
        return f"{self.school_id} {self.orange_hours} {self.yellow_days}"


class ConcernEntry(models.Model):
    """One thing that happened to a concern: who did what, when, and what they wrote. Append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        TOLD = "told", _("was told")
        ACKNOWLEDGED = "acknowledged", _("has taken it")
        HANDED_OVER = "handed_over", _("handed it over")
        CLIMBED = "climbed", _("nobody answered; passed on")
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("opened again")
        ADDED = "added", _("the family wrote more")
        AGAIN = "again", _("asked for an adult again")
        TAKEN_BACK = "taken_back", _("taken back by the family")
        LEVEL = "level", _("set the level")
        LATE = "late", _("not looked after in time")
        JOINED = "joined", _("joined")
        PARTED = "parted", _("parted again")
        QUEUED = "queued", _("put into the shared queue")
        UNQUEUED = "unqueued", _("taken out of the shared queue")
        ACCEPTED = "accepted", _("accepted from the shared queue")
        GIVEN_BACK = "given_back", _("given back by the counsellor of another school")
        TAKEN_HOME = "taken_home", _("taken back from the counsellor of another school")

    school = school_field()
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=14, choices=Kind)
    by = user_field(null=True)
    about = user_field(null=True)
    words = models.CharField(max_length=500, blank=True)
    level = models.CharField(max_length=6, choices=Concern.Level, blank=True)
    # Key of the reply or answer behind this entry, so that it is recorded only once.
    source_key = models.CharField(max_length=60, unique=True, null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.concern_id} {self.kind}"
