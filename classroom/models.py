import uuid

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from classroom.news.models import Thanks
from classroom.pictures.models import Picture, PicturedChild
from classroom.weeks.models import ClassWeek
from guardians.models import Adult
from schools.fields import school_field
from schools.models import DateSpan, SchoolClass, ends_after_start
from students.models import Student
from uploads.models import Upload

__all__ = [
    "AttendanceMark",
    "ClassRegister",
    "ClassWeek",
    "Deed",
    "FamilyRequest",
    "HomeworkHelp",
    "LeaveRequest",
    "Letter",
    "MissedHomework",
    "Observation",
    "Picture",
    "PicturedChild",
    "RequestPhoto",
    "Strength",
    "Thanks",
    "Theme",
]


class Strength(models.TextChoices):
    HELPS = "helps", _("helps others")
    PATIENT = "patient", _("is patient")
    KEEPS_AT_IT = "keeps_at_it", _("keeps at it")
    HAS_IDEAS = "has_ideas", _("has ideas")
    SPEAKS_UP = "speaks_up", _("speaks up")
    BRAVE = "brave", _("is brave")


class Theme(models.TextChoices):
    """Themes of a note; a theme is never a diagnosis (product.md A3)."""

    SELF_WORTH = "self_worth", _("low self-esteem")
    IMPULSE = "impulse", _("impulsive")
    DEFIANCE = "defiance", _("often disagrees")
    WITHDRAWAL = "withdrawal", pgettext_lazy("theme", "withdrawn")
    WEARY = "weary", _("does not want to learn")
    OFFENDING = "offending", _("trouble with rules or the law")
    SURROUNDINGS = "surroundings", _("surroundings")
    HOME = "home", pgettext_lazy("theme", "at home")


class Deed(models.TextChoices):
    PRAISED = "praised", _("praised face to face")
    LISTENED = "listened", _("listened")
    STAYED = "stayed", _("stayed a while")
    TOLD_HOME = "told_home", _("talked with the family")
    NOTHING_YET = "nothing_yet", _("nothing yet")


@pghistory.track()
class Observation(models.Model):
    """A note about what an adult at school saw, when and where, and what the adult did. Strengths come first.

    An observation with a strength and `tell_family` is good news. `key` comes from the page, so a note
    that a phone sends twice, or days later, is saved once. A note about several children is one row for
    each child, all with the same `shared_key`, so that each file keeps, moves and erases its own row.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="observations", db_index=False
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shared_key = models.UUIDField(null=True, editable=False)
    words = models.CharField(_("what you saw"), max_length=500, blank=True)
    place = models.CharField(_("where"), max_length=40, blank=True)
    happened_at = models.DateTimeField(_("when"))
    strengths = ArrayField(
        models.CharField(max_length=16, choices=Strength), default=list, blank=True
    )
    themes = ArrayField(models.CharField(max_length=16, choices=Theme), default=list, blank=True)
    deeds = ArrayField(models.CharField(max_length=16, choices=Deed), default=list, blank=True)
    tell_family = models.BooleanField(_("tell the family"), default=False)
    photo = models.ForeignKey(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    voice = models.ForeignKey(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_by = user_field()
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)
    # Reported by another system (`written_by` is its account). Nobody looked at the child, so the
    # note counts nowhere, and any colleague who can read it may take it back.
    is_reported = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(F("student"), F("happened_at").desc(), name="observations_of_child"),
            models.Index(fields=["school", "happened_at"], name="observations_by_age"),
            models.Index(
                F("student"),
                F("happened_at").desc(),
                condition=Q(tell_family=True, retracted_at=None),
                name="good_news_of_child",
            ),
            models.Index(
                fields=["shared_key"],
                condition=Q(shared_key__isnull=False),
                name="shared_observations",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.happened_at:%Y-%m-%d}"


@pghistory.track()
class Letter(models.Model):
    """A letter in which a teacher tells the family in plain words how the child is.

    Good news comes first, and empty parts are left out. A letter is sent once (`sent_at`) and never
    changed afterwards.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="letters")
    good_news = models.CharField(_("good news"), max_length=300)
    body = models.CharField(_("health"), max_length=300, blank=True)
    mood = models.CharField(_("mood"), max_length=300, blank=True)
    learning = models.CharField(_("school"), max_length=300, blank=True)
    you_can_do = models.CharField(_("what you can do this week"), max_length=300, blank=True)
    written_by = user_field()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter home")
        verbose_name_plural = _("letters home")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_letter_in_hand", fields=["student"], condition=Q(sent_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.written_at:%Y-%m-%d}"


