from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from rosters.civil.models import CivilList
from rosters.rollover.models import Rollover, RolloverChild, RolloverClass
from schools.models import School
from students.models import Student

__all__ = [
    "CivilList",
    "Rollover",
    "RolloverChild",
    "RolloverClass",
    "RosterImport",
    "RosterResult",
]


class RosterImport(models.Model):
    """One uploaded file and its import.

    The row holds the file itself, so that a worker on another machine reads the same bytes and no folder
    keeps copies.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("columns not matched yet")
        CHECKED = "checked", _("ready to review")
        QUEUED = "queued", _("in the queue")
        RUNNING = "running", _("being imported")
        DONE = "done", _("imported")
        FAILED = "failed", _("not imported")
        UNDONE = "undone", _("undone")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="roster_imports")
    uploaded_by = user_field()
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    sheet = models.CharField(max_length=60, blank=True)
    # Column (from 0, as text) → rosters.columns.Field; "" = not used. Empty until the user has
    # confirmed the columns.
    mapping = models.JSONField(default=dict)
    # What the user chose in the preview: {"14,id_number": "", "271,row": "skip", "class,,四3": "4.2"}.
    decisions = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    rows_total = models.PositiveIntegerField(default=0)
    started_by = user_field(null=True)
    queued_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    # Classes that this import created; undoing it deletes them.
    made_class_ids = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)
    undone_by = user_field(null=True)

    class Meta:
        ordering = ["-uploaded_at"]
        indexes = [
            models.Index(fields=["school", "-uploaded_at"]),
            models.Index(
                fields=["queued_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="roster_imports_to_do",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class RosterResult(models.Model):
    """What the import did with one row, for people (`changes`) and for undoing it (`writes`)."""

    class Kind(models.TextChoices):
        CREATED = "created", _("new")
        CHANGED = "changed", _("changed")
        LEFT = "left", _("unchanged")
        SKIPPED = "skipped", _("left out")

    roster_import = models.ForeignKey(
        RosterImport, on_delete=models.CASCADE, related_name="results"
    )
    row_number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    student = models.ForeignKey(Student, on_delete=models.SET_NULL, null=True, related_name="+")
    student_name = models.CharField(max_length=60)
    # [{"field", "before", "after", "kept"}]; for a row that was left out [{"field", "code",
    # "facts"}].
    changes = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    # A students.roster_actions.Step for every row written, in order.
    writes = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["row_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["roster_import", "row_number"], name="one_result_per_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.row_number} {self.kind}"
