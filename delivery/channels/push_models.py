"""Browsers that show a family's messages on the phone's screen."""

from django.db import models

from delivery.channels.models import ChannelAccount
from guardians.models import ContactPoint
from schools.fields import school_field


class PushSubscription(models.Model):
    """The address at which one browser receives notices, and the keys that encrypt them for it alone (RFC
    8291).

    It is deleted with its contact point, whose `address` is a random id of ours. `session_key` is the session
    that switched it on; signing that phone out ends it.
    """

    school = school_field(db_index=False)
    account = models.ForeignKey(
        ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    point = models.OneToOneField(
        ContactPoint, on_delete=models.CASCADE, related_name="push_subscription"
    )
    endpoint = models.CharField(max_length=800)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    session_key = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["endpoint"], name="push_by_endpoint"),
            models.Index(fields=["session_key"], name="push_by_session"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.created_at:%Y-%m-%d}"
