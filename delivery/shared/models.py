"""The accounts that a county's officers have entered, and the schools that do not use them."""

import pghistory
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from accounts.fields import user_field
from delivery.channels.models import ChannelKind
from schools.models import County, School


@pghistory.track(exclude=["secret", "hook_key"])
class CountyAccount(models.Model):
    """An account at one provider for all schools of a county, as the officers last entered it.

    Nothing is sent over this row. When another officer has agreed, every school gets a copy, a
    `ChannelAccount` of its own (delivery.shared.actions). A later change waits here for the next agreement
    while the copies stay as they are. `in_force`: whether copies may be in use.
    """

    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ChannelKind)
    name = models.CharField(max_length=40, blank=True)
    is_enabled = models.BooleanField(default=True)
    config = models.JSONField(default=dict, blank=True)
    secret = models.BinaryField(null=True, blank=True)
    hook_key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    in_force = models.BooleanField(default=False)
    asked_by = user_field(db_index=False)
    asked_at = models.DateTimeField()
    agreed_by = user_field(null=True, db_index=False)
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="county_account_two_people",
                condition=Q(agreed_by=None) | ~Q(agreed_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="county_account_agreed_with_time",
                condition=Q(agreed_by=None, agreed_at=None)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False),
            ),
            # A person's id there belongs to one account (delivery.shared.kinds.SINGLE).
            models.UniqueConstraint(
                name="one_wechat_and_wecom_of_a_county",
                fields=["county", "kind"],
                condition=Q(ended_at=None, kind__in=["wechat", "wecom"]),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name or str(self.get_kind_display())

    @property
    def waits(self) -> bool:
        """Return whether another officer still has to agree."""
        return self.agreed_by_id is None and self.ended_at is None


class LeftOut(models.Model):
    """A record of whether a school does without the county's account, and who last decided that."""

    account = models.ForeignKey(
        CountyAccount, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    is_out = models.BooleanField()
    by = user_field(db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "school"], name="left_out_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.school_id} {self.is_out}"
