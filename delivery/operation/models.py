"""What people decide about messages whose fate nobody knows, and troubles of sending itself."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schools.models import School


class Settlement(models.Model):
    """A person found out whether a message arrived: who, when, and what the row said before.

    `again` is the message that goes out in its place, under its own key, after the time for undoing. A
    settlement that was undone stays with `undone_at`; each message has at most one that holds.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    # Both may move to the archive, which no foreign key of PostgreSQL can follow.
    message = models.ForeignKey(
        "delivery.OutboxMessage",
        on_delete=models.PROTECT,
        related_name="settlements",
        db_constraint=False,
    )
    has_arrived = models.BooleanField()
    again = models.ForeignKey(
        "delivery.OutboxMessage",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    cause_before = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], condition=Q(undone_at=None), name="one_settlement_holds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.has_arrived}"


class Restore(models.Model):
    """The database was loaded from a backup: what happened in between is not known here.

    Written in the transaction that loads it. Nothing goes to a family until `finished_at` is set and the
    school has said so (docs/decisions/0089-a-backup-that-sends-nothing-twice.md).
    """

    taken_at = models.DateTimeField()
    loaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-loaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M} → {self.loaded_at:%Y-%m-%d %H:%M}"


class Trouble(models.Model):
    """Something that keeps messages from going out, a log that does not fit, a recording of a lesson that
    cannot be made ready, or a report that only its writer can look after; from the first look that saw it
    to the last.

    `subject` names one trouble ("late", "account:7"); at most one of each is open. The administrator hears
    once when it begins and once when it is over; `…told_at` is set when the mail server has taken that
    mail.
    """

    class Kind(models.TextChoices):
        LATE = "late", _("messages wait for too long")
        PROVIDER = "provider", _("a provider does not work")
        UNKNOWN = "unknown", _("messages wait for a person")
        BEAT = "beat", _("the scheduler is silent")
        SENDER = "sender", _("the process that sends is silent")
        WORKER = "worker", _("the process that looks things up is silent")
        LOGS = "logs", _("a log was changed in the database itself")
        ANCHOR = "anchor", _("the ends of the logs cannot be kept outside the database")
        RECORDING = "recording", _("a recording of a lesson cannot be made ready")
        UNATTENDED = "unattended", _("only its author can look after a report of suspected harm")

    subject = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    # Empty: the whole installation.
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, related_name="+")
    detail = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    over_told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(over_at=None), name="one_open_trouble"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.began_at:%Y-%m-%d %H:%M}"
