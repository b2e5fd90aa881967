from datetime import date

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from schools.fields import school_field
from schools.models import School, SchoolClass
from students.models import Student
from surveys import rules
from surveys.instruments import PUPIL, Instrument, read
from surveys.past.models import PastImport, PastScore
from surveys.pulses.models import Pulse
from surveys.studies.models import Study, StudyWord

__all__ = [
    "Answer",
    "Edition",
    "InstrumentFile",
    "OwnQuestionnaire",
    "PastImport",
    "PastScore",
    "Pulse",
    "Round",
    "Seat",
    "Sitting",
    "Study",
    "StudyWord",
    "ToDo",
]

CODE_MAX = 255  # characters: a linkId or code of a FHIR file
INSTRUMENTS_KEPT = 256  # instruments of editions cached in one process
_instruments: dict[str, Instrument] = {}  # by digest


class Edition(models.Model):
    """A definition with wording, as one school asks it (surveys.instruments). Append-only."""

    school = school_field()
    key = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    # Digest of the definition, so that the same wording is stored once.
    digest = models.CharField(max_length=64)
    definition = models.JSONField()
    # None if it is one of our own that a pulse asked before any member of staff did.
    made_by = user_field(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "digest"], name="one_edition_per_digest")
        ]
        indexes = [models.Index(fields=["school", "key", "-made_at"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version} {self.digest[:8]}"

    @cached_property
    def instrument(self) -> Instrument:
        """Return the instrument, cached in the process: a definition never changes under its digest."""
        found = _instruments.get(self.digest)
        if found is None:
            found = read(self.definition)
            if len(_instruments) >= INSTRUMENTS_KEPT:
                _instruments.clear()
            _instruments[self.digest] = found
        return found


class OwnQuestionnaire(models.Model):
    """A draft of questions that a school writes itself. Publishing it makes an `Edition`.

    surveys.own.rules defines the shape of `questions`.
    """

    school = school_field()
    title = models.CharField(_("title"), max_length=60)
    intro = models.CharField(_("words above each question"), max_length=200, blank=True)
    # Language of the second wording ("en", "zh-hans"); the first has the other one. Empty: one language.
    second_language = models.CharField(max_length=10, blank=True, default="", db_default="")
    second_title = models.CharField(max_length=60, blank=True, default="", db_default="")
    second_intro = models.CharField(max_length=200, blank=True, default="", db_default="")
    respondent = models.CharField(max_length=10, default=PUPIL)
    min_age = models.PositiveSmallIntegerField(_("from what age"), null=True, blank=True)
    questions = models.JSONField(default=list)
    # Number of the last question made, so that no name is used twice.
    last_number = models.PositiveSmallIntegerField(default=0)
    # Counts every change: an editor who started from an older revision must look again.
    revision = models.PositiveIntegerField(default=1)
    editions = models.PositiveSmallIntegerField(default=0)
    published_revision = models.PositiveIntegerField(null=True)
    key = models.UUIDField(unique=True, editable=False)
    changed_by = user_field()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        indexes = [models.Index(fields=["school", "-changed_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def instrument_key(self) -> str:
        return f"own-{self.pk}"


class InstrumentFile(models.Model):
    """What we read in an owner's file (surveys.files.Found), kept for matching."""

    school = school_field()
    file_name = models.CharField(max_length=120)
    found = models.JSONField()
    read_by = user_field()
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-read_at", "-pk"]
        indexes = [models.Index(fields=["school", "-read_at"])]

    def __str__(self) -> str:
        return self.file_name


@pghistory.track()
class Round(models.Model):
    """One edition, put to whole classes until a day; refused if the school could not follow it up."""

    class How(models.TextChoices):
        CLASS = rules.IN_CLASS, _("in class")
        HOME = rules.AT_HOME, _("at home")
        INTERVIEW = rules.INTERVIEW, _("in a talk")
        STAFF = rules.BY_STAFF, _("by the class teacher")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="survey_rounds")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rounds")
    how = models.CharField(
        _("how"), max_length=10, choices=How, default=How.CLASS, db_default=How.CLASS
    )
    classes = models.ManyToManyField(SchoolClass, related_name="survey_rounds")
    due_on = models.DateField(_("until"))
    talks_per_week = models.PositiveSmallIntegerField(_("talks a week"))
    key = models.UUIDField(unique=True, editable=False)
    opened_by = user_field()
    opened_at = models.DateTimeField()
    closed_by = user_field(null=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["school", "-opened_at"])]

    def __str__(self) -> str:
        return f"{self.edition.key} {self.opened_at:%Y-%m-%d}"

    def is_open(self, on: date) -> bool:
        return self.closed_at is None and self.due_on >= on

    @classmethod
    def open_on(cls, on: date) -> Q:
        """Match the rounds for which `is_open` is true."""
        return Q(closed_at=None, due_on__gte=on)

    @property
    def is_in_class(self) -> bool:
        return self.how == self.How.CLASS

    @property
    def is_at_home(self) -> bool:
        return self.how == self.How.HOME

    @property
    def asks_adults(self) -> bool:
        return self.how in (self.How.HOME, self.How.INTERVIEW)

    @property
    def is_interview(self) -> bool:
        return self.how == self.How.INTERVIEW


@pghistory.track()
class PlannedRound(models.Model):
    """One part of a round that was too large at once: the same questions, to other classes, on a later day.

    A person opens it, which makes a `Round`, or drops it.
    """

    school = school_field()
    plan = models.UUIDField(editable=False)  # the key of the round that began the plan
    key = models.UUIDField(unique=True, editable=False)  # the key of its round
    instrument_key = models.CharField(max_length=60)
    how = models.CharField(max_length=10, choices=Round.How)
    classes = models.ManyToManyField(SchoolClass, related_name="+")
    opens_on = models.DateField()
    due_on = models.DateField()
    talks_per_week = models.PositiveSmallIntegerField()
    planned_by = user_field()
    planned_at = models.DateTimeField()
    round = models.OneToOneField(Round, on_delete=models.PROTECT, null=True, related_name="+")
    dropped_by = user_field(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="planned_round_ends_after_begin", condition=Q(due_on__gte=F("opens_on"))
            )
        ]
        indexes = [
            models.Index(
                fields=["school", "opens_on"],
                condition=Q(round=None, dropped_at=None),
                name="planned_rounds_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.opens_on}"


@pghistory.track()
class Sitting(models.Model):
    """A lesson in which a class answers. Its codes work while it lasts.

    `duty_adult` is there for any child who needs somebody, and is the first to be alerted.
    """

    school = school_field()
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="sittings")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="+")
    duty_adult = user_field()
    begun_by = user_field()
    begun_at = models.DateTimeField()
    # Set when the lesson begins; set to an earlier time if somebody ends it before.
    ends_at = models.DateTimeField()
    # With this code an adult makes a tablet ready for the lesson.
    tablet_code = models.CharField(max_length=rules.TABLET_CODE_DIGITS, null=True, unique=True)

    class Meta:
        ordering = ["-begun_at", "-pk"]
        indexes = [models.Index(fields=["round", "school_class", "-begun_at"])]
        constraints = [
            models.CheckConstraint(
                name="sitting_ends_after_begin", condition=Q(ends_at__gte=F("begun_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_class} {self.begun_at:%Y-%m-%d %H:%M}"


@pghistory.track()
class Seat(models.Model):
    """One form of a round and its progress: a child's own in a lesson, or an adult's about one child.

    `adult`: the family member who answers, by the link or in a talk; `filled_by`: the member of staff who
    asks in a talk, or answers. Outside a lesson there is no `sitting` and no code.
    """

    school = school_field()
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="seats")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="survey_seats")
    # The child's class when the form was begun.
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, null=True, related_name="+"
    )
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, null=True, related_name="seats")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="+")
    filled_by = user_field(null=True)
    # None once the form is finished, so that the code can be used again.
    code = models.CharField(max_length=6, null=True, unique=True)
    # Set again when another member of staff takes the form over.
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The child tapped "I want to talk to someone"; safeguarding reads it.
    wants_adult_at = models.DateTimeField(null=True, blank=True)
    # When a tablet got the whole form, or was made ready for the lesson; it may have lost its network since.
    handed_out_at = models.DateTimeField(null=True, blank=True)
    # Somebody should talk to the child. Set when an answer asks for it, and again when the form is finished.
    asks_for_look = models.BooleanField(default=False, db_default=False)
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = user_field(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "student"], condition=Q(adult=None), name="one_seat_per_child"
            ),
            models.UniqueConstraint(
                fields=["round", "student", "adult"],
                condition=Q(adult__isnull=False),
                name="one_form_per_adult_and_child",
            ),
        ]
        indexes = [
            models.Index(fields=["student", "-finished_at"]),
            models.Index(
                fields=["wants_adult_at"],
                condition=Q(wants_adult_at__isnull=False),
                name="seats_asking_for_adult",
            ),
            models.Index(
                fields=["school", "finished_at"],
                condition=Q(asks_for_look=True, looked_at=None),
                name="seats_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.student_id}"


class Answer(models.Model):
    """One tap: `option` is a code of the item, or empty if it was skipped. Append-only.

    The latest answer to an item counts, but an urgent answer stays urgent. `key` comes from the page: a tap
    that a tablet sends twice counts once.
    """

    school = school_field()
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="answers")
    item = models.CharField(max_length=CODE_MAX)
    option = models.CharField(max_length=CODE_MAX, blank=True)
    is_urgent = models.BooleanField(default=False)
    key = models.UUIDField(null=True, editable=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["seat", "id"]),
            models.Index(fields=["at"], condition=Q(is_urgent=True), name="urgent_answers"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.item}"


@pghistory.track(exclude=["words"])
class ToDo(models.Model):
    """What the counsellor asks a class teacher to do for a child after a round. No score, no answer."""

    school = school_field()
    seat = models.OneToOneField(Seat, on_delete=models.CASCADE, related_name="to_do")
    words = models.CharField(_("what to do"), max_length=500)
    written_by = user_field()
    written_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["written_at"], condition=Q(done_at=None), name="open_to_dos")
        ]

    def __str__(self) -> str:
        return f"{self.seat_id}"
