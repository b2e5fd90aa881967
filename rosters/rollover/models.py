from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.models import School, SchoolClass, SchoolYear
from students.models import EMPTY, Enrolment, Student


class Rollover(models.Model):
    """How the classes of one school year become those of the next. It is a draft until it is carried out."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        DONE = "done", _("carried out")
        UNDONE = "undone", _("undone")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="rollovers")
    from_year = models.ForeignKey(SchoolYear, on_delete=models.PROTECT, related_name="rollovers")
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    starts_on = models.DateField(_("first day of the new school year"))
    ends_on = models.DateField(_("last day"))
    # The new school and place of children whose whole class leaves.
    left_to = models.CharField(_("where these children go"), max_length=120, **EMPTY)
    begun_by = user_field(db_index=False)
    begun_at = models.DateTimeField()
    done_by = user_field(null=True, db_index=False)
    done_at = models.DateTimeField(null=True)
    # A students.roster_actions.Step for each year, term, grade, class and post written, in order.
    writes = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    undone_by = user_field(null=True, db_index=False)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_rollover_of_a_year",
                fields=["from_year"],
                condition=Q(state="draft") | Q(state="done"),
            ),
            models.CheckConstraint(
                name="rollover_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.starts_on} {self.state}"


class RolloverClass(models.Model):
    """What becomes of one class. `number` is that of the class it becomes, one grade higher."""

    class Goes(models.TextChoices):
        UP = "up", _("moves up")
        FINISHED = "finished", _("has finished school")
        OTHER_SCHOOL = "other_school", _("goes to another school nearby")

    rollover = models.ForeignKey(Rollover, on_delete=models.CASCADE, related_name="classes")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    goes = models.CharField(max_length=12, choices=Goes)
    number = models.PositiveSmallIntegerField()
    # Its class teachers move with it; otherwise `teacher` takes it, or nobody yet.
    keeps_teachers = models.BooleanField(default=True)
    teacher = user_field(null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rollover", "school_class"], name="one_rollover_of_a_class"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.goes}"


class RolloverChild(models.Model):
    """A child who does not move with the class.

    Once carried out, every child has a row, with what was written. `number` is that of the class, in the
    child's present grade, in which the child stays down.
    """

    class Goes(models.TextChoices):
        WITH_CLASS = "with_class", _("goes with the class")
        STAYS = "stays", _("stays down")
        LEAVES = "leaves", _("leaves")

    rollover = models.ForeignKey(Rollover, on_delete=models.CASCADE, related_name="children")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    goes = models.CharField(max_length=10, choices=Goes)
    number = models.PositiveSmallIntegerField(null=True)
    left_reason = models.CharField(
        _("why"), max_length=14, choices=Enrolment.Left, blank=True, default=""
    )
    left_to = models.CharField(_("where to"), max_length=120, blank=True, default="")
    writes = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rollover", "student"], name="one_rollover_of_a_child")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.goes}"
