import uuid
from datetime import datetime

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from guardians.models import Adult
from meetings import rules
from meetings.experts.models import Expert
from meetings.photos.models import MeetingPhoto
from schools.fields import school_field
from schools.models import SchoolClass
from students.models import Student

__all__ = ["Expert", "Meeting", "MeetingChild", "MeetingInvitation", "MeetingPhoto"]

TITLE_AT_MOST = 60  # characters; one line on a phone at the size in which families read
WORDS_AT_MOST = 1000  # characters; what a meeting is about, not a letter
LINE_AT_MOST = 120  # characters; a place, a number to dial
WISH_AT_MOST = 300  # characters; a sentence or two
MINUTES_AT_MOST = 5000  # characters; two pages


@pghistory.track()
class Meeting(models.Model):
    """A meeting to which the school invites the adults of some children.

    Whom it concerns is fixed when it is made (`MeetingChild`, `MeetingInvitation`). Moving it keeps the
    answers but makes them outdated: those who answered before `moved_at` are asked again.
    """

    class Kind(models.TextChoices):
        PARENTS = "parents", _("parent meeting")
        CARERS = "carers", _("carers' meeting")
        TALK = "talk", _("expert talk")
        HOME_SCHOOL = "home_school", _("home–school day")
        VISIT_DAY = "visit_day", _("visit day")

    class Scope(models.TextChoices):
        SCHOOL = "school", _("the whole school")
        GRADES = "grades", _("grades")
        CLASSES = "classes", _("classes")
        CHILDREN = "children", _("some children")

    school = school_field(db_index=False)
    author = user_field()
    # Comes from the page: a form that is sent twice makes one meeting.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind of meeting"), max_length=11, choices=Kind)
    title = models.CharField(_("title"), max_length=TITLE_AT_MOST)
    words = models.TextField(_("what it is about"), max_length=WORDS_AT_MOST, blank=True)
    place = models.CharField(_("where"), max_length=LINE_AT_MOST)
    # How somebody far away takes part; empty: they cannot.
    remote = models.CharField(_("by phone or video"), max_length=LINE_AT_MOST, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    # Minutes of a talk with one family, which parents book; null: everybody comes at once.
    slot_minutes = models.PositiveSmallIntegerField(_("minutes for each family"), null=True)
    # The speaker from outside; their record was looked up within the year before (schools.record_checks).
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, related_name="meetings")
    scope = models.CharField(_("who is invited"), max_length=8, choices=Scope)
    # Numbers of grades, ids of classes or children, depending on `scope`; empty for the whole school.
    picked = ArrayField(models.PositiveBigIntegerField(), default=list)
    made_at = models.DateTimeField()
    moves = models.PositiveSmallIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)
    off_by = user_field(null=True)
    off_reason = models.CharField(_("why"), max_length=200, blank=True)
    minutes = models.TextField(
        pgettext_lazy("of a meeting", "minutes"), max_length=MINUTES_AT_MOST, blank=True
    )
    minutes_shown = models.BooleanField(_("the invited families may read them"), default=False)
    minutes_by = user_field(null=True)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        indexes = [
            models.Index(F("school"), F("starts_at").desc(), name="meetings_of_school"),
            models.Index(fields=["starts_at"], condition=Q(off_at=None), name="meetings_ahead"),
        ]
        constraints = [
            models.CheckConstraint(
                name="meeting_ends_later", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="meeting_off_with_reason",
                condition=Q(off_at=None, off_by=None, off_reason="")
                | (Q(off_at__isnull=False, off_by__isnull=False) & ~Q(off_reason="")),
            ),
            models.CheckConstraint(
                name="meeting_slot_5_to_60_minutes",
                condition=Q(slot_minutes=None) | Q(slot_minutes__gte=5, slot_minutes__lte=60),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.starts_at:%Y-%m-%d %H:%M}"


class MeetingChild(models.Model):
    """A child whose adults a meeting invites, in the class of that day."""

    school = school_field(db_index=False)
    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="children", db_index=False
    )
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="meetings")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["school_class"], name="meetings_of_class")]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "student"], name="meeting_once_for_a_child")
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.student_id}"


class MeetingInvitation(models.Model):
    """The invitation of one adult, however many of the children are theirs.

    It holds what they answered, and whether they were there.
    """

    class Reply(models.TextChoices):
        COMING = "coming", _("coming")
        REMOTE = "remote", _("by phone or video")
        CANNOT = "cannot", _("cannot come")

    school = school_field(db_index=False)
    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="invitations", db_index=False
    )
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="meetings")
    invited_at = models.DateTimeField()
    reply = models.CharField(_("answer"), max_length=6, choices=Reply, blank=True)
    replied_at = models.DateTimeField(null=True)
    # Who recorded an answer that was given orally.
    recorded_by = user_field(null=True)
    wish = models.CharField(
        _("what they would like to talk about"), max_length=WISH_AT_MOST, blank=True
    )
    slot_at = models.DateTimeField(_("their time"), null=True)
    came_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "adult"], name="meeting_once_for_an_adult"),
            models.UniqueConstraint(
                fields=["meeting", "slot_at"],
                condition=Q(slot_at__isnull=False),
                name="one_family_in_a_slot",
            ),
            models.CheckConstraint(
                name="meeting_reply_with_time",
                condition=Q(reply="", replied_at=None)
                | (~Q(reply="") & Q(replied_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.adult_id} {self.reply}"

    def takes_answer(self, at: datetime) -> bool:
        """Return whether the adult may still answer, or change what they said."""
        meeting = self.meeting
        times = (meeting.starts_at, meeting.ends_at, meeting.slot_minutes)
        return not meeting.off_at and rules.takes_answers(*times, self.slot_at, at)

    def reply_now(self, meeting: Meeting) -> str:
        """Return the answer that counts; "" if the meeting has been moved since."""
        old = meeting.moved_at and self.replied_at and self.replied_at <= meeting.moved_at
        return "" if old else self.reply
