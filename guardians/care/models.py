"""Models of care while the parents are away (Minors Protection Law, Art. 21 to 23), and of gaps in care.

In a module of its own because of its length; `guardians.models` exports these names too.
"""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.rules import GapKind
from schools.fields import school_field
from schools.models import ends_after_start
from students.models import Student


@pghistory.track()
class EntrustedCare(models.Model):
    """An agreement by which parents entrust a child to somebody for the time they are away (Art. 22).

    It records what the child says about it, and whether school and village committee were told in writing
    (Art. 23).

    As long as a ground of Art. 22 speaks against the carer, the row is `unsuitable`, even after staff have
    recorded what they did about it. It then never counts as proper care.
    """

    # What staff enter, besides the people and the grounds.
    FACTS = (
        "starts_on",
        "ends_on",
        "child_asked_on",
        "child_asked_by",
        "child_words",
        "checked_on",
        "weekly_contact",
        "school_told_on",
        "village_told_on",
    )

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("in force")
        UNSUITABLE = "unsuitable", _("not suitable")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="entrusted_care")
    carer = models.ForeignKey(
        "guardians.Adult", on_delete=models.PROTECT, related_name="entrusted_to"
    )
    parents = models.ManyToManyField("guardians.Adult", related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.IN_FORCE)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    child_asked_on = models.DateField(_("child asked on"), null=True, blank=True)
    child_asked_by = models.CharField(_("asked by"), max_length=60, blank=True)
    child_words = models.CharField(_("what the child says"), max_length=300, blank=True)
    # Values of rules.Disqualifier.
    disqualifiers = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    checked_on = models.DateField(_("checked on"))
    weekly_contact = models.CharField(_("when they talk each week"), max_length=120, blank=True)
    school_told_on = models.DateField(_("school told on"), null=True, blank=True)
    village_told_on = models.DateField(_("village committee told on"), null=True, blank=True)
    recorded_by = user_field()
    recorded_at = models.DateTimeField()
    # The staff's note of what was done about an unsuitable carer.
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True)
    settled_words = models.CharField(_("what was done"), max_length=300, blank=True)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(
                fields=["school"],
                condition=Q(state="unsuitable", settled_at=None),
                name="unsuitable_carers",
            )
        ]
        constraints = [
            ends_after_start("entrusted_ends_after_start"),
            models.CheckConstraint(
                name="disqualified_is_unsuitable",
                condition=Q(disqualifiers=[]) | Q(state="unsuitable"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.starts_on}"


@pghistory.track()
class LeftAlone(models.Model):
    """A fact that somebody told the school: the child is at home alone for a longer time."""

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="left_alone")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    words = models.CharField(_("what is known, and from whom"), max_length=300)
    recorded_by = user_field()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            ends_after_start("left_alone_ends_after_start"),
            models.UniqueConstraint(
                name="alone_once_at_a_time", fields=["student"], condition=Q(ends_on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.starts_on}"


class CareGap(models.Model):
    """A time in which, as far as anybody knows, nobody cares for a child: from when it was noticed until it
    was closed.

    A child has at most one open gap. If a closed gap opens again, it is a new row.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="care_gaps")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in GapKind])
    noticed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-noticed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_gap", fields=["student"], condition=Q(closed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind}"
