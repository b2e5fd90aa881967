"""The outbox and what becomes of its messages; also re-exports the models of delivery's subpackages."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from delivery.channels.models import (
    ChannelAccount,
    ChannelKind,
    DeliveryReceipt,
    ProviderHealth,
    SeenSignature,
)
from delivery.channels.push_models import PushSubscription
from delivery.channels.voice_models import VoiceCall, VoiceEvent
from delivery.channels.wechat_models import IncomingMedia, WechatPermission
from delivery.incoming.models import IncomingMessage
from delivery.operation.models import Restore, Settlement, Trouble
from delivery.sentences.models import SentenceVoice
from delivery.shared.models import CountyAccount, LeftOut
from delivery.sign_in.models import Device, Invitation, OneTimeCode, SignInLink, WechatLink
from guardians.models import Adult, ContactPoint
from schools.fields import school_field
from schools.models import School

__all__ = [
    "Attempt",
    "ChannelAccount",
    "ChannelKind",
    "CountyAccount",
    "DeliveryReceipt",
    "DemoPhoneMessage",
    "Device",
    "IncomingMedia",
    "IncomingMessage",
    "Invitation",
    "LeftOut",
    "OneTimeCode",
    "OutboxMessage",
    "ProviderHealth",
    "PushSubscription",
    "Restore",
    "SeenSignature",
    "SendingSwitch",
    "SentenceVoice",
    "Settlement",
    "SignInLink",
    "Trouble",
    "VoiceCall",
    "VoiceEvent",
    "WechatLink",
    "WechatPermission",
]


class OutboxMessage(models.Model):
    """A message that has been decided on. For states and transitions see docs/decisions, reliability.

    `due → claimed → accepted → delivered | retry | failed | expired | suppressed | unknown`.

    It goes to an adult of a family or to a member of staff, never to both. Messages that ended long ago are
    in a child table and are read with the others (dispatch.archive).
    """

    class Kind(models.TextChoices):
        CHECK_IN = "check_in", _("check-in")
        AT_HOME = "at_home", _("whether an adult is at home tonight")
        NEARBY = "nearby", _("whether somebody can be with a child tonight")
        JOIN = "join", _("a call that joins parent and child")
        LINK = "link", _("new link")
        CODE = "code", _("code")
        INVITE = "invite", _("invitation")
        NOTICE = "notice", _("notice")
        THREAD = "thread", _("a message in a conversation")
        RECEIVED = "received", _("confirmation that a message has arrived")
        CONCERN = "concern", _("an adult is needed")
        ACCOUNT = "account", _("changes to the recipient's account")
        TEST = "test", _("test")

    class State(models.TextChoices):
        DUE = "due", _("waiting")
        CLAIMED = "claimed", _("being sent")
        RETRY = "retry", _("will be tried again")
        ACCEPTED = "accepted", _("sent")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("too late to send")
        SUPPRESSED = "suppressed", _("not sent")
        UNKNOWN = "unknown", _("not known whether it arrived")

    # Every row changes three times on its way out, so one index less saves a third of a write. Foreign keys
    # that nobody searches by, or that lead an index below, have no index of their own.
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="outbox", db_index=False
    )
    dedupe_key = models.CharField(max_length=100, unique=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    adult = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
    )
    # Key of the row that the message is about, for the package that queued it: for a question, the check-in.
    # Delivery never reads that row; it asks the package's MessageKind (delivery.kinds).
    about_id = models.BigIntegerField(null=True, editable=False)
    step = models.PositiveSmallIntegerField(default=0)
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=12, choices=ChannelKind, blank=True)
    # The account that the last request used. It is queried if the answer was lost.
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    address = models.CharField(max_length=254, blank=True)
    # What the text needs in addition to the rows above. The text itself is made when the message is sent, in
    # the recipient's language at that time.
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    lease_owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # Set just before the request. If a worker dies before setting it, the message was certainly not sent.
    sending_at = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # How often a worker died while it held this message. From the first time on, it is claimed alone.
    deaths = models.PositiveSmallIntegerField(default=0, db_default=0)
    # How often its provider was asked for the outcome and did not say.
    look_ups = models.PositiveSmallIntegerField(default=0, db_default=0)
    provider_reference = models.CharField(max_length=120, blank=True)
    reports_asked_at = models.DateTimeField(null=True)
    cause = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["due", "retry"]), name="outbox_due"
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["due", "retry"], kind="concern"),
                name="outbox_urgent",
            ),
            # Without the lease, which is renewed when a message is marked before the request: so marking
            # updates no index.
            models.Index(fields=["id"], condition=Q(state="claimed"), name="outbox_held"),
            models.Index(
                fields=["about_id"], condition=Q(about_id__isnull=False), name="outbox_about"
            ),
            models.Index(fields=["school", "state", "kind", "due_at"], name="outbox_of_school"),
            models.Index(fields=["adult", "-created_at"]),
            # Some providers report only under their own number.
            models.Index(
                fields=["provider_reference"],
                condition=~Q(provider_reference=""),
                name="outbox_by_reference",
            ),
            # Few rows among many. A banner on every staff page looks for alerts that did not get through.
            models.Index(fields=["created_at"], condition=Q(kind="concern"), name="outbox_alerts"),
            models.Index(
                fields=["finished_at"], condition=Q(state="unknown"), name="outbox_unknown"
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(deaths__gt=0, state__in=["due", "retry"]),
                name="outbox_suspects",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_one_recipient",
                condition=Q(adult__isnull=False, user__isnull=True)
                | Q(adult__isnull=True, user__isnull=False)
                | Q(adult__isnull=True, user__isnull=True, kind="test"),
            )
        ]
        triggers = [
            # A key in the archive is as taken as a key in this table.
            pgtrigger.Trigger(
                name="never_again",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="fresh"),
                func="""
                    DELETE FROM ONLY delivery_outboxmessage message
                    USING fresh, delivery_outboxmessage_archive archived
                    WHERE archived.dedupe_key = fresh.dedupe_key AND message.id = fresh.id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dedupe_key} {self.state}"


class Attempt(models.Model):
    """One attempt to send, append-only: channel and account, result and cause."""

    class Result(models.TextChoices):
        ACCEPTED = "accepted", _("sent")
        TEMPORARY = "temporary", _("did not work, will be tried again")
        PERMANENT = "permanent", _("refused")
        UNKNOWN = "unknown", _("no answer")

    school = school_field(db_index=False)
    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=12, choices=ChannelKind)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    result = models.CharField(max_length=10, choices=Result)
    cause = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.result}"


class DemoPhoneMessage(models.Model):
    """A message that an adult of a demo school would have received, as the demo phone channel stores it."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.UUIDField(unique=True)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    address = models.CharField(max_length=254)
    text = models.TextField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["school", "-received_at"])]

    def __str__(self) -> str:
        return f"{self.address} {self.received_at}"


class SendingSwitch(models.Model):
    """One row that stops everything to families, in all schools. Alerts to staff still go out."""

    singleton = models.BooleanField(primary_key=True, default=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = user_field(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_switch", condition=Q(singleton=True))]

    def __str__(self) -> str:
        return "stopped" if self.stopped_at else "running"
