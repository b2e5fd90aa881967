"""Data that WeChat needs us to remember: permissions to write, and voices and photos to fetch."""

from django.db import models

from delivery.channels.models import ChannelAccount
from guardians.models import ContactPoint
from schools.fields import school_field


class WechatPermission(models.Model):
    """One message that a family has allowed by one tap. Those not yet used are its stock.

    `source` makes a repeated event one row. `scene` is WeChat's number of the tap (1 to 10000): two taps with
    the same scene allow one message.
    """

    school = school_field(db_index=False)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    address = models.CharField(max_length=254)
    template = models.CharField(max_length=64)
    scene = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken_for = models.UUIDField(null=True)  # OutboxMessage.idempotency_key

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "address", "-granted_at"], name="permissions_by_address"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "source"], name="one_permission_per_tap")
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.granted_at:%Y-%m-%d}"


class IncomingMedia(models.Model):
    """A voice or photo of which the provider has sent only a number.

    Once it is fetched, or given up, it becomes an IncomingMessage and this row is deleted.
    """

    class Kind(models.TextChoices):
        VOICE = "voice"
        PHOTO = "photo"

    school = school_field(db_index=False)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider_id = models.CharField(max_length=120)
    address = models.CharField(max_length=254)
    address_kind = models.CharField(max_length=10, choices=ContactPoint.Kind)
    kind = models.CharField(max_length=8, choices=Kind)
    media_id = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "provider_id"], name="media_once_per_provider_id"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.provider_id}"
