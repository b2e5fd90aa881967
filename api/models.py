from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schools.models import School

NAME_LENGTH = 40  # characters; an account's name has room for a few more
KEY_LENGTH = 100  # characters of an Idempotency-Key; a UUID has 36


class Scope(models.TextChoices):
    """What a token opens; stored as these strings for ever."""

    READ_FIGURES = "figures.read", _("Read figures without names")
    READ_ROSTER = "roster.read", _("Read pupils, classes and school years")
    READ_ATTENDANCE = "attendance.read", _("Read the attendance of a class")
    WRITE_ATTENDANCE = "attendance.write", _("Write attendance")


@pghistory.track(exclude=["digest", "form_key", "last_used_at"])
class ApiToken(models.Model):
    """What another system shows to be let in, at one school. We keep a digest; nobody can read it again.

    It opens no more than its maker may see, and only while the maker administers the school.
    `account` is named in the logs and beside what the system writes; nobody can sign in with it.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("What is it for?"), max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    # In the form of ipaddress.ip_network; empty: from anywhere.
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    made_on = models.DateField()
    expires_on = models.DateField()  # the last day
    # Names the form that made it: sent again, it makes no second one.
    form_key = models.UUIDField(unique=True, editable=False)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_token_a_year_at_most",
                condition=Q(expires_on__gte=F("made_on")) & Q(expires_on__lte=F("made_on") + 366),
            ),
            models.CheckConstraint(
                name="api_token_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """What a request with an Idempotency-Key was answered: the same one sent again does nothing twice.

    Only what was done is kept; a refused request may be sent again. It names no child.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=KEY_LENGTH)
    digest = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="one_answer_for_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.status}"
