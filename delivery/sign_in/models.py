"""The means by which a family signs in: links, codes, paper slips, and phones that stay signed in.

Staff who have forgotten their password get a code, too.

No row opens anything by itself: codes and slips are derived from the row and a key of the environment
(delivery.sign_in.codes), so a copy of the database contains no code.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult, ContactPoint
from schools.fields import school_field


class SignInLink(models.Model):
    """One link with which an adult of a family signs in: short-lived, used once."""

    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="sign_in_links")
    address = models.CharField(max_length=254)
    # The page that the family wanted before it had to sign in: under /f/, or empty.
    next_path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["address", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.created_at}"


class OneTimeCode(models.Model):
    """Six digits sent to one address for one purpose: ten minutes, five tries, used once.

    The digits follow from `salt` and a key of the environment. A stored hash of six digits could be reversed
    within a second; here nothing is stored that could be reversed.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("signing in")
        VERIFY = "verify", _("checking a way to reach somebody")
        INVITATION = "invitation", _("using a slip")
        PASSWORD = "password", _("a forgotten password of staff")

    purpose = models.CharField(max_length=10, choices=Purpose)
    address = models.CharField(max_length=254)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.CASCADE, null=True, related_name="+"
    )
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The browser that asked to sign in: guesses from elsewhere do not count against this code.
    ask_key = models.UUIDField(null=True, editable=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["address", "purpose", "-created_at"])]
        constraints = [
            models.CheckConstraint(
                name="code_for_adult_or_staff",
                condition=Q(purpose="password", user__isnull=False, adult__isnull=True)
                | ~Q(purpose="password") & Q(user__isnull=True, adult__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at}"


class Invitation(models.Model):
    """A slip of paper for one adult. It opens the first sign-in, once, and never on its own.

    The person who holds it must also prove that a phone is theirs, or wait until two members of staff confirm
    the number: `claimed_at` without `confirmed_at`.
    """

    class Proof(models.TextChoices):
        CODE = "code", _("a code sent to the phone on record")
        NEW_NUMBER = "new_number", _("a new number, to be confirmed by the school")
        DIGITS = (
            "digits",
            _("the last digits of the number on record, to be confirmed by the school"),
        )

    school = school_field(db_index=False)
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="invitations")
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = user_field()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    proof = models.CharField(max_length=10, choices=Proof, blank=True)
    claimed_address = models.CharField(_("number given"), max_length=254, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # Stored in the browser that showed the slip: after the school confirms, the slip opens only there.
    claim_key = models.UUIDField(null=True, editable=False)
    # Two people confirm: somebody who knows the family and has asked, then a principal or administrator.
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = user_field(null=True, db_index=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = user_field(null=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adult"],
                condition=Q(used_at=None, revoked_at=None),
                name="one_open_slip_per_adult",
            ),
            models.CheckConstraint(
                name="claim_confirmed_by_two",
                condition=Q(confirmed_by=None)
                | Q(checked_by__isnull=False) & ~Q(checked_by=models.F("confirmed_by")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["school", "claimed_at"],
                condition=Q(claimed_at__isnull=False, confirmed_at=None, revoked_at=None),
                name="claims_to_confirm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.adult_id} {self.made_at:%Y-%m-%d}"


class Device(models.Model):
    """One browser in which an adult of a family stays signed in.

    It stores no IP address and no exact model: just enough for its owner to recognise it.
    """

    class OpenedBy(models.TextChoices):
        LINK = "link", _("by a link")
        CODE = "code", _("by a code")
        SLIP = "slip", _("by a slip from school")
        WECHAT = "wechat", _("by WeChat")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices"
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    name = models.CharField(max_length=60)
    opened_by = models.CharField(max_length=8, choices=OpenedBy)
    opened_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_used_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"


class WechatLink(models.Model):
    """The number with which an adult chose to use WeChat next time. Without that number WeChat no longer
    signs in.

    It is separate from allauth's row for the openid, whose data each sign-in overwrites.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wechat_link"
    )
    address = models.CharField(max_length=254)
    app_id = models.CharField(max_length=60, blank=True, default="", db_default="")
    linked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.linked_at:%Y-%m-%d}"
