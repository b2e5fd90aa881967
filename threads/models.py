import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from delivery.models import IncomingMessage
from guardians.models import Adult
from messaging.models import Reply
from schools.fields import school_field
from schools.models import School
from students.models import Student
from uploads.models import Upload

WORDS_AT_MOST = 2000  # characters of one message; a long text message has 1,000


@pghistory.track()
class Thread(models.Model):
    """A conversation between a family and the school, about one child or about none.

    One member of staff owns it and is to answer. The row stores whose turn it is and since when; the
    latest message is read from its own table.
    """

    class State(models.TextChoices):
        WAITING_SCHOOL = "waiting_school", _("waiting for the school")
        WAITING_FAMILY = "waiting_family", _("waiting for the family")
        DONE = "done", _("done")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="threads")
    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, null=True, related_name="threads", db_index=False
    )
    # None if nobody holds the post that answers. Then it is shown to those who may hand it over.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="threads",
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=14, choices=State)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # Since when the other side has waited for an answer; None once the thread is done.
    waiting_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(F("owner"), F("last_at").desc(), name="threads_of_owner"),
            models.Index(F("student"), F("last_at").desc(), name="threads_of_child"),
            models.Index(
                fields=["owner", "waiting_since"],
                condition=Q(state="waiting_school"),
                name="threads_waiting",
            ),
            models.Index(F("school"), F("last_at").desc(), name="threads_of_school"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class ThreadAdult(models.Model):
    """An adult of the family who is in the thread and sees all of it.

    Other adults of the family do not see it.
    """

    school = school_field(db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="people")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="in_threads")
    joined_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["thread", "adult"], name="once_in_a_thread")]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.adult_id}"


