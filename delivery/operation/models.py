"""Decisions of people about messages with an unknown outcome, and troubles of sending itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from schools.models import School


class Settlement(models.Model):
    """A person's finding whether a message arrived: who, when, and the cause recorded before.

    `again` is the message sent in its place, under its own key, after the time for undoing. A settlement that
    was undone keeps its row with `undone_at`; at most one settlement of a message is in force.
    """

    school = school_field()
    # Both messages may move to the archive, which a PostgreSQL foreign key cannot follow.
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
    by = user_field()
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
    """A record that the database was loaded from a backup: we do not know what happened in between.

    It is written in the transaction that loads the backup. Nothing goes to a family until `finished_at` is
    set and the school has resumed sending (docs/decisions/0089-a-backup-that-sends-nothing-twice.md).
    """

    taken_at = models.DateTimeField()
    loaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-loaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M} → {self.loaded_at:%Y-%m-%d %H:%M}"


class Trouble(models.Model):
    """A problem that the administrator must know about, from the first look that saw it to the last.

    It is something that keeps messages from being sent, a log that does not match, a recording of a lesson
    that cannot be prepared, or a report that only its writer can look after.

    `subject` names one trouble ("late", "account:7"); at most one of each is open. The administrator is
    notified once when it begins and once when it is over; `…told_at` is set when the mail server has accepted
    that mail.
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
