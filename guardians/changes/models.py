"""Staff decisions about a family's records (changes of care, merged duplicates), yearly answers, and number
changes.

In a module of its own because of its length; `guardians.models` exports these names too.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from students.models import Student


class GuardianChange(models.Model):
    """A change in who cares for a child or decides about it: since when, who said so, and in which document.

    The dated rows of the change are in Guardianship.
    """

    class Kind(models.TextChoices):
        CARER = "carer", _("Somebody else cares for the child now")
        SEPARATED = "separated", _("The parents have separated")
        CUSTODY = "custody", _("A new custody decision")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="guardian_changes")
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    changed_on = models.DateField(_("from which day"))
    decided_by = models.CharField(_("who decided"), max_length=120)
    document = models.CharField(_("document seen"), max_length=120, blank=True)
    key = models.UUIDField(unique=True)
    recorded_by = user_field()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.changed_on}"


class Merge(models.Model):
    """A merge of two records of one person.

    `moved` lists what was done to each row, so that undoing it restores exactly that.
    """

    school = school_field()
    kept = models.ForeignKey("guardians.Adult", on_delete=models.PROTECT, related_name="merges")
    closed = models.ForeignKey("guardians.Adult", on_delete=models.PROTECT, related_name="closings")
    moved = models.JSONField()
    merged_by = user_field()
    merged_at = models.DateTimeField()
    undone_by = user_field(null=True)
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
    """A decision that these two records belong to different people."""

    school = school_field()
    first = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    decided_by = user_field()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="told_apart_once", fields=["first", "second"]),
            models.CheckConstraint(name="lower_key_first", condition=Q(first__lt=F("second"))),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class DetailsCheck(models.Model):
    """The question to one adult, once a school year, whether what the school knows is still right, and the
    answer.
    """

    school = school_field(db_index=False)
    adult = models.ForeignKey(
        "guardians.Adult", on_delete=models.CASCADE, related_name="details_checks"
    )
    year_starts_on = models.DateField()
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The adult's changes and requests, as [[label, words], …]; empty if everything was right.
    changes = models.JSONField(default=list, blank=True)
    # A change that a teacher has to make (such as a new carer), and when it was made.
    asks_teacher = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True)

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
    """A number or e-mail address of an adult was added or removed.

    We send a notice to each address that the adult had before.
    """

    class What(models.TextChoices):
        WRITTEN = "written"
        REMOVED = "removed"

    school = school_field(db_index=False)
    adult = models.ForeignKey("guardians.Adult", on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=8, choices=What)
    # [kind, address] of each usable number and e-mail address that the adult had before.
    ways = models.JSONField()
    changed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.adult_id} {self.what} {self.changed_at}"