@pghistory.track()
class FamilyRequest(models.Model):
    """A request that one adult of the family do one thing by a given day, with the answer."""

    class Answer(models.TextChoices):
        DONE = "done", _("done")
        WILL_DO = "will_do", _("will do it")
        CANNOT = "cannot", _("can't do it")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="family_requests")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="family_requests")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    words = models.CharField(_("what the school asks for"), max_length=300)
    due_on = models.DateField(_("by"))
    asked_by = user_field()
    asked_at = models.DateTimeField()
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, blank=True)
    answer_words = models.CharField(_("in the family's words"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("request to the family")
        verbose_name_plural = _("requests to the family")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["school", "due_on"],
                condition=Q(closed_at=None),
                name="open_family_requests",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.due_on}"

    @property
    def is_open_for_family(self) -> bool:
        """Return whether the family still has to act. "I will do it" does not end a request."""
        return self.answer in ("", self.Answer.WILL_DO)


class RequestPhoto(models.Model):
    """A photo that the family sent as an answer to a request, such as a paper that the school asked for."""

    school = school_field(db_index=False)
    request = models.ForeignKey(FamilyRequest, on_delete=models.CASCADE, related_name="photos")
    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.at:%Y-%m-%d}"


@pghistory.track()
class HomeworkHelp(models.Model):
    """One named person helps a child with homework, on given days at a given time.

    The person is a member of staff, an adult of the family, or a neighbour or older pupil given by name.
    """

    class Ending(models.TextChoices):
        DONE = "done", _("no longer needed")
        STOPPED = "stopped", _("did not work out")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="homework_help")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff = user_field(null=True, blank=True)
    adult = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    somebody = models.CharField(_("a neighbour or an older pupil"), max_length=60, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)  # 0 = Monday
    starts_at = models.TimeField(_("at what time"))
    words = models.CharField(_("what they help with"), max_length=120, blank=True)
    starts_on = models.DateField(_("from"))
    assigned_by = user_field()
    assigned_at = models.DateTimeField()
    ending = models.CharField(_("how it ended"), max_length=8, choices=Ending, blank=True)
    ending_words = models.CharField(_("result"), max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = user_field(null=True)

    class Meta:
        verbose_name = _("help with homework")
        verbose_name_plural = _("help with homework")
        ordering = ["-assigned_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="homework_help_has_one_helper",
                condition=Q(staff__isnull=False, adult__isnull=True, somebody="")
                | Q(staff__isnull=True, adult__isnull=False, somebody="")
                | (Q(staff__isnull=True, adult__isnull=True) & ~Q(somebody="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.starts_on}"


@pghistory.track()
class MissedHomework(models.Model):
    """Homework that a child did not hand in on a day. A retracted row keeps its history."""

    school = school_field(db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="missed_homework", db_index=False
    )
    missed_on = models.DateField(_("day"))
    noted_by = user_field()
    noted_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("missed homework")
        verbose_name_plural = _("missed homework")
        constraints = [
            models.UniqueConstraint(fields=["student", "missed_on"], name="one_miss_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.missed_on}"


class ClassRegister(models.Model):
    """A record that a class's attendance was taken on a day.

    A child without a mark was present, unless the child is in `unseen`.
    """

    school = school_field(db_index=False)
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, related_name="registers", db_index=False
    )
    taken_on = models.DateField(_("day"))
    taken_by = user_field()
    taken_at = models.DateTimeField()
    # Ids of children in the class whose files nobody who took the register may see. The register
    # says nothing about them.
    unseen = ArrayField(models.PositiveBigIntegerField(), default=list, db_default=[])

    class Meta:
        verbose_name = _("attendance register")
        verbose_name_plural = _("attendance registers")
        indexes = [
            models.Index(
                fields=["school", "taken_on"], condition=~Q(unseen=[]), name="register_with_unseen"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["school_class", "taken_on"], name="one_register_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.taken_on}"


@pghistory.track()
class AttendanceMark(models.Model):
    """A child's attendance on a day when it differs from "there": absent, on leave, late or left early.

    A mark that is corrected to `present` stays, with its history.
    """

    class Kind(models.TextChoices):
        PRESENT = "present", pgettext_lazy("attendance", "there")
        ABSENT = "absent", pgettext_lazy("attendance", "absent")
        LATE = "late", pgettext_lazy("attendance", "late")
        LEFT_EARLY = "left_early", pgettext_lazy("attendance", "left early")
        # Written only when a request is agreed to (classroom.leave). The absence is excused, so it
        # is no sign of trouble.
        LEAVE = "leave", pgettext_lazy("attendance", "on leave")

    class Reason(models.TextChoices):
        UNKNOWN = "", _("reason not known")
        ILL = "ill", _("ill")
        FAMILY = "family", _("something in the family")
        WITH_PARENTS = "with_parents", _("with the parents")
        WAY = "way", _("travel or weather")
        OTHER = "other", _("another reason")

    school = school_field(db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="attendance_marks", db_index=False
    )
    marked_on = models.DateField(_("day"))
    kind = models.CharField(_("attendance"), max_length=12, choices=Kind)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    leave = models.ForeignKey(
        "LeaveRequest", on_delete=models.SET_NULL, null=True, blank=True, related_name="marks"
    )
    written_by = user_field()
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("attendance mark")
        verbose_name_plural = _("attendance marks")
        constraints = [
            models.UniqueConstraint(fields=["student", "marked_on"], name="one_mark_a_day")
        ]
        indexes = [
            models.Index(
                fields=["school", "marked_on"], condition=~Q(reason=""), name="reasons_by_age"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.marked_on} {self.kind}"


@pghistory.track()
class LeaveRequest(models.Model):
    """A request by an adult of the family that a child may stay away from school on some days.

    It excuses nothing until a teacher has agreed. If we do not know that the person asking cares for the
    child, a second adult must first confirm the request, by a tap (`called_by` is empty) or on the phone.
    """

    class Collects(models.TextChoices):
        HOME = "home", _("is at home already")
        ADULT = "adult", _("an adult of the family")
        SOMEBODY = "somebody", _("somebody else")
        ALONE = "alone", _("goes home alone")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("leave", "waiting")
        AGREED = "agreed", pgettext_lazy("leave", "agreed")
        DECLINED = "declined", pgettext_lazy("leave", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("leave", "taken back by the family")

    STANDING = (State.ASKED, State.AGREED)
    DECIDED = (State.AGREED, State.DECLINED)

    school = school_field(db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="leave_requests", db_index=False
    )
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="leave_requests")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=16, choices=AttendanceMark.Reason)
    words = models.CharField(_("in the family's words"), max_length=200, blank=True)
    photo = models.ForeignKey(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    collects = models.CharField(_("who collects the child"), max_length=8, choices=Collects)
    collector = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    collector_words = models.CharField(_("who it is"), max_length=80, blank=True)
    asked_at = models.DateTimeField()
    # What the second adult said; None if nobody has answered yet.
    second = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_agrees = models.BooleanField(_("confirmed by a second adult"), null=True, blank=True)
    second_at = models.DateTimeField(null=True, blank=True)
    called_by = user_field(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    answer = models.CharField(_("a word to the family"), max_length=200, blank=True)
    decided_by = user_field(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("request for leave")
        verbose_name_plural = _("requests for leave")
        ordering = ["starts_on", "pk"]
        indexes = [
            models.Index(F("student"), F("starts_on").desc(), name="leave_of_child"),
            models.Index(fields=["school", "ends_on"], name="leave_by_age"),
        ]
        # Avoid "in" here: PostgreSQL writes its list differently once it has been dumped and
        # restored.
        constraints = [
            ends_after_start("leave_ends_after_start"),
            ExclusionConstraint(
                name="one_leave_at_a_time",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="asked") | Q(state="agreed"),
            ),
            models.CheckConstraint(
                name="leave_says_who_collects",
                condition=Q(collects="adult", collector__isnull=False, collector_words="")
                | (Q(collects="somebody", collector=None) & ~Q(collector_words=""))
                | Q(collects="home", collector=None, collector_words="")
                | Q(collects="alone", collector=None, collector_words=""),
            ),
            models.CheckConstraint(
                name="leave_decided_by_somebody",
                condition=(
                    (Q(state="agreed") | Q(state="declined"))
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                )
                | (
                    (Q(state="asked") | Q(state="withdrawn"))
                    & Q(decided_by=None, decided_at=None, answer="")
                ),
            ),
            models.CheckConstraint(
                name="leave_second_is_another",
                condition=Q(second=None, second_agrees=None, second_at=None, called_by=None)
                | (
                    Q(second__isnull=False, second_agrees__isnull=False, second_at__isnull=False)
                    & ~Q(second=F("adult"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.starts_on}"
