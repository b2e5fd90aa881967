import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from notices.for_systems.models import SystemText
from schools.fields import school_field
from schools.models import SchoolClass
from students.models import Student
from uploads.models import Upload

__all__ = [
    "Notice",
    "NoticeAnswer",
    "NoticeChild",
    "NoticeFile",
    "NoticeTranslation",
    "Notified",
    "SystemText",
]

TITLE_AT_MOST = 60  # characters; one line on a phone in the size that families read
REFUSAL_WORDS_AT_MOST = 300  # characters; a sentence or two
WORDS_AT_MOST = 3000  # characters; anything longer is a document, which may be attached


@pghistory.track()
class Notice(models.Model):
    """One message of the school to many families: to read, to confirm, or to sign.

    `draft → scheduled → sent → recalled`. While it is scheduled nothing has been sent, so it can still be
    taken back. At `sent_at` the recipients are fixed (NoticeChild, Notified); from then on its text never
    changes, and `digest` is what an answer refers to.
    """

    class Kind(models.TextChoices):
        READ = "read", _("read only")
        CONFIRM = "confirm", _("please confirm")
        SIGN = "sign", _("please sign")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        SENT = "sent", _("sent")
        RECALLED = "recalled", _("recalled")

    class Scope(models.TextChoices):
        SCHOOL = "school", _("the whole school")
        GRADES = "grades", _("grades")
        CLASSES = "classes", _("classes")
        CHILDREN = "children", _("some children")

    school = school_field()
    author = user_field(db_index=False)
    # From the page: a form that is sent twice creates one notice.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("what families should do"), max_length=8, choices=Kind)
    title = models.CharField(_("title"), max_length=TITLE_AT_MOST)
    words = models.TextField(_("words"), max_length=WORDS_AT_MOST)
    # The language of the text: that of the author's page.
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    due_on = models.DateField(_("until"), null=True, blank=True)
    # Whether one answer is enough for a child; otherwise we wait for all who may answer.
    one_is_enough = models.BooleanField(_("one answer per family is enough"), default=True)
    scope = models.CharField(_("who gets it"), max_length=8, choices=Scope)
    # Numbers of grades, or ids of classes or children, depending on `scope`; empty for the whole
    # school.
    picked = ArrayField(models.PositiveBigIntegerField(), default=list)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    written_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    recalled_at = models.DateTimeField(null=True)
    recalled_by = user_field(null=True)
    recall_reason = models.CharField(_("why"), max_length=200, blank=True)
    # Set if another system sent it, with a text that the author keeps for it.
    text = models.ForeignKey(
        SystemText, on_delete=models.PROTECT, null=True, related_name="notices"
    )
    sent_for = user_field(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(
                fields=["starts_at"], condition=Q(state="scheduled"), name="notices_to_go"
            ),
            models.Index(fields=["author", "state", "due_on"], name="notices_of_author"),
            models.Index(F("school"), F("written_at").desc(), name="notices_of_school"),
        ]
        constraints = [
            models.CheckConstraint(
                name="notice_recalled_with_reason",
                condition=~Q(state="recalled")
                | (
                    ~Q(recall_reason="")
                    & Q(recalled_at__isnull=False, recalled_by__isnull=False, sent_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="notice_sent_with_digest",
                condition=Q(sent_at=None) | (~Q(digest="") & Q(starts_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="notice_of_a_system_has_its_text",
                condition=Q(text=None, sent_for=None)
                | Q(text__isnull=False, sent_for__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_answer_has_a_day", condition=Q(kind="read") | Q(due_on__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="said_for_good",
                operation=pgtrigger.UpdateOf("kind", "title", "words", "digest", "due_on"),
                condition=pgtrigger.Q(old__sent_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="kept_once_sent",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_recalled(self) -> bool:
        return self.state == self.State.RECALLED

    @property
    def wants_answer(self) -> bool:
        return self.kind != self.Kind.READ

    @property
    def wants_signature(self) -> bool:
        return self.kind == self.Kind.SIGN


class NoticeFile(models.Model):
    """A photo (re-encoded by uploads) or a PDF (checked, kept unchanged) of a notice."""

    school = school_field(db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80, blank=True)
    photo = models.OneToOneField(Upload, on_delete=models.CASCADE, null=True, related_name="+")
    pdf = models.BinaryField(null=True)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_file_photo_or_pdf",
                condition=Q(photo__isnull=False, pdf__isnull=True)
                | Q(photo__isnull=True, pdf__isnull=False),
            ),
            # Adding the same file twice keeps it once.
            models.UniqueConstraint(fields=["notice", "digest"], name="notice_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.name}"


class NoticeTranslation(models.Model):
    """A machine translation of a notice, labelled and shown below the original."""

    school = school_field(db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=300)
    words = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "language"], name="one_translation")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.language}"


class NoticeChild(models.Model):
    """A child whom a sent notice is about, in the class of that day.

    `left_out` says why we wrote to nobody; the school phones such a family or gives it paper. `family` is
    the same number for children who share an adult, so that siblings are one line.
    """

    class LeftOut(models.TextChoices):
        NO_WAY = "no_way", _("no working number or address")
        OPTED_OUT = "opted_out", _("opted out of messages")
        NOBODY = "nobody", _("nobody we may message")

    school = school_field(db_index=False)
    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="children", db_index=False
    )
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="notices")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    family = models.PositiveBigIntegerField()
    left_out = models.CharField(max_length=9, choices=LeftOut, blank=True)
    # When this child's line was first settled: read, confirmed or signed, as the notice requires.
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "student"], name="notice_once_for_a_child")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.student_id}"


class Notified(models.Model):
    """An adult who was sent a notice, or who opened it on the family pages."""

    school = school_field(db_index=False)
    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="notified", db_index=False
    )
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="notices")
    told_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    # The local day, where the adult is, of the latest message about this notice.
    asked_on = models.DateField(null=True)
    asked_times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "adult"], name="notice_once_for_an_adult")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.adult_id}"


class NoticeAnswer(models.Model):
    """An adult's answer for one child: confirmed, signed or refused; append-only.

    `statement` holds the exact sentence that was signed and `digest` that of the notice, so that nobody
    can later say that the text was different. An answer by phone or on paper also has the person who
    recorded it. `withdrawn_at`: staff withdrew an answer that they had entered by mistake, or the adult
    answered again and the later answer counts.
    """

    class Via(models.TextChoices):
        PAGE = "page", _("on the page")
        PHONE = "phone", _("by phone")
        PAPER = "paper", _("on paper")

    school = school_field(db_index=False)
    child = models.ForeignKey(
        NoticeChild, on_delete=models.CASCADE, related_name="answers", db_index=False
    )
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="+")
    via = models.CharField(max_length=5, choices=Via)
    is_refused = models.BooleanField(default=False)
    words = models.CharField(
        _("in the family's words"), max_length=REFUSAL_WORDS_AT_MOST, blank=True
    )
    signed_as = models.CharField(max_length=60, blank=True)
    statement = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    recorded_by = user_field(null=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "adult"],
                condition=Q(withdrawn_at=None),
                name="one_answer_of_an_adult_for_a_child",
            ),
            models.CheckConstraint(
                name="notice_answer_recorded_by",
                condition=Q(via="page", recorded_by=None)
                | (~Q(via="page") & Q(recorded_by__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_for_good",
                operation=pgtrigger.UpdateOf(
                    "child_id",
                    "adult_id",
                    "via",
                    "is_refused",
                    "words",
                    "signed_as",
                    "statement",
                    "digest",
                    "at",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.adult_id} {self.via}"
