"""A school's accounts at providers, the health of each account, and the providers' reports."""

import pghistory
import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from schools.fields import school_field
from schools.models import School


class ChannelKind(models.TextChoices):
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    SMS = "sms", _("SMS by a gateway")
    ALIBABA_SMS = "alibaba_sms", _("SMS by Alibaba Cloud")
    TENCENT_SMS = "tencent_sms", _("SMS by Tencent Cloud")
    WECHAT = "wechat", _("WeChat official account")
    WECOM = "wecom", _("WeCom")
    PUSH = "push", _("notice on the screen")
    PAPER = "paper", _("paper")
    APPRISE = "apprise", _("staff group")
    DEMO_PHONE = "demo_phone", _("demo phone")
    VOICE = "voice", _("calls by a gateway")
    ALIBABA_CALL = "alibaba_call", _("calls by Alibaba Cloud")
    TENCENT_CALL = "tencent_call", _("calls by Tencent Cloud")
    DEMO_CALL = "demo_call", _("demo phone that rings")


FOR_TRYING_OUT = (ChannelKind.DEMO_PHONE, ChannelKind.DEMO_CALL)


@pghistory.track(exclude=["secret", "hook_key"])
class ChannelAccount(models.Model):
    """One account of a school at one provider. A school's accounts have an order.

    `config` holds what we may show, `secret` the tokens, encrypted (delivery.channels.secrets). `hook_key` is
    the secret part of the address at which the provider reports (`/hooks/<pk>/<hook_key>/`).
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(_("channel"), max_length=12, choices=ChannelKind)
    name = models.CharField(_("name"), max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField(_("order"), default=1)
    is_enabled = models.BooleanField(_("in use"), default=True)
    config = models.JSONField(default=dict, blank=True)
    secret = models.BinaryField(null=True, blank=True)
    hook_key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    # A copy of what the county gives (delivery.shared). The school's administrator does not see its settings.
    of_county = models.ForeignKey(
        "delivery.CountyAccount",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="copies",
        db_index=False,
    )

    class Meta:
        ordering = ["priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["of_county", "school"],
                condition=Q(of_county__isnull=False),
                name="one_copy_for_a_school",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name or str(self.get_kind_display())


class ProviderHealth(models.Model):
    """The health of an account, shared by all workers.

    Closed: `open_until` is empty. Open: until then. Half-open afterwards: the worker that sets
    `probing_until` may send one message, which decides.
    """

    account = models.OneToOneField(
        ChannelAccount, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    failures_in_row = models.PositiveIntegerField(default=0)
    trips = models.PositiveSmallIntegerField(default=0)  # how often it opened since it last worked
    open_until = models.DateTimeField(null=True)
    probing_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_cause = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.account_id} {self.open_until or 'works'}"

    @property
    def has_failed_last(self) -> bool:
        """Return whether nothing has been sent since it last failed or refused."""
        failed, worked = self.last_failure_at, self.last_success_at
        return failed is not None and (worked is None or failed > worked)


class DeliveryReceipt(models.Model):
    """A provider's report about one message, as it arrived; append-only except for the message that it
    settles.

    `digest` makes a repeated report one row. `key` is ours, `reference` the provider's own number. A report
    that matches no message (yet) stays unsettled. An unsigned report is no proof and changes no message: it
    is settled when we have asked the provider, whose answer is a row of its own.
    """

    class Verdict(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        ON_ITS_WAY = "on_its_way", _("on its way")

    school = school_field(db_index=False)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    digest = models.CharField(max_length=64)
    key = models.UUIDField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict)
    cause = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    raw = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=Now())
    is_proof = models.BooleanField(db_default=True)
    # In the outbox or its archive: a PostgreSQL foreign key cannot point to both.
    message = models.ForeignKey(
        "delivery.OutboxMessage",
        on_delete=models.SET_NULL,
        null=True,
        related_name="receipts",
        db_constraint=False,
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["received_at", "pk"]
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(settled_at=None), name="receipts_unsettled"
            ),
            models.Index(
                fields=["school", "received_at"],
                condition=~Q(detail="") | ~Q(raw={}),
                name="receipts_by_age",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="one_receipt_per_report")
        ]
        triggers = [
            pgtrigger.ReadOnly(name="as_it_came", exclude=["message", "settled_at"]),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reference or self.key} {self.verdict}"


class SeenSignature(models.Model):
    """A provider's signed request that we have processed; kept while its time counts as fresh."""

    account = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="one_request_per_signature")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.seen_at:%Y-%m-%d %H:%M}"
