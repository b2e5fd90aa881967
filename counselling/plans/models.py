"""The three-party plan of a case: what family, school and village each do, and what was ticked off.

The text of a measure is written for the person who does it and is no secret to them. It is encrypted all the
same, because it is about a child and a copy of the database must reveal nothing.
"""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from counselling.cases.models import Case, Sealed
from counselling.plans import rules
from guardians.models import Adult
from schools.fields import school_field
from students.models import Student


@pghistory.track()
class SupportPlan(models.Model):
    """One plan of a case, from its first measure until it is ended. At most one is running."""

    school = school_field(db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="support_plans")
    made_at = models.DateTimeField()
    # When the parties were first shown their part; each measure also has a time of its own.
    shared_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(_("review date"), null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = user_field(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="one_running_plan_of_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} of case {self.case_id}"


class Measure(Sealed):
    """What one party does: once, by a certain day, or repeatedly until a day.

    It is shown to its party from `shared_at` until it is dropped or the plan ends. Its text never changes.
    """

    BOUND = ("plan_id", "student_id", "made_by_id")

    class Party(models.TextChoices):
        FAMILY = "family", pgettext_lazy("party of a plan", "The family")
        SCHOOL = "school", pgettext_lazy("party of a plan", "The school")
        VILLAGE = "village", pgettext_lazy("party of a plan", "The village")

    class Rhythm(models.TextChoices):
        ONCE = rules.ONCE, _("once, by the day below")
        WEEKLY = rules.WEEKLY, _("every week, until the day below")
        FORTNIGHTLY = rules.FORTNIGHTLY, _("every two weeks, until the day below")
        FOUR_WEEKLY = rules.FOUR_WEEKLY, _("every four weeks, until the day below")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="measures")
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="measures")
    party = models.CharField(max_length=8, choices=Party)
    # The adult of the family or the member of staff. For the village it is the current village worker.
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="measures")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="measures"
    )
    rhythm = models.CharField(_("how often"), max_length=12, choices=Rhythm, default=Rhythm.ONCE)
    starts_on = models.DateField()
    due_on = models.DateField(_("by when"))
    made_by = user_field()
    made_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="measure_of_one_party",
                condition=Q(party="family", adult__isnull=False, user=None)
                | Q(party="school", adult=None, user__isnull=False)
                | Q(party="village", adult=None, user=None),
            ),
            models.CheckConstraint(
                name="measure_due_after_start", condition=Q(due_on__gte=models.F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.party} {self.due_on}"


class PlanLook(Sealed):
    """A step in the second look at a plan before it is shown.

    The look was requested, or the plan was agreed to or sent back with a reason (`sealed`). Append-only. It
    applies to the measures of that moment; a different set needs a new look.
    """

    BOUND = ("plan_id", "by_id")

    class Kind(models.TextChoices):
        ASKED = "asked", _("asked for a second look")
        AGREED = "agreed", _("agreed to the plan")
        SENT_BACK = "sent_back", _("sent the plan back")

    school = school_field(db_index=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="looks")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    by = user_field()
    # The person who is asked to look.
    asked = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="plan_looks"
    )
    measures = models.CharField(max_length=64)  # rules.mark_of
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_look_of_a_number"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="never_changed", exclude=["sealed", "key_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind}"


class MeasureTick(models.Model):
    """A measure was done, for the period that `on` falls in, as its party or the owner of the case says."""

    school = school_field(db_index=False)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="ticks")
    on = models.DateField()
    at = models.DateTimeField()
    by_user = user_field(null=True)
    by_adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "on"], condition=Q(undone_at=None), name="one_tick_a_day"
            ),
            models.CheckConstraint(
                name="tick_by_somebody",
                condition=Q(by_user__isnull=False, by_adult=None)
                | Q(by_user=None, by_adult__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.on}"
