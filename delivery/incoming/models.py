"""Messages that families send on their own initiative, as they came in."""

import pgtrigger
from django.db import models

from guardians.models import ContactPoint
from schools.fields import school_field
from uploads.models import Upload


class IncomingMessage(models.Model):
    """A text, picture or voice message that somebody sent to the school by SMS or WeChat; append-only.

    It is stored before anybody knows whose it is: `threads` fetches the rows that it has not looked at yet. A
    provider that delivers twice changes nothing (`account`, `provider_id`).
    """

    school = school_field(db_index=False)
    account = models.ForeignKey(
        "delivery.ChannelAccount", on_delete=models.PROTECT, related_name="incoming"
    )
    provider_id = models.CharField(max_length=120)
    # The address it came from, in the form of a contact point: E.164, an open id.
    address = models.CharField(max_length=254)
    address_kind = models.CharField(max_length=10, choices=ContactPoint.Kind)
    text = models.TextField(blank=True)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["school", "address", "-received_at"], name="incoming_by_address")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "provider_id"], name="incoming_once_per_provider_id"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.provider_id}"
