"""What staff decided about a family's records: changes of care, merged duplicates, yearly answers, numbers.

Kept apart from models.py for its length; `guardians.models` gives these names too.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schools.models import School
from students.models import Student


class GuardianChange(models.Model):
    """Who cares for or decides about a child became another: since when, who said so, on which
    paper. The dated rows of the change stand in Guardianship.
    """

    class Kind(models.TextChoices):
        CARER = "carer", _("Somebody else cares for the child now")
        SEPARATED = "separated", _("The parents have separated")
        CUSTODY = "custody", _("A new custody decision")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="guardian_changes")
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    changed_on = models.DateField(_("from which day"))
    decided_by = models.CharField(_("who decided"), max_length=120)
    document = models.CharField(_("document seen"), max_length=120, blank=True)
    key = models.UUIDField(unique=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.changed_on}"


class Merge(models.Model):
    """Two records of one person became one; `moved` says of each row what was done to it, so that
    undoing puts back exactly that.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    kept = models.ForeignKey("guardians.Adult", on_delete=models.PROTECT, related_name="merges")
    closed = models.ForeignKey("guardians.Adult", on_delete=models.PROTECT, related_name="closings")
    moved = models.JSONField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    merged_at = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="closed_once_at_a_time", fields=["closed"], condition=Q(undone_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.closed_id} → {self.kept_id}"


class DifferentAdults(models.Model):
    """Somebody looked: these two are two people."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="told_apart_once", fields=["first", "second"]),
            models.CheckConstraint(name="lower_key_first", condition=Q(first__lt=F("second"))),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class DetailsCheck(models.Model):
    """Once a school year a family is asked whether what the school knows of it is still right."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    adult = models.ForeignKey(
        "guardians.Adult", on_delete=models.CASCADE, related_name="details_checks"
    )
    year_starts_on = models.DateField()
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # What they changed or asked for, as [[label, words], …]; empty: all was right.
    changes = models.JSONField(default=list, blank=True)
    # A change that a teacher has to make (somebody else cares), and when it was made.
    asks_teacher = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-year_starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(name="asked_once_a_year", fields=["adult", "year_starts_on"])
        ]
        indexes = [
            models.Index(
                fields=["school"],
                condition=~Q(asks_teacher="") & Q(settled_at=None),
                name="details_for_teacher",
            )
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.year_starts_on}"


class NumberChange(models.Model):
    """A number or e-mail of an adult was written down or taken away: told over each way that stood before."""

    class What(models.TextChoices):
        WRITTEN = "written"
        REMOVED = "removed"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    adult = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=8, choices=What)
    # [kind, address] of each number and e-mail address before.
    ways = models.JSONField()
    changed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.adult_id} {self.what} {self.changed_at}"
