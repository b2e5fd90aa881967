from typing import Any

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from messaging.ladder.models import LadderSettings, LadderStep, Rung
from messaging.plans.models import (
    AdultRhythm,
    MarkedDate,
    OccasionKind,
    OccasionSeen,
    OccasionSetting,
)
from schools.fields import school_field
from schools.models import School
from students.models import Student
from uploads.models import Upload

__all__ = [
    "AdultRhythm",
    "Answer",
    "CheckIn",
    "CheckInLine",
    "CheckInPlan",
    "FollowUp",
    "LadderSettings",
    "LadderStep",
    "MarkedDate",
    "OccasionKind",
    "OccasionSeen",
    "OccasionSetting",
    "Reminder",
    "Reply",
]


@pghistory.track()
class CheckInPlan(models.Model):
    """The plan for how often we ask the parents of one child. Every child with a parent away has one."""

    CHOSEN = ("own_every_days", "paused_until", "paused_reason")  # what staff enter in one form

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="check_in_plans")
    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="check_in_plan")
    every_days = models.PositiveSmallIntegerField(_("days between two questions"), default=7)
    # The local date, in the time zone of the adult we ask, on which the next question is due.
    next_due_on = models.DateField(_("next question on"))
    # The child's own rhythm. None: `every_days` follows the school's rhythm.
    own_every_days = models.PositiveSmallIntegerField(_("own rhythm"), null=True, blank=True)
    # The kind of date that brought the next question forward, if one did.
    occasion = models.CharField(max_length=12, choices=OccasionKind, blank=True, db_default="")
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    paused_reason = models.CharField(_("why"), max_length=120, blank=True, db_default="")
    # From this day on, no question could reach a parent. As soon as one can be reached, the question is due.
    unreachable_since = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_due_on"], condition=Q(ended_on=None), name="plans_due"),
            models.Index(
                fields=["student"],
                condition=Q(unreachable_since__isnull=False),
                name="plans_unreachable",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="plan_rhythm", condition=Q(every_days__gte=1) & Q(every_days__lte=31)
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} / {self.every_days}"


class CheckIn(models.Model):
    """One question to one adult on one local date. Siblings are its lines.

    Its ladder (LadderStep) climbs until somebody answers. If the ladder asks another adult, that adult gets a
    check-in of their own with `first` set; it climbs no ladder.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for an answer")
        NOT_YET = "not_yet", _("not yet; will be asked again")
        ASKED_AGAIN = "asked_again", _("asked again")
        NOBODY_REACHED = "nobody_reached", _("nobody reached: a task for the teacher")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")

    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="check_ins", db_index=False
    )
    adult = models.ForeignKey(
        Adult, on_delete=models.CASCADE, related_name="check_ins", db_index=False
    )
    due_on = models.DateField(_("day, where the adult is"))
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    step = models.PositiveSmallIntegerField(default=0)
    # The last step taken or skipped (rules.Rung).
    rung = models.CharField(max_length=12, choices=Rung, default=Rung.ASK)
    first = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="others",
        db_index=False,
    )
    # The kind of date that brought the question forward; "" in the usual rhythm.
    occasion = models.CharField(max_length=12, choices=OccasionKind, blank=True, db_default="")
    # The carer at home is asked whether child and parent have talked: the parent asked in `first`.
    as_carer = models.BooleanField(default=False)
    not_yet_count = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-due_on", "-pk"]
        indexes = [
            models.Index(
                fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="ladder_due"
            ),
            models.Index(fields=["school", "due_on"]),
            models.Index(
                fields=["first"], condition=Q(first__isnull=False), name="asked_on_the_way"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["adult", "due_on"], name="one_question_per_adult_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.adult} {self.due_on}"


class Answer(models.TextChoices):
    TALKED = "talked", _("We talked")
    NOT_YET = "not_yet", _("Not yet")
    NEED_HELP = "need_help", _("I need help")


class CheckInLine(models.Model):
    """One child of a check-in, with the answer that counts now. Reply keeps all answers."""

    school = school_field(db_index=False)
    check_in = models.ForeignKey(
        CheckIn, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="check_in_lines")
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    mood = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_in", "student"], name="one_line_per_child"),
            models.CheckConstraint(
                name="mood_1_to_5", condition=Q(mood__isnull=True) | Q(mood__gte=1, mood__lte=5)
            ),
        ]
        indexes = [
            models.Index(
                fields=["school", "check_in"], condition=~Q(words=""), name="lines_with_words"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.answer}"


class Reply(models.Model):
    """One act on a family page, append-only.

    `key` is the page's single-use key: a second tap, a reload or a replayed request with the same key changes
    nothing.
    """

    class Act(models.TextChoices):
        ANSWER = "answer"
        MORE = "more"
        UNDO = "undo"

    school = school_field()
    line = models.ForeignKey(CheckInLine, on_delete=models.PROTECT, related_name="replies")
    key = models.CharField(max_length=40)
    act = models.CharField(max_length=8, choices=Act)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    mood = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)
    # Spoken instead of written. For a tap about several children, stored with the first child's reply.
    voice = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    wants_call = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "key", "act"], name="one_reply_per_act"),
        ]
        indexes = [
            # The threads package queries these every few seconds.
            models.Index(
                fields=["at"],
                condition=Q(voice__isnull=False) | Q(wants_call=True),
                name="replies_to_hear",
            ),
            models.Index(
                fields=["school", "at"],
                condition=~Q(words="") | Q(voice__isnull=False),
                name="replies_by_age",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.act} {self.answer}"


class FollowUp(models.Model):
    """A task for the teacher, with its cause. A child has one open task at a time.

    It has no check-in if there was nobody to ask or no way to reach them.
    """

    class Cause(models.TextChoices):
        NO_ANSWER = "no_answer", _("asked, and nobody answered")
        NOT_YET = "not_yet", _("asked several times, not talked yet")
        NO_WAY = "no_way", _("no parent away has a number or address we can use")
        NOBODY_TO_ASK = "nobody_to_ask", _("no parent who may be asked")
        NOBODY_NOW = "nobody_now", _("everyone who may be asked has paused questions")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("I reached the family")
        TALKED = "talked", _("The child and a parent talked")
        NOBODY = "nobody", _("Nobody answered")
        ASKED = "asked", _("A parent can be asked again")  # this and the next one nobody chooses
        LEFT = "left", _("The child has left the school")

        @classmethod
        def by_hand(cls) -> list[tuple[str, Any]]:
            return [choice for choice in cls.choices if choice[0] not in (cls.ASKED, cls.LEFT)]

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="follow_ups")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="follow_ups")
    check_in = models.ForeignKey(
        CheckIn, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )
    cause = models.CharField(max_length=14, choices=Cause, default=Cause.NO_ANSWER)
    opened_at = models.DateTimeField()
    put_off_until = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["school", "opened_at"], condition=Q(done_at=None), name="open_follow_ups"
            ),
            models.Index(
                fields=["done_at"], condition=Q(outcome="left"), name="follow_ups_of_leavers"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["check_in", "student"], name="one_follow_up_per_line"),
            models.UniqueConstraint(
                fields=["student"], condition=Q(done_at=None), name="one_open_follow_up_per_child"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.opened_at:%Y-%m-%d}"


@pghistory.track()
class Reminder(models.Model):
    """A colleague's request that a child's class teacher get in touch with the family.

    It stores no addressee: it appears on the Today page of the class teacher of that day.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="reminders")
    asked_by = user_field()
    on = models.DateField()
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "asked_by", "on"], name="one_reminder_a_day_and_asker"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.on}"
