"""A school's own waits, and each step that a question's ladder has taken, with its cause."""

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from messaging import rules
from schools.fields import school_field
from schools.models import School

WORDS_AT_MOST = 40  # characters; together with school and link, one SMS of 70
WAITS = ("ask_again", "other_way", "other_adult", "tell_teacher", "village")


class Rung(models.TextChoices):
    """rules.Rung with labels."""

    ASK = "ask", _("ask")
    ASK_AGAIN = "ask_again", _("ask again")
    OTHER_WAY = "other_way", _("by another way")
    OTHER_ADULT = "other_adult", _("another adult of the family")
    TELL_TEACHER = "tell_teacher", _("a task for the class teacher")
    VILLAGE = "village", _("a visit by the village worker")


def _wait(label, default: int, **kwargs) -> models.PositiveSmallIntegerField:
    limits = [MinValueValidator(1), MaxValueValidator(rules.STEP_WAIT_AT_MOST_DAYS)]
    return models.PositiveSmallIntegerField(label, default=default, validators=limits, **kwargs)


@pghistory.track()
class LadderSettings(models.Model):
    """One school's ladder: the days to wait before each step. Empty = the school does not use the step.

    A school without a row has the defaults of messaging/rules.py.
    """

    school = models.OneToOneField(
        School, on_delete=models.CASCADE, primary_key=True, related_name="ladder_settings"
    )
    ask_again = _wait(_("ask again"), rules.ASK_AGAIN_AFTER_DAYS, null=True, blank=True)
    other_way = _wait(_("by another way"), rules.OTHER_WAY_AFTER_DAYS, null=True, blank=True)
    other_adult = _wait(
        _("another adult of the family"), rules.OTHER_ADULT_AFTER_DAYS, null=True, blank=True
    )
    tell_teacher = _wait(_("a task for the class teacher"), rules.TELL_TEACHER_AFTER_DAYS)
    village = _wait(
        _("a visit by the village worker"), rules.VILLAGE_AFTER_DAYS, null=True, blank=True
    )
    # The school's own sentence in the question, for families who read Chinese; empty = the usual text.
    ask_words = models.CharField(_("the question"), max_length=WORDS_AT_MOST, blank=True)
    again_words = models.CharField(_("asked once more"), max_length=WORDS_AT_MOST, blank=True)
    changed_at = models.DateTimeField()
    changed_by = user_field(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name=f"ladder_{name}_days",
                condition=Q(**{f"{name}__isnull": True})
                | Q(
                    **{
                        f"{name}__gte": 1,
                        f"{name}__lte": rules.STEP_WAIT_AT_MOST_DAYS,
                    }
                ),
            )
            for name in WAITS
        ]

    def __str__(self) -> str:
        return f"{self.school_id}"

    @property
    def ladder(self) -> rules.Ladder:
        return rules.Ladder(**{name: getattr(self, name) for name in WAITS})


class LadderStep(models.Model):
    """A step after the first question, append-only. The first question is the check-in itself.

    It belongs to a check-in or, for the village worker's visit, to a teacher's task. `cause` is a short code
    (texts.STEP_CAUSES) that says why the step was taken or skipped. `number` is the step number of the
    message, CheckIn.step.
    """

    school = school_field(db_index=False)
    check_in = models.ForeignKey(
        "messaging.CheckIn",
        on_delete=models.PROTECT,
        null=True,
        related_name="steps",
        db_index=False,
    )
    follow_up = models.ForeignKey(
        "messaging.FollowUp",
        on_delete=models.PROTECT,
        null=True,
        related_name="steps",
        db_index=False,
    )
    rung = models.CharField(max_length=12, choices=Rung)
    number = models.PositiveSmallIntegerField(default=0)
    is_taken = models.BooleanField(default=True)
    cause = models.CharField(max_length=20)
    # The adult asked; for the teacher's task and the visit, the adult it is about.
    adult = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_in", "rung", "number", "adult"],
                name="one_step_of_a_kind",
            ),
            models.UniqueConstraint(fields=["follow_up", "rung"], name="one_step_of_a_task"),
            models.CheckConstraint(
                name="step_of_something",
                condition=Q(check_in__isnull=False) | Q(follow_up__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.check_in_id or self.follow_up_id} {self.rung}"
