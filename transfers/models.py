import uuid

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from guardians.models import Adult
from privacy.models import Consent
from schools.fields import school_field
from schools.models import School
from students.models import Student
from transfers import rules

WORDS_MAX, NAME_MAX = 300, 80  # characters


class Part(models.TextChoices):
    """The parts of a file, from which a family chooses; `rules.NEEDED` is always included."""

    BASICS = "basics", _("who the child is: name, birthday, identity and student number")
    HOME = "home", _("where home is, the household register")
    FAMILY = "family", _("the family: who is who, phone numbers, where the parents work")
    HEALTH = "health", _("health: long illness, allergies, vaccinations")
    STRENGTHS = (
        "strengths",
        _("what the child is good at, praise, the family's wish, the child's plan"),
    )
    ATTENDANCE = "attendance", _("days absent or late in the last year")
    VISITS = "visits", _("on which days the school visited or met the family")
    CONTACT = "contact", _("when the parents and the child last talked")


@pghistory.track()
class Transfer(models.Model):
    """A child's file on its way to another school, opened by the school that keeps it (`school`)."""

    class State(models.TextChoices):
        ASKED = rules.ASKED, pgettext_lazy("a transfer", "the family is asked")
        AGREED = (
            rules.AGREED,
            pgettext_lazy("a transfer", "the family agrees; waiting for the school"),
        )
        REFUSED = rules.REFUSED, pgettext_lazy("a transfer", "not wanted")
        ACCEPTED = rules.ACCEPTED, pgettext_lazy("a transfer", "handed over")
        DECLINED = rules.DECLINED, pgettext_lazy("a transfer", "the school does not take the child")
        ENDED = rules.ENDED, pgettext_lazy("a transfer", "taken back")

    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="transfers")
    to_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    # A school without Jiaqiao gets paper (`PaperPackage`): its name and place, and who receives it there.
    outside = models.CharField(
        _("school and place"), max_length=NAME_MAX, blank=True, default="", db_default=""
    )
    outside_to = models.CharField(
        _("who receives it there"), max_length=NAME_MAX, blank=True, default="", db_default=""
    )
    # Who signed the receipt there.
    received_by = models.CharField(
        _("who signed"), max_length=NAME_MAX, blank=True, default="", db_default=""
    )
    received_on = models.DateField(_("on which day"), null=True, blank=True)
    parts = ArrayField(
        models.CharField(max_length=12, choices=Part), verbose_name=_("what goes along")
    )
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    key = models.UUIDField(unique=True, editable=False)  # from the form
    opened_by = user_field()
    opened_at = models.DateTimeField()
    closed_by = user_field(null=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Why the other school does not take the child.
    answer = models.CharField(_("why not"), max_length=WORDS_MAX, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(
                fields=["to_school", "state"],
                condition=Q(closed_at=None),
                name="transfers_coming",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_open_transfer_of_a_child",
                fields=["student"],
                condition=Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="transfer_goes_to_another_school",
                condition=~Q(school=models.F("to_school")),
            ),
            models.CheckConstraint(
                name="transfer_goes_to_one_school",
                condition=Q(to_school__isnull=True) & ~Q(outside="")
                | Q(to_school__isnull=False, outside=""),
            ),
            models.CheckConstraint(
                name="transfer_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} to {self.to_school_id or self.outside} {self.state}"

    @property
    def to_name(self) -> str:
        return self.to_school.name if self.to_school else self.outside

    @property
    def is_outside(self) -> bool:
        return self.to_school_id is None

    @property
    def is_open(self) -> bool:
        return self.state in rules.OPEN


class TransferWord(models.Model):
    """One adult's yes or no to this transfer, append-only: the latest counts.

    `parts` are those to which it was said; `receipt` is its number. Without an adult it is the pupil's own
    answer; the family does not see it.
    """

    AT_THE_PUPILS_DOOR = "pupil_page"

    school = school_field(db_index=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="words")
    adult = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, related_name="transfer_words"
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Consent.Decision)
    parts = ArrayField(
        models.CharField(max_length=12, choices=Part), verbose_name=_("what goes along")
    )
    via = models.CharField(
        _("how"),
        max_length=12,
        choices=[*Consent.Via.choices, (AT_THE_PUPILS_DOOR, _("at the pupils' door"))],
    )
    words = models.CharField(_("a word with it"), max_length=WORDS_MAX, blank=True)
    receipt = models.UUIDField(unique=True, editable=False)
    recorded_by = user_field(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.adult_id} {self.decision}"


class Arrival(models.Model):
    """What was handed over, as it was at that moment, and the file at the new school.

    That file was made or filled from it. `school` is the new school. `package` is by part; `digests` holds
    the SHA-256 of each part.
    """

    school = school_field(db_index=False)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="arrival")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="arrivals")
    package = models.JSONField()
    digests = models.JSONField()
    receipt = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_on = models.DateField(_("from"))
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"arrival of {self.transfer_id}"


class PaperPackage(models.Model):
    """What was printed for a school without Jiaqiao, as it was at that moment.

    The latest of a transfer counts. `package` and `digests` as in Arrival. `receipt` is printed on the page
    that comes back signed.
    """

    school = school_field(db_index=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="papers")
    package = models.JSONField()
    digests = models.JSONField()
    receipt = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"paper of {self.transfer_id}"

    @property
    def is_void(self) -> bool:
        return hasattr(self, "recall")


class PaperRecall(models.Model):
    """The school calls a package back before its receipt has come: the paper is no longer valid."""

    school = school_field(db_index=False)
    package = models.OneToOneField(PaperPackage, on_delete=models.CASCADE, related_name="recall")
    reason = models.CharField(_("why you call it back"), max_length=WORDS_MAX)
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"recall of {self.package_id}"


@pghistory.track()
class Protection(models.Model):
    """What protects the child, passed on to principal and counsellor of the new school (`school`).

    It goes from person to person, before anything else and whatever the family says about the file. It has no
    ground and no note. A school without Jiaqiao is told by phone: then `school` is the child's own, whose
    principal and counsellor call there and confirm whom they told (`told_to`).
    """

    class Kind(models.TextChoices):
        ADULT = "adult", _("may not come near the child")
        STAFF = "staff", _("may not hear of the child")
        DANGER = "danger", _("something is open: please call")

    school = school_field()
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="protections")
    kind = models.CharField(max_length=6, choices=Kind)
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, null=True, related_name="+")
    user = user_field(null=True)
    since_on = models.DateField(_("since"), null=True, blank=True)
    told_at = models.DateTimeField()
    due_at = models.DateTimeField()
    acknowledged_by = user_field(null=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    told_to = models.CharField(
        _("whom you told there"), max_length=NAME_MAX, blank=True, default="", db_default=""
    )
    # It no longer applies at the sending school.
    over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(acknowledged_at=None, over_at=None),
                name="unconfirmed_protections",
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="protection_is_about_one",
                condition=Q(kind="adult", adult__isnull=False, user__isnull=True)
                | Q(kind="staff", adult__isnull=True, user__isnull=False)
                | Q(kind="danger", adult__isnull=True, user__isnull=True),
            ),
            models.UniqueConstraint(
                name="one_protection_at_a_time",
                fields=["transfer", "kind", "adult", "user"],
                condition=Q(over_at=None),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.kind}"
