"""A case and what is written in it. Text is encrypted (counselling.secrecy); dates and states are not."""

import uuid
from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.chain import ChainedRow
from accounts.fields import user_field
from counselling.cases import rules
from safeguarding.models import Concern
from schools.fields import school_field
from schools.models import School
from students.models import Student


@pghistory.track()
class Case(models.Model):
    """The counsellor's work with one child, from a concern until it is closed."""

    class State(models.TextChoices):
        NEW = rules.NEW, pgettext_lazy("state of a case", "new")
        ASSESSED = rules.ASSESSED, pgettext_lazy("state of a case", "assessed")
        PLANNED = rules.PLANNED, pgettext_lazy("state of a case", "planned")
        IN_PROGRESS = rules.IN_PROGRESS, pgettext_lazy("state of a case", "in progress")
        REVIEW = rules.REVIEW, pgettext_lazy("state of a case", "review")
        CLOSED = rules.CLOSED, pgettext_lazy("state of a case", "closed")
        REOPENED = rules.REOPENED, pgettext_lazy("state of a case", "opened again")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("The goals are reached")
        PARTLY = "partly", _("Partly reached; the rest continues without us")
        ELSEWHERE = "elsewhere", _("Somebody else goes on")
        MOVED = "moved", _("The child has left the school")
        NOT_WANTED = "not_wanted", _("The child or the family does not want it now")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="cases")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="cases")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases"
    )
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    opened_at = models.DateTimeField()
    opened_by = user_field()
    # The guards count from here: when the case was opened or reopened.
    since_at = models.DateTimeField()
    review_on = models.DateField(_("review date"), null=True, blank=True)
    # Whether the child's teachers may know that somebody supports the child. They learn nothing else about
    # the case.
    teachers_know = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = user_field(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    # All concerns taken up in this case. Only people who may see the case learn of them.
    concerns = models.ManyToManyField(Concern, through="CaseConcern", related_name="cases")

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["student"], condition=Q(closed_at=None), name="one_open_case_per_child"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "opened_at"], name="cases_of_owner"),
            models.Index(fields=["student", "-opened_at"], name="cases_of_child"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} {self.state}"


@pghistory.track()
class CaseConcern(models.Model):
    """The case in which a counsellor continues with a concern: only one, the latest that took it up."""

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"concern {self.concern_id} in case {self.case_id}"


class CaseEntry(ChainedRow):
    """What happened to a case, who has kept it since, and which notes and files it has, but no text.

    Append-only, in one sealed chain for each school. Somebody who keeps or reads a case without an entry
    here was written into the database by hand (counselling.cases.verifying).
    """

    CHAIN = "cases"
    SEALED = (
        "school_id",
        "case_id",
        "kind",
        "by_id",
        "about_id",
        "to_state",
        "owner_id",
        "until_at",
        "at",
    )
    SEALED_LATER = ("row", "digest")

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        JOINED = "joined", _("a concern joined")
        MOVED = "moved", _("moved on")
        HANDED_OVER = "handed_over", _("handed over")
        TAKEN_OVER = "taken_over", _("taken over")
        LET_IN = "let_in", _("let in")
        SHUT_OUT = "shut_out", _("no longer reads")
        EMERGENCY = "emergency", _("emergency access")
        TEACHERS = "teachers", _("what teachers may know")
        AGREED = "agreed", _("agreed to closing")
        FILE_REMOVED = "file_removed", _("took a file away")
        ACCEPTED = "accepted", _("accepted from the shared queue")
        GIVEN_BACK = "given_back", _("given back to the school")
        TAKEN_HOME = "taken_home", _("taken back by the school")
        # About a single note or file (counselling.cases.record); not shown among the events of the case.
        KEPT = "kept", _("kept")
        RESEALED = "resealed", _("encrypted with a new key")
        GONE = "gone", _("taken away for good")
        # About the case itself; earlier entries in the log stay.
        ERASED = "erased", _("deleted with the child's file")

    # After these entries, the owner in the entry is the owner of the case.
    GIVES = (Kind.OPENED, Kind.HANDED_OVER, Kind.TAKEN_OVER)
    OF_ROWS = (Kind.KEPT, Kind.RESEALED, Kind.GONE)

    school = school_field()
    # The log outlives a case that is deleted with its child's file.
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, db_constraint=False, related_name="entries"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    # None if the installation did it itself, as when keys are rotated.
    by = user_field(null=True)
    about = user_field(null=True)
    to_state = models.CharField(max_length=12, choices=Case.State, blank=True)
    # The owner of the case from this entry on, and until when somebody who was let in may read.
    owner = user_field()
    until_at = models.DateTimeField(null=True)
    # The note or file that the entry is about, and the digest of its row from then on; "" if it is about the
    # case.
    row = models.CharField(max_length=60, blank=True, default="", db_default="")
    digest = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta(ChainedRow.Meta):
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["row", "number"], condition=~Q(row=""), name="entries_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class CaseReader(models.Model):
    """Somebody who may read until `until_at`, let in by the owner or in an emergency."""

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="readers")
    user = user_field()
    let_in_by = user_field()
    is_emergency = models.BooleanField(default=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "until_at"], name="readers_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"


