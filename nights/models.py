"""Evenings on which somebody must be with a child: who was asked, what they said, who is there."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from nights import rules
from safeguarding.models import Concern
from schools.fields import school_field
from schools.models import School, SchoolClass
from students.models import Student


class Reason(models.TextChoices):
    STORM = "storm", _("storm, flood or snow")
    FESTIVAL = "festival", _("festival")
    HOSPITAL = "hospital", _("somebody is in hospital")
    AWAY = "away", _("the carer at home is away")
    OTHER = "other", _("another reason")


class Step(models.TextChoices):
    CARER = rules.CARER, _("who cares at home")
    SECOND = rules.SECOND, _("second adult")
    THIRD = rules.THIRD, _("third adult")
    DUTY = rules.DUTY, _("on duty at school")
    VILLAGE = rules.VILLAGE, _("village worker")


class Switch(models.Model):
    """The school asks who is at home, on one to three evenings, in one class or in all."""

    school = school_field(db_index=False)
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.UUIDField(unique=True, editable=False)
    reason = models.CharField(_("why"), max_length=10, choices=Reason)
    starts_on = models.DateField(_("first evening"))
    ends_on = models.DateField(_("last evening"))
    with_boarders = models.BooleanField(_("children who board, too"), default=False)
    made_by = user_field()
    made_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = user_field(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["school", "-starts_on"], name="switches_of_school"),
            models.Index(
                fields=["ends_on"], condition=Q(called_off_at=None), name="switches_in_force"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="switch_ends_after_start", condition=Q(ends_on__gte=models.F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.reason} {self.starts_on}"


@pghistory.track()
class NightRule(models.Model):
    """Evenings that begin automatically at a school, without a switch.

    It is off until somebody has seen whom it asks and what that costs.
    """

    school = models.OneToOneField(School, on_delete=models.PROTECT, related_name="+")
    on_festivals = models.BooleanField(_("on festival days"), default=False)
    for_away = models.BooleanField(_("when the carer at home is away"), default=False)
    set_by = user_field()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.school_id} {self.on_festivals} {self.for_away}"


@pghistory.track()
class Night(models.Model):
    """One child's evening. It is over when somebody is there (`settled_at`) or it was called off.

    Until then it stays open, without a time limit.
    """

    class Settled(models.TextChoices):
        HOME = "home", _("an adult is at home")
        NEARBY = "nearby", _("an adult of the neighbourhood is there")
        SCHOOL = "school", _("the school looked after it")
        VILLAGE = "village", _("the village worker is there")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="nights")
    evening = models.DateField(_("evening"))
    reason = models.CharField(_("why"), max_length=10, choices=Reason)
    switch = models.ForeignKey(
        Switch, on_delete=models.PROTECT, null=True, blank=True, related_name="nights"
    )
    # Somebody already knows that nobody is at home: we ask the neighbours at once, at any hour.
    is_urgent = models.BooleanField(default=False)
    started_by = user_field(null=True, blank=True)
    started_at = models.DateTimeField()
    step = models.CharField(max_length=7, choices=Step, blank=True)
    # When we ask the next one; None: nobody comes after, or somebody of the school has taken it.
    step_ends_at = models.DateTimeField(null=True, blank=True)
    concern = models.ForeignKey(
        Concern, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(_("known since"), null=True, blank=True)
    settled_as = models.CharField(_("who was there"), max_length=7, choices=Settled, blank=True)
    # The adult who is there, or the member of staff who recorded it.
    settled_adult = models.ForeignKey(
        Adult, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    settled_by = user_field(null=True, blank=True)
    words = models.CharField(_("what was done"), max_length=300, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = user_field(null=True, blank=True)

    class Meta:
        ordering = ["-evening", "-pk"]
        indexes = [
            models.Index(fields=["student", "-evening"], name="nights_of_child"),
            models.Index(
                fields=["step_ends_at"],
                condition=Q(settled_at=None, called_off_at=None),
                name="nights_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_open_night",
                fields=["student", "evening"],
                condition=Q(settled_at=None, called_off_at=None),
            ),
            models.CheckConstraint(
                name="night_settled_as",
                condition=Q(settled_at=None, settled_as="")
                | (Q(settled_at__isnull=False) & ~Q(settled_as="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.evening} {self.step}"

    @property
    def is_open(self) -> bool:
        return self.settled_at is None and self.called_off_at is None

    @property
    def is_out_of_people(self) -> bool:
        """Return whether an adult of the school must act, because nobody who was asked has helped."""
        return self.is_open and self.step in (Step.DUTY, Step.VILLAGE, "")


class Asking(models.Model):
    """One question to one adult for one evening, about all the children for whom we ask them at once.

    We ask an adult at most once an evening as carer and once as neighbour, so that nobody is called again and
    again.
    """

    class Part(models.TextChoices):
        CARER = "carer", _("at home")
        NEARBY = "nearby", _("of the neighbourhood")

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    class How(models.TextChoices):
        PAGE = "page", _("on a page")
        KEY = "key", _("by a key")

    school = school_field(db_index=False)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="askings")
    evening = models.DateField(_("evening"))
    part = models.CharField(_("asked as"), max_length=6, choices=Part)
    asked_at = models.DateTimeField(_("asked on"))
    expires_at = models.DateTimeField()
    answer = models.CharField(_("answer"), max_length=3, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("answered on"), null=True, blank=True)
    answered_how = models.CharField(_("how"), max_length=4, choices=How, blank=True)

    class Meta:
        ordering = ["-evening", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_question_an_evening", fields=["adult", "evening", "part"]
            ),
            models.CheckConstraint(
                name="asking_answered",
                condition=Q(answer="", answered_at=None)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.evening} {self.part}"


class NightEntry(models.Model):
    """One thing that happened in a child's evening, append-only."""

    class Kind(models.TextChoices):
        STARTED = "started", _("started")
        ASKED = "asked", _("was asked")
        PASSED = "passed", _("was passed by")
        SAID_YES = "yes", _("said yes")
        SAID_NO = "no", _("said no")
        SILENT = "silent", _("did not answer")
        TOLD = "told", _("was told")
        SETTLED = "settled", _("somebody is there")
        REOPENED = "reopened", _("is open again")
        CALLED_OFF = "off", _("called off")

    school = school_field(db_index=False)
    night = models.ForeignKey(Night, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind)
    step = models.CharField(max_length=7, choices=Step, blank=True)
    why = models.CharField(max_length=8, blank=True)  # why a person was passed over: see rules
    asking = models.ForeignKey(
        Asking, on_delete=models.CASCADE, null=True, blank=True, related_name="entries"
    )
    user = user_field(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.night_id} {self.kind} {self.step}"
