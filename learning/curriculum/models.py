import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.models import School, SchoolClass


class NotHeld(models.TextChoices):
    TEACHER = "teacher", _("the teacher was away")
    HOUR = "hour", _("the lesson was used for something else")
    CLOSED = "closed", _("no school, an exam or an event")
    CLASS = "class", _("it was not the right moment for this class")


@pghistory.track()
class PlannedLesson(models.Model):
    """The lesson of a class in one week, and whether it was held.

    What a child said or did there is not stored here: it becomes a note, a concern or a report, none of which
    knows about the lesson.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    week_on = models.DateField(_("week"))  # the Monday of the week
    lesson = models.ForeignKey("learning.Lesson", on_delete=models.PROTECT, related_name="+")
    planned_by = user_field()
    planned_at = models.DateTimeField()
    held_on = models.DateField(_("held on"), null=True)
    not_held = models.CharField(_("why it was not held"), max_length=8, blank=True, choices=NotHeld)
    recorded_by = user_field(null=True)
    recorded_at = models.DateTimeField(null=True)
    is_out: bool | None  # annotation of curriculum.queries.with_out

    class Meta:
        ordering = ["week_on", "school_class__grade__number", "school_class__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "week_on"], name="one_lesson_of_a_class_a_week"
            ),
            models.CheckConstraint(
                name="planned_lesson_week_is_monday", condition=Q(week_on__iso_week_day=1)
            ),
            models.CheckConstraint(
                name="planned_lesson_held_or_not",
                condition=Q(held_on=None, not_held="", recorded_by=None, recorded_at=None)
                | (
                    Q(recorded_by__isnull=False, recorded_at__isnull=False)
                    & (Q(held_on__isnull=False, not_held="") | Q(~Q(not_held=""), held_on=None))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.week_on} {self.lesson_id}"

    @property
    def is_recorded(self) -> bool:
        return self.recorded_at is not None