class ThreadMessage(models.Model):
    """One message of a thread: text, photo or voice, by an adult or a member of staff. Append-only.

    `key` is the page's single-use key: the same action repeated, or sent late by a phone without a
    network, is one message. An automatic reply has no text: the page creates it from `back_at`, in the
    reader's language.
    """

    class Via(models.TextChoices):
        PAGE = "page", _("on the page")
        SMS = "sms", _("by SMS")
        WECHAT = "wechat", _("by WeChat")
        AUTOMATIC = "automatic", _("by itself")

    school = school_field(db_index=False)
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    adult = models.ForeignKey(
        Adult, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    user = user_field(null=True)
    text = models.CharField(max_length=WORDS_AT_MOST, blank=True)
    photo = models.OneToOneField(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    voice = models.OneToOneField(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    via = models.CharField(max_length=9, choices=Via, default=Via.PAGE)
    incoming = models.OneToOneField(
        IncomingMessage, on_delete=models.PROTECT, null=True, related_name="+"
    )
    calls_for_help = models.BooleanField(default=False)
    wants_call = models.BooleanField(default=False)
    # The first message of an exchange, for the voice balance.
    opens_exchange = models.BooleanField(default=False)
    # For an automatic reply: when the owner will look again.
    back_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["thread", "at", "id"], name="messages_of_thread"),
            models.Index(fields=["school", "at"], name="messages_by_age"),
            models.Index(
                fields=["school", "at"], condition=Q(opens_exchange=True), name="exchanges"
            ),
            models.Index(fields=["id"], condition=Q(calls_for_help=True), name="thread_help"),
        ]
        constraints = [
            models.CheckConstraint(
                name="thread_message_has_author",
                condition=Q(via="automatic", adult=None, user=None, back_at__isnull=False)
                | (
                    ~Q(via="automatic")
                    & (
                        Q(adult__isnull=False, user__isnull=True)
                        | Q(adult__isnull=True, user__isnull=False)
                    )
                ),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_once",
                operation=pgtrigger.UpdateOf("text", "adult_id", "user_id", "at", "thread_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> int | None:
        """Return the length of the voice recording, if it is still stored."""
        return self.voice.seconds if self.voice else None

    @property
    def is_from_family(self) -> bool:
        return self.adult_id is not None

    @property
    def is_automatic(self) -> bool:
        return self.via == self.Via.AUTOMATIC


class MachineText(models.Model):
    """What a machine made of a message: a translation, a transcript, or a translation of the transcript.

    It waits (`next_at`), is made (`made_at`) or has ended without text. It is deleted with its message or
    its voice. Only people read it: no search, hint or call for help uses it.
    """

    class Kind(models.TextChoices):
        TRANSLATION = "translation", _("translation")
        TRANSCRIPT = "transcript", _("voice written down")
        SPOKEN = "spoken", _("translation of the voice written down")

    school = school_field(db_index=False)
    message = models.ForeignKey(
        ThreadMessage, on_delete=models.CASCADE, related_name="machine_texts", db_index=False
    )
    voice = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    language = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    service = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "kind", "language"], name="one_machine_text"
            ),
            models.CheckConstraint(
                name="machine_text_made_or_not",
                condition=Q(made_at=None, text="")
                | (Q(made_at__isnull=False, next_at=None) & ~Q(text="")),
            ),
            models.CheckConstraint(
                name="machine_text_of_voice",
                condition=Q(kind="translation", voice=None)
                | (~Q(kind="translation") & Q(voice__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="machine_texts_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind} {self.language}"

    @property
    def has_ended(self) -> bool:
        """Return whether we have given up on it."""
        return self.made_at is None and self.next_at is None


class Sighting(models.Model):
    """A record that somebody had a message on their screen, and when they first played its voice."""

    school = school_field(db_index=False)
    message = models.ForeignKey(
        ThreadMessage, on_delete=models.CASCADE, related_name="sightings", db_index=False
    )
    adult = models.ForeignKey(
        Adult, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    seen_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["seen_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["message", "adult"], name="adult_sees_once"),
            models.UniqueConstraint(fields=["message", "user"], name="user_sees_once"),
            models.CheckConstraint(
                name="sighting_by_one",
                condition=Q(adult__isnull=False, user__isnull=True)
                | Q(adult__isnull=True, user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.seen_at:%Y-%m-%d %H:%M}"


class HandOver(models.Model):
    """A hand-over of a thread from one member of staff to another, with a note; append-only.

    Earlier owners may go on reading the thread.
    """

    school = school_field(db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="hand_overs")
    key = models.UUIDField(unique=True, editable=False)
    from_user = user_field(null=True)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handed_threads"
    )
    by = user_field()
    words = models.CharField(_("a word about it"), max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} → {self.to_user_id}"


class Reading(models.Model):
    """A record that somebody at the school opened a colleague's thread, and why; append-only.

    The owner sees it. Minors Protection Law, Art. 63: nobody reads a child's private words without need.
    """

    school = school_field(db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="readings")
    user = user_field()
    reason = models.CharField(_("why"), max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.user_id} {self.at:%Y-%m-%d}"


class CallBack(models.Model):
    """ "Please call me": a task for the thread's owner, open until somebody records the outcome."""

    class Outcome(models.TextChoices):
        TALKED = "talked", _("We talked on the phone")
        NOBODY = "nobody", _("Nobody answered")
        NOT_NEEDED = "not_needed", _("No longer needed")

    school = school_field(db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="call_backs")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField(
        ThreadMessage, on_delete=models.CASCADE, related_name="call_back"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)
    outcome = models.CharField(_("what came of it"), max_length=10, choices=Outcome, blank=True)
    words = models.CharField(_("in a few words"), max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["school", "asked_at"], condition=Q(done_at=None), name="open_call_backs"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "adult"],
                condition=Q(done_at=None),
                name="one_open_call_back",
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.asked_at:%Y-%m-%d}"


class Routing(models.Model):
    """Where an incoming message went: into a thread, into the tray until somebody decides, or no further."""

    class State(models.TextChoices):
        IN_THREAD = "in_thread", _("in a conversation")
        TRAY = "tray", _("in the holding tray")
        DISMISSED = "dismissed", _("put aside")
        OPTED_OUT = "opted_out", _("wants no more messages")

    class Cause(models.TextChoices):
        UNKNOWN = "unknown", _("nobody on record has this number")
        SEVERAL = "several", _("several people have this number")
        BARRED = "barred", _("a blocked adult has this number")
        NO_CHILD = "no_child", _("no child of this adult is here any more")

    school = school_field(db_index=False)
    incoming = models.OneToOneField(
        IncomingMessage, on_delete=models.PROTECT, related_name="routing"
    )
    state = models.CharField(max_length=9, choices=State)
    cause = models.CharField(max_length=8, choices=Cause, blank=True)
    # The text is "I need help". Somebody must hear it even while its sender is not certain.
    calls_for_help = models.BooleanField(default=False, db_default=False)
    # The answer to an open check-in, if this message was one; otherwise empty.
    answer = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()
    decided_by = user_field(null=True)
    decided_at = models.DateTimeField(null=True)  # in the tray: when it was last put back there

    class Meta:
        indexes = [models.Index(fields=["school", "at"], condition=Q(state="tray"), name="tray")]

    def __str__(self) -> str:
        return f"{self.incoming_id} {self.state}"


class ReplyRouting(models.Model):
    """The message that a voice note or a wish for a call from a check-in became.

    There is no message if nobody may read it.
    """

    school = school_field(db_index=False)
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="routing")
    message = models.OneToOneField(
        ThreadMessage, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reply_id} {self.message_id}"


@pghistory.track()
class Phrase(models.Model):
    """A sentence that staff often use: the school's for everybody, or one member of staff's own."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    text = models.CharField(_("words"), max_length=300)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:40]
