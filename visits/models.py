"""The school's duties towards families, and the visits and calls that fulfil them."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from schools.fields import school_field
from schools.models import School, SchoolClass
from students.models import Student

WORDS_MAX = 500  # characters of a note about a visit or a call


@pghistory.track()
class Duty(models.Model):
    """One thing that the school must do in a term or a month.

    visits.actions.duties creates it from the school's calendar.

    `key` ("home:<term>:<child>") makes a second run harmless. A visit, a meeting or a call settles the
    duty; nobody can tick it off directly.
    """

    class Kind(models.TextChoices):
        HOME_VISIT = "home_visit", _("home visit once a term")
        CARERS_MEETING = "carers_meeting", _("carers' meeting once a term")
        PARENT_CALL = "parent_call", _("call to a parent once a month")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    # The child's class when the duty was created; for a meeting, the class that meets.
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="duties")
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, null=True, blank=True, related_name="duties"
    )
    starts_on = models.DateField(_("from"))
    due_on = models.DateField(_("due"))
    done_on = models.DateField(_("done"), null=True, blank=True)
    put_off_until = models.DateField(_("put off until"), null=True, blank=True)
    key = models.CharField(max_length=60, unique=True)
    # Annotations of queries.calls_due.
    class_name: str
    last_outcome: str | None
    last_at: datetime

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["school", "kind", "due_on"]),
            models.Index(fields=["student", "kind", "due_on"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="duty_of_a_child_or_a_class",
                condition=Q(kind="carers_meeting", student=None)
                | (~Q(kind="carers_meeting") & Q(student__isnull=False)),
            ),
            models.CheckConstraint(
                name="duty_due_after_start", condition=Q(due_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Fact(models.TextChoices):
    """What a visitor can see or hear at a home: facts, never a judgement of a child or a family."""

    ADULT_THERE = "adult_there", _("An adult who looks after the child was there")
    CHILD_THERE = "child_there", _("The child was there")
    CARER_COPES = "carer_copes", _("The carer walks, cooks and shops without help")
    FOOD = "food", _("There was food in the house, or a meal on the stove")
    OWN_BED = "own_bed", _("The child has their own place to sleep")
    DESK = "desk", _("There is a table and light for homework")
    PHONE = "phone", _("The phone for calling the parents works")
    DANGER = "danger", _("Open water, fire, wires or pesticide within reach")
    NIGHTS_ALONE = "nights_alone", _("The child said that nobody else is there at night")


# Facts that are reported to a named adult at the school at once, not only written down
# (safeguarding reads them). Living alone under sixteen, and danger at home: Minors Protection Law,
# Art. 17 and 21.
ALARMING = [Fact.NIGHTS_ALONE.value, Fact.DANGER.value]


class Outcome(models.TextChoices):
    MET_CARER = "met_carer", _("met the carer")
    MET_OTHER = "met_other", _("met someone else in the family")
    NOBODY = "nobody", _("nobody at home")
    MOVED = "moved", _("moved away")
    REFUSED = "refused", _("family did not want a visit")


# Outcomes with which a home visit counts as made; any other leaves the duty open.
MET = [Outcome.MET_CARER.value, Outcome.MET_OTHER.value]


@pghistory.track()
class Visit(models.Model):
    """A visit: due, planned for a day, or made. It stays one row from the first day to the outcome.

    `key` comes from the page, so that an outcome that arrives twice is saved once.
    """

    class Kind(models.TextChoices):
        HOME = "home", _("home visit")
        AT_SCHOOL = "at_school", _("talk at school")
        ELSEWHERE = "elsewhere", _("talk elsewhere")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="visits")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="visits")
    duty = models.ForeignKey(
        Duty, on_delete=models.SET_NULL, null=True, blank=True, related_name="visits"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.HOME)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    due_on = models.DateField(_("due"))
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    place_in_walk = models.PositiveSmallIntegerField(_("place in the walk"), default=0)
    goes = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who visits"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
    )
    # The village worker goes: the person who holds that post in the child's village.
    by_village = models.BooleanField(_("the village worker visits"), default=False)
    put_off_until = models.DateField(_("put off until"), null=True, blank=True)
    asked_by = user_field(null=True)
    called_off_at = models.DateTimeField(null=True, blank=True)

    visited_on = models.DateField(_("day of the visit"), null=True, blank=True)
    outcome = models.CharField(_("how it went"), max_length=10, choices=Outcome, blank=True)
    met = models.ManyToManyField(Adult, verbose_name=_("who you met"), related_name="+")
    facts = ArrayField(
        models.CharField(max_length=16, choices=Fact), verbose_name=_("what was seen"), default=list
    )
    words = models.CharField(_("in your own words"), max_length=WORDS_MAX, blank=True)
    key = models.UUIDField(unique=True, null=True, editable=False)
    recorded_by = user_field(null=True)
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["school", "due_on"],
                name="open_visits",
                condition=Q(recorded_at=None, called_off_at=None),
            ),
            models.Index(fields=["student", "-visited_on"]),
            # Read every few seconds; holds only a few rows.
            models.Index(
                fields=["recorded_at"],
                name="alarming_visits",
                condition=Q(facts__overlap=ALARMING),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="visit_recorded_whole",
                condition=Q(recorded_at=None, outcome="", visited_on=None)
                | (Q(recorded_at__isnull=False, visited_on__isnull=False) & ~Q(outcome="")),
            ),
            models.UniqueConstraint(
                name="one_open_visit_per_duty",
                fields=["duty"],
                condition=Q(recorded_at=None, called_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.due_on}"


@pghistory.track()
class Agreement(models.Model):
    """An agreement made at a visit: who does what, and by when."""

    class Who(models.TextChoices):
        SCHOOL = "school", _("the school")
        CARER = "carer", _("the carer")
        PARENTS = "parents", _("the parents")
        CHILD = "child", _("the child")
        VILLAGE = "village", _("the village")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="agreements")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="agreements")
    who = models.CharField(_("who"), max_length=8, choices=Who)
    what = models.CharField(_("does what"), max_length=120)
    by_on = models.DateField(_("by when"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["school", "by_on"], name="open_agreements", condition=Q(done_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"


@pghistory.track()
class CallLog(models.Model):
    """A call from the school to an adult of a family.

    It is opened with one tap before dialling and ended with one tap afterwards, or recorded later. `key`
    comes from the page, so a double tap opens only one call.
    """

    class Outcome(models.TextChoices):
        TALKED = "talked", _("we talked")
        NO_ANSWER = "no_answer", _("no answer")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        CALLS_BACK = "calls_back", _("will call back")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="call_logs")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="call_logs")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="call_logs")
    started_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    outcome = models.CharField(_("how it went"), max_length=12, choices=Outcome, blank=True)
    words = models.CharField(_("in your own words"), max_length=WORDS_MAX, blank=True)
    # The child spoke with the parent on the school's phone, which also counts as a contact
    # (guardians).
    child_spoke = models.BooleanField(_("the child also spoke with them"), default=False)
    key = models.UUIDField(unique=True, editable=False)
    called_by = user_field()

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["student", "-started_at"]),
            models.Index(fields=["called_by"], condition=Q(outcome=""), name="calls_not_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.adult_id} {self.started_at:%Y-%m-%d}"


@pghistory.track()
class Meeting(models.Model):
    """A meeting of one class's carers: who came and what they discussed."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="carers_meetings")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="carers_meetings"
    )
    held_on = models.DateField(_("day"))
    came = models.ManyToManyField(Adult, verbose_name=_("who came"), related_name="+")
    words = models.CharField(_("what was discussed and agreed"), max_length=WORDS_MAX)
    key = models.UUIDField(unique=True, editable=False)
    recorded_by = user_field()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.held_on}"