class CaseSession(models.Model):
    """An appointment with the child."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("an appointment", "planned")
        HELD = "held", _("held")
        MISSED = "missed", _("the child did not come")
        CALLED_OFF = "called_off", _("called off")

    SETTLED = (State.HELD, State.MISSED, State.CALLED_OFF)

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sessions")
    # Given by the page, so that sending the same form again changes nothing.
    key = models.UUIDField(unique=True, editable=False)
    starts_at = models.DateTimeField(_("when"))
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(
                fields=["starts_at"], condition=Q(state="planned"), name="sessions_planned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.starts_at:%Y-%m-%d} {self.state}"


class Sealed(models.Model):
    """A row with text that only the key ring opens.

    Its primary key is random, so that it is known before saving.

    The text is bound to the row and to the fields in `BOUND`: whose text it is and who wrote it. If somebody
    moves it to another child or another author in the database itself, it cannot be opened.
    """

    BOUND: ClassVar[tuple[str, ...]]
    SEALED_AT_ONCE = 200  # rows that key rotation holds in memory

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_id = models.CharField(max_length=8, editable=False)
    sealed = models.BinaryField(editable=False)

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """Return what the text is bound to, as associated data (counselling.secrecy)."""
        bound = "".join(f".{name}={getattr(self, name)}" for name in self.BOUND)
        return f"{self._meta.label_lower}.{self.pk}{bound}.sealed"


class Note(Sealed):
    """What was said and thought. A note never changes; a later note corrects an earlier one."""

    BOUND = ("case_id", "author_id", "kind")

    class Kind(models.TextChoices):
        ASSESSMENT = "assessment", _("assessment")
        GOALS = "goals", _("goals")
        SESSION = "session", _("session")
        REVIEW = "review", _("review")
        NOTE = "note", _("note")
        SUMMARY = "summary", _("closing words")
        REOPENING = "reopening", _("why it is opened again")
        EMERGENCY = "emergency", _("why it was read in an emergency")

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    session = models.ForeignKey(
        CaseSession, on_delete=models.PROTECT, null=True, related_name="notes"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    author = user_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "pk"]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # Key rotation encrypts the same text again; nothing else in a note changes.
            pgtrigger.ReadOnly(name="never_changed", exclude=["sealed", "key_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class NoteDraft(Sealed):
    """A note that is not finished. It is overwritten while being typed and deleted when the note is saved."""

    BOUND = ("case_id", "author_id")

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drafts")
    author = user_field()
    kind = models.CharField(max_length=10, choices=Note.Kind)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "author", "kind"], name="one_draft_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class CaseTask(Sealed):
    """Something to be done by a day."""

    BOUND = ("case_id", "made_by_id")

    school = school_field()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    due_on = models.DateField(_("by when"))
    made_by = user_field()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    is_dropped = models.BooleanField(default=False)  # no longer needed

    class Meta:
        ordering = ["due_on", "made_at"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.due_on}"
