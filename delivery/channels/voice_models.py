"""Calls that were placed, and what was heard in them."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from delivery.channels.models import ChannelAccount, ChannelKind
from delivery.voice import rules
from guardians.models import Adult
from schools.fields import school_field


class VoiceCall(models.Model):
    """A call that was placed, once for each message, with its cost.

    It is written before the request is sent and deleted if surely nothing was placed, so that a cost limit
    holds even if an answer is lost. `script`: for a demo call, which this server speaks itself, its whole
    script; for a call by a cloud provider, the keys that it accepts (`menu`). In a call that joins two
    people, `first_address` is rung first, then `address`. `ticket`: the name of the call in a cloud
    provider's reports; nobody else is told it. `step`: the only step of such a call.
    """

    school = school_field(db_index=False)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=12, choices=ChannelKind)
    # The message's own key (OutboxMessage.idempotency_key), in the outbox or its archive.
    idempotency_key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    address = models.CharField(max_length=254)
    first_address = models.CharField(max_length=254, blank=True, db_default="")
    script = models.JSONField(default=dict, blank=True)
    # Expected cost in fen (0.01 yuan). The provider's bill shows the real cost.
    fen = models.PositiveIntegerField(default=0)
    ticket = models.CharField(max_length=64, blank=True, db_default="")
    step = models.CharField(max_length=rules.STEP_CHARS, blank=True, db_default="")
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["school", "-placed_at"], name="calls_of_school"),
            models.Index(fields=["account", "-placed_at"], name="calls_of_account"),
            models.Index(fields=["address", "-placed_at"], name="calls_to_number"),
            models.Index(fields=["placed_at"], condition=Q(ended_at=None), name="calls_going_on"),
            models.Index(
                fields=["account", "ticket"], condition=~Q(ticket=""), name="calls_by_ticket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.placed_at}"


class VoiceEvent(models.Model):
    """Something that happened in a call, as reported, append-only: rang, answered, a key, ended.

    An event that is reported twice is one row.
    """

    class Kind(models.TextChoices):
        RANG = rules.RANG, _("rang")
        ANSWERED = rules.ANSWERED, _("somebody or something picked up")
        KEY = rules.KEY, _("a key")
        JOINED = rules.JOINED, _("both were joined")
        ENDED = rules.ENDED, _("the call ended")

    school = school_field(db_index=False)
    call = models.ForeignKey(VoiceCall, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveSmallIntegerField()
    leg = models.PositiveSmallIntegerField(default=0, db_default=0)
    kind = models.CharField(max_length=8, choices=Kind)
    step = models.CharField(max_length=rules.STEP_CHARS, blank=True)
    digit = models.CharField(max_length=1, blank=True)
    result = models.CharField(max_length=12, blank=True)
    seconds = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="one_row_per_voice_event")
        ]
        triggers = [pgtrigger.Protect(name="as_it_was_told", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.call_id} {self.number} {self.kind}"

    @property
    def event(self) -> rules.Event:
        return rules.Event(
            self.number, self.kind, self.step, self.digit, self.result, self.seconds, self.leg
        )
