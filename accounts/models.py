from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.chain import ChainedRow, ChainHead

__all__ = ["AccessHead", "AccessRecord", "ChainHead", "CredentialEvent", "User", "UserManager"]


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """A user without a password cannot sign in with one (family accounts)."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


@pghistory.track(exclude=["password", "last_login", "session_epoch"])
class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in: staff with a password, a family's adult with a one-tap link.

    What a user may do follows from posts (schools) or guardianships (guardians), never from
    `is_superuser`, which opens no child's file.
    """

    username = models.CharField(
        _("phone or staff number"),
        max_length=150,
        unique=True,
        error_messages={"unique": _("Somebody already signs in with this.")},
    )
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("mobile phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("technical administrator"), default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    # Goes up with each change of the second step: sessions from before end (accounts.second_factor).
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, over the second step, too: a session holds no longer than what opened it."""
        salt = "accounts.models.User.get_session_auth_hash"
        what = f"{self.password}|{self.session_epoch}"
        return salted_hmac(salt, what, secret=secret, algorithm="sha256").hexdigest()

    @property
    def surname(self) -> str:
        """First character of the name: what an avatar shows."""
        return self.name[:1]


# The end of a school's chain is held until the transaction ends, so that no two rows get one number.
# What is hashed: accounts.access_chain.hash_of. The words stand last: nothing else holds a "|".
CHAIN_SQL = """
    INSERT INTO accounts_accesshead (school_id, number, hash) VALUES (NEW.school_id, 0, ''::bytea)
        ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM accounts_accesshead WHERE school_id = NEW.school_id FOR UPDATE;
    NEW.number := head.number + 1;
    NEW.hash := sha256(head.hash || convert_to(concat_ws('|', NEW.id, NEW.school_id, NEW.number,
        NEW.user_id, NEW.student_id, coalesce(host(NEW.ip_address), ''),
        (extract(epoch FROM NEW.at) * 1000000)::bigint, NEW.what), 'UTF8'));
    UPDATE accounts_accesshead SET number = NEW.number, hash = NEW.hash
        WHERE school_id = NEW.school_id;
    RETURN NEW;
"""


class AccessHead(models.Model):
    """The end of one school's chain of AccessRecord; only the trigger writes it."""

    school_id = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.school_id} {self.number}"


class AccessRecord(models.Model):
    """Somebody opened a child's file (triggers do not see SELECT, so the view says it).

    Append-only, and chained per school: the database gives each row its `number` and a `hash` over
    itself and the row before (accounts.access_chain checks them). Rows from before the chain have none.
    Holds keys instead of relations: accounts stands below schools and students, and the record must
    outlive what it points at.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    school_id = models.BigIntegerField()
    student_id = models.BigIntegerField()
    what = models.CharField(max_length=40)
    ip_address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(db_default=Now())
    number = models.BigIntegerField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["student_id", "-at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school_id", "number"], name="one_row_for_a_number"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'The log of readers is never emptied';",
            ),
            pgtrigger.Trigger(
                name="chain",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("head", "RECORD")],
                func=CHAIN_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what} {self.student_id}"


class CredentialEvent(ChainedRow):
    """Something that decides who can sign in as somebody, or what they may do then. Append-only, in one chain
    for the installation; no secret stands in it.
    """

    CHAIN: ClassVar = "credentials"
    SEALED: ClassVar = ("user_id", "by_id", "kind", "school_id", "ip_address", "detail", "at")

    class Kind(models.TextChoices):
        ACCOUNT_MADE = "account_made", _("account made")
        ACCOUNT_SHUT = "account_shut", _("may not sign in any more")
        ACCOUNT_OPENED = "account_opened", _("may sign in again")
        NAME_CHANGED = "name_changed", _("signs in with another name")
        SLIP_MADE = "slip_made", _("invitation slip made")
        SLIP_OPENED = "slip_opened", _("invitation slip opened")
        PASSWORD_SET = "password_set", _("first password set")
        PASSWORD_CHANGED = "password_changed", _("password changed")
        RESET_ASKED = "reset_asked", _("new password asked for")
        RESET_AGREED = "reset_agreed", _("new password agreed to")
        RESET_REFUSED = "reset_refused", _("new password refused")
        FACTOR_ADDED = "factor_added", _("second step added")
        FACTOR_REMOVED = "factor_removed", _("second step removed")
        RECOVERY_CODES_MADE = "recovery_codes_made", _("recovery codes made")
        RECOVERY_CODE_USED = "recovery_code_used", _("recovery code used")
        POST_OFFERED = "post_offered", _("post offered")
        POST_ACCEPTED = "post_accepted", _("post accepted")
        POST_DECLINED = "post_declined", _("post declined")
        POST_WITHDRAWN = "post_withdrawn", _("offer of a post withdrawn")
        POST_GIVEN = "post_given", _("post given")
        POST_ENDED = "post_ended", _("post ended")
        REACH_CHANGED = "reach_changed", _("phone or e-mail changed")

    # Whose credentials, and who did it: nobody known, where it is the installation itself or a stranger.
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    school_id = models.BigIntegerField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta(ChainedRow.Meta):
        indexes: ClassVar = [
            models.Index(fields=["user", "-at"], name="credential_events_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
