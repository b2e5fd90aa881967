"""The shared queue: schools that hand concerns to counsellors of other schools in their county.

A brief describes a child's trouble without naming the child; only the counsellor who accepts it learns who
it is.
"""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from counselling.cases.models import Case, Sealed
from counselling.letters.models import Referral
from counselling.pool import rules
from guardians.models import Adult
from schools.fields import school_field
from schools.models import County, School
from students.models import Student


@pghistory.track()
class PoolSchool(models.Model):
    """A school that puts concerns into the queue, from the day its principal joined until it left."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="pool_memberships")
    joined_at = models.DateTimeField()
    joined_by = user_field()
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = user_field(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school"], condition=Q(left_at=None), name="school_in_pool_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.joined_at:%Y-%m-%d}"


@pghistory.track()
class PoolMember(models.Model):
    """A counsellor who agrees to take on children of other schools in the county, and how many."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pool_memberships"
    )
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="pool_members")
    capacity = models.PositiveSmallIntegerField(
        _("how many children at a time"),
        default=rules.CAPACITY_USUAL,
        validators=[MaxValueValidator(rules.CAPACITY_MOST)],
    )
    agreed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="pool_member_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.capacity}"


class Brief(Sealed):
    """What other counsellors read before one of them accepts.

    The encrypted text is one JSON object: `words` (shown) and `ground` (why the law allows it; never shown
    to the queue). After acceptance only the ground stays; otherwise both are deleted.
    """

    BOUND = ("student_id", "concern_id", "made_by_id")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("a brief", "waiting")
        ACCEPTED = "accepted", pgettext_lazy("a brief", "accepted")
        TAKEN_BACK = "taken_back", pgettext_lazy("a brief", "taken back")
        ENDED = "ended", pgettext_lazy("a brief", "the concern was closed")

    class Trouble(models.TextChoices):
        """What an adult sees, never a condition that a child is thought to have."""

        SAD = "sad", _("often sad, cries easily")
        ALONE = "alone", _("keeps apart, hardly speaks")
        SLEEP = "sleep", _("sleeps or eats badly, is always tired")
        PAIN = "pain", _("often in pain, and no doctor finds why")
        ANGER = "anger", _("gets angry quickly, fights, breaks things")
        AFRAID = "afraid", _("is afraid, startles, clings")
        SCHOOL = "school", _("does not want to come to school")
        TEASED = "teased", _("is teased or left out, or teases others")
        MISSING = "missing", _("misses a parent who is far away")
        HOME = "home", _("quarrels or trouble at home")
        LOSS = "loss", _("somebody has died or gone away")
        PHONE = "phone", _("cannot put the phone down")

    class Done(models.TextChoices):
        TALKED = "talked", _("somebody has talked with the child")
        FAMILY = "family", _("somebody has talked with the family")
        TEACHER = "teacher", _("the class teacher looks after the child")
        VISIT = "visit", _("somebody was at the child's home")
        DOCTOR = "doctor", _("the child has seen a doctor")

    class Ask(models.TextChoices):
        PHONE = "phone", _("talks with the child by phone or picture")
        THERE = "there", _("talks with the child at the school")
        FAMILY = "family", _("a talk with the family")
        ADVICE = "advice", _("advice for us teachers")

    class Language(models.TextChoices):
        STANDARD = "standard", _("Standard Chinese")
        DIALECT = "dialect", _("the local dialect")
        OTHER = "other", _("another language; somebody here interprets")

    class Reach(models.TextChoices):
        """From the county town to the school."""

        NEAR = "near", _("less than half an hour")
        MIDDLE = "middle", _("half an hour to an hour")
        FAR = "far", _("more than an hour")
        CANNOT = "cannot", _("nobody can come: phone only")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="briefs")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="briefs")
    concern = models.ForeignKey(
        "safeguarding.Concern", on_delete=models.PROTECT, related_name="briefs"
    )
    # Random for each brief, so that no two briefs show that they are about the same child.
    code = models.CharField(max_length=rules.CODE_LENGTH, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    age_band = models.CharField(max_length=6, blank=True)
    grade_band = models.CharField(max_length=6, blank=True)
    troubles = ArrayField(models.CharField(max_length=10, choices=Trouble), default=list)
    done = ArrayField(models.CharField(max_length=10, choices=Done), default=list)
    asks = ArrayField(models.CharField(max_length=10, choices=Ask), default=list)
    language = models.CharField(max_length=10, choices=Language)
    reach = models.CharField(max_length=10, choices=Reach)
    # Days on which the school can receive somebody, Monday = 1.
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    consent_by = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, related_name="briefs_agreed"
    )
    consent_how = models.CharField(max_length=8, choices=Referral.ConsentHow, blank=True)
    consent_on = models.DateField(null=True, blank=True)
    ground = models.CharField(max_length=10, choices=Referral.Ground, blank=True)
    made_by = user_field()
    made_at = models.DateTimeField()
    # The moment from which we tell the school that nobody has taken it.
    late_at = models.DateTimeField()
    late_told_at = models.DateTimeField(null=True, blank=True)  # see news.py
    ended_at = models.DateTimeField(null=True, blank=True)  # accepted, taken back or closed

    class Meta:
        verbose_name = _("brief")
        verbose_name_plural = _("briefs")
        constraints = [
            models.UniqueConstraint(
                fields=["student"], condition=Q(state="waiting"), name="one_brief_waits_per_child"
            ),
            models.CheckConstraint(
                name="brief_says_what_allows_it",
                condition=Q(consent_by__isnull=False, consent_on__isnull=False, ground="")
                | (Q(consent_by__isnull=True) & ~Q(ground="")),
            ),
        ]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(state="waiting"), name="briefs_waiting"),
            models.Index(fields=["concern", "-made_at"], name="briefs_of_concern"),
        ]

    def __str__(self) -> str:
        return f"brief {self.code}"


class BriefTold(models.Model):
    """A notification about a brief.

    A counsellor was told that it waits, or the child's school that nobody took it. Each person is told once,
    and once more if the brief has become urgent since (news.py). One message may cover several briefs.
    """

    class Kind(models.TextChoices):
        WAITS = "waits", pgettext_lazy("told of a brief", "that it waits")
        URGENT = "urgent", pgettext_lazy("told of a brief", "that it is urgent")
        LATE = "late", pgettext_lazy("told of a brief", "that nobody took it")

    school = school_field(db_index=False)
    brief = models.ForeignKey(
        Brief, on_delete=models.PROTECT, related_name="told", db_index=False
    )  # the unique key begins with it
    user = user_field()
    kind = models.CharField(max_length=6, choices=Kind)
    message_key = models.CharField(max_length=100)  # OutboxMessage.dedupe_key
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brief", "user", "kind"], name="told_of_a_brief_once"),
        ]
        indexes = [
            models.Index(fields=["message_key"], name="told_by_message"),
            models.Index(fields=["at"], name="told_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.brief_id} {self.user_id}"


class Engagement(models.Model):
    """A counsellor of another school keeps this one case until it is closed, given back or taken back.

    It gives access to the case and nothing else at that school (cases/policies.py).
    """

    class Ending(models.TextChoices):
        CLOSED = "closed", _("the case was closed")
        GIVEN_BACK = "given_back", _("given back")
        SCHOOL = "school", _("the school took it back")
        HANDED_OVER = "handed_over", _("goes on with a counsellor of the school")

    school = school_field(db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="engagements")
    brief = models.OneToOneField(Brief, on_delete=models.PROTECT, related_name="engagement")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="engagements"
    )
    from_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=12, choices=Ending, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="one_engagement_per_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"
