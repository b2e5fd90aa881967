import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from calls.telling.models import ToldByPhone
from calls.things.models import ThreeThings
from guardians.models import Adult
from schools.fields import school_field
from schools.models import School
from students.models import Student

__all__ = [
    "CalendarFeed",
    "CallPeriod",
    "CallPlace",
    "CallSlot",
    "CallWish",
    "ThreeThings",
    "ToldByPhone",
]


class SlotSpan(Func):
    """The range [starts_at, ends_at) in PostgreSQL: one call may begin when another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()

    def __init__(self, starts="starts_at", ends="ends_at", **extra):
        super().__init__(F(starts), F(ends), Value("[)"), **extra)


@pghistory.track()
class CallPlace(models.Model):
    """A place where a child takes calls: a phone or video room at the school, or a carer's phone at home.

    A phone at home (calls.homes) belongs to the carer; we look up its number when it is to ring.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        VIDEO = "video", _("video room")
        HOME = "home", _("at home")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="call_places")
    name = models.CharField(_("name"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PHONE)
    # What the parent does at the time of the call: the number to dial, or how to join.
    how_to_join = models.CharField(_("number, or how to join"), max_length=120)
    # The number of this phone itself, where Jiaqiao rings the child. If empty, Jiaqiao does not
    # ring here.
    rings_at = models.CharField(
        _("number at which Jiaqiao rings this phone"), max_length=20, blank=True
    )
    is_active = models.BooleanField(_("in use"), default=True)
    carer = models.OneToOneField(
        Adult, on_delete=models.PROTECT, null=True, blank=True, related_name="home_phone"
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "name"],
                condition=~Q(kind="home"),
                name="one_call_place_per_name",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def at_school(cls, place: str = "") -> Q:
        """Match places at the school itself. `place` is the lookup prefix from the row to its place."""
        return ~Q(**{f"{place}kind": cls.Kind.HOME})

    @property
    def is_home(self) -> bool:
        return self.kind == self.Kind.HOME

    @property
    def shown_name(self) -> str:
        """Return the name, in the reader's language if nobody has named the place."""
        return self.get_kind_display() if self.is_home else self.name


@pghistory.track()
class CallPeriod(models.Model):
    """A weekly time when a place takes calls, and the length of one call."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, pgettext_lazy("weekday", "Monday")
        TUESDAY = 1, pgettext_lazy("weekday", "Tuesday")
        WEDNESDAY = 2, pgettext_lazy("weekday", "Wednesday")
        THURSDAY = 3, pgettext_lazy("weekday", "Thursday")
        FRIDAY = 4, pgettext_lazy("weekday", "Friday")
        SATURDAY = 5, pgettext_lazy("weekday", "Saturday")
        SUNDAY = 6, pgettext_lazy("weekday", "Sunday")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="call_periods")
    place = models.ForeignKey(CallPlace, on_delete=models.CASCADE, related_name="periods")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    slot_minutes = models.PositiveSmallIntegerField(_("minutes per call"), default=20)
    # A child may leave this period of the timetable for a call, for example after-school care.
    during_lessons = models.BooleanField(
        _("also while a period of the timetable runs"), default=False
    )

    class Meta:
        ordering = ["weekday", "starts", "pk"]
        constraints = [
            models.CheckConstraint(
                name="call_period_ends_later", condition=Q(ends__gt=F("starts"))
            ),
            models.CheckConstraint(
                name="call_slot_5_to_120_minutes",
                condition=Q(slot_minutes__gte=5) & Q(slot_minutes__lte=120),
            ),
            models.UniqueConstraint(
                fields=["place", "weekday", "starts"], name="one_call_period_per_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}"


@pghistory.track()
class CallSlot(models.Model):
    """A booked call: the child, the place, the time, and the adult on the other end."""

    class State(models.TextChoices):
        BOOKED = "booked", _("booked")
        RUNNING = "running", _("talking now")
        DONE = "done", _("they talked")
        MISSED = "missed", _("did not take place")
        CANCELLED = "cancelled", _("cancelled")

    class BookedBy(models.TextChoices):
        FAMILY = "family", _("family")
        STAFF = "staff", _("school")

    class CancelledBy(models.TextChoices):
        FAMILY = "family", _("by the family")
        STAFF = "staff", _("by the school")
        # Nobody chose to cancel: actions.call_off_barred, call_off_gone and homes.actions.call_off_lost.
        ITSELF = "itself", _("no longer possible")

    class Side(models.TextChoices):
        CHILD = "child", _("nobody came to the phone at the school")
        PARENT = "parent", _("the parent was not reached")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="call_slots")
    place = models.ForeignKey(CallPlace, on_delete=models.PROTECT, related_name="slots")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="call_slots")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="call_slots")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.BOOKED)
    booked_by = models.CharField(_("booked by"), max_length=8, choices=BookedBy)
    booked_at = models.DateTimeField()
    # When the family confirmed the time; set at once if the family booked it.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True, blank=True)
    # Who cancelled. A family that cancels the call itself needs no message.
    cancelled_by = models.CharField(max_length=8, choices=CancelledBy, blank=True)
    # The digit that the parent presses when Jiaqiao rings both sides; empty if they call by
    # themselves.
    join_key = models.CharField(_("key"), max_length=1, blank=True)
    # For a call that Jiaqiao connected: how long it lasted, or which side was not there.
    talked_seconds = models.PositiveIntegerField(_("seconds"), null=True, blank=True)
    missed_side = models.CharField(max_length=6, choices=Side, blank=True)
    # 1 very happy … 5 sad, as on the check-in page.
    mood = models.PositiveSmallIntegerField(_("how the call was"), null=True, blank=True)
    child_mood = models.PositiveSmallIntegerField(
        _("how it was for the child"), null=True, blank=True
    )
    key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["school", "starts_at"], name="calls_of_day"),
            models.Index(F("student"), F("starts_at").desc(), name="calls_of_child"),
            models.Index(fields=["adult", "starts_at"], name="calls_of_adult"),
            # For the query that runs every minute over all schools: see messages.queue_reminders.
            models.Index(
                fields=["starts_at"],
                condition=Q(state__in=["booked", "running"]),
                name="calls_ahead",
            ),
            models.Index(
                fields=["settled_at"], condition=Q(settled_at__isnull=False), name="calls_settled"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="call_slot_ends_later", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="call_moods_1_to_5",
                condition=(Q(mood=None) | Q(mood__gte=1, mood__lte=5))
                & (Q(child_mood=None) | Q(child_mood__gte=1, child_mood__lte=5)),
            ),
            ExclusionConstraint(
                name="one_call_at_a_place_at_a_time",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    (SlotSpan(), RangeOperators.OVERLAPS),
                ],
                condition=~Q(state="cancelled"),
            ),
            ExclusionConstraint(
                name="one_call_of_a_child_at_a_time",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    (SlotSpan(), RangeOperators.OVERLAPS),
                ],
                condition=~Q(state="cancelled"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_ahead(self) -> bool:
        return self.state in (self.State.BOOKED, self.State.RUNNING)

    @property
    def contact_key(self) -> str:
        """Return the `source_key` of the guardians.Contact that records this call."""
        return f"call-slot:{self.pk}"


class CallWish(models.Model):
    """A parent whom none of the offered times suits. The teacher finds a time with them."""

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="call_wishes")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="call_wishes")
    words = models.CharField(_("which time would suit you"), max_length=200, blank=True)
    # Asked for on the phone that Jiaqiao rang, by either the child's side or the parent's.
    by_key = models.BooleanField(default=False, db_default=False)
    key = models.UUIDField(unique=True)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(
                fields=["school", "asked_at"], condition=Q(settled_at=None), name="open_call_wishes"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_open_call_wish",
                fields=["student", "adult"],
                condition=Q(settled_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.adult_id} {self.asked_at:%Y-%m-%d}"


class CalendarFeed(models.Model):
    """The address of one account's calendar (doors/calendars). Anyone who has the address can read it.

    A new secret ends the old address.
    """

    class Door(models.TextChoices):
        STAFF = "staff"
        FAMILY = "family"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    door = models.CharField(max_length=8, choices=Door)
    secret = models.CharField(max_length=43, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "calls_callfeed"  # at first it held only calls
        constraints = [
            models.UniqueConstraint(fields=["user", "door"], name="one_call_feed_per_door")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.door}"
