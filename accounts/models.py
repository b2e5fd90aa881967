import pghistory
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.chain import ChainedRow, ChainHead
from core.prepared import prepared

__all__ = ["AccessRecord", "AttemptCount", "ChainHead", "CredentialEvent", "User", "UserManager"]


@prepared
def _with_key(*, pk: int) -> models.QuerySet["User"]:
    return User.objects.filter(pk=pk)


class UserManager(BaseUserManager["User"]):
    def get(self, *args, **asked) -> "User":
        """Look up by key with a prepared statement: Django reads the signed-in user in this way on every
        page.
        """
        # A manager of a relation makes its own query with a condition.
        if (
            type(self) is not UserManager
            or args
            or [*asked] != ["pk"]
            or type(asked["pk"]) is not int
        ):
            return super().get(*args, **asked)
        found = _with_key(pk=asked["pk"])
        if not found:
            raise self.model.DoesNotExist("User matching query does not exist.")
        return found[0]

    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """Create a user; one without a password cannot sign in with one (family accounts)."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


@pghistory.track(exclude=["password", "last_login", "session_epoch"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in: staff with a password, a family's adult with a one-tap link.

    What a user may do depends on posts (schools) or guardianships (guardians), never on `is_superuser`, which
    opens no child's file.
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
    # Increases with each change of the second step, which ends older sessions (accounts.second_factor).
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Like Django's, but also over the second step: a session lasts no longer than the credentials that
        opened it.
        """
        salt = "accounts.models.User.get_session_auth_hash"
        what = f"{self.password}|{self.session_epoch}"
        return salted_hmac(salt, what, secret=secret, algorithm="sha256").hexdigest()

    @property
    def surname(self) -> str:
        """First character of the name, shown in an avatar."""
        return self.name[:1]


class AccessRecord(ChainedRow):
    """A record that somebody opened a child's file. The view writes it, because triggers do not see SELECT.

    Append-only, in one chain for each school. It holds keys instead of relations: accounts is below schools
    and students, and the record must outlive what it refers to.
    """

    CHAIN = "access"
    SEALED = ("user_id", "school_id", "student_id", "what", "ip_address", "at")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    school_id = models.BigIntegerField()
    student_id = models.BigIntegerField()
    what = models.CharField(max_length=40)
    ip_address = models.GenericIPAddressField(null=True)

    class Meta(ChainedRow.Meta):
        indexes = [models.Index(fields=["student_id", "-at"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what} {self.student_id}"


class CredentialEvent(ChainedRow):
    """A change to who can sign in as somebody, or to what they may then do.

    Append-only, in one chain for the installation; it holds no secret.
    """

    CHAIN = "credentials"
    SEALED = ("user_id", "by_id", "kind", "school_id", "ip_address", "detail", "at")

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
        POST_TAKEN_BACK = "post_taken_back", _("post taken back")
        REACH_CHANGED = "reach_changed", _("phone or e-mail changed")
        TOKEN_MADE = "token_made", _("token for another system made")
        TOKEN_ENDED = "token_ended", _("token for another system ended")
        TOKEN_ENDS_SOON = "token_ends_soon", _("token for another system ends within two weeks")
        TOKEN_ASKS = "token_asks", _("token for another system waits for agreement")
        TOKEN_AGREED = (
            "token_agreed",
            _("agreed to a token for another system, or withdrew the agreement"),
        )
        WEBHOOK_SET = "webhook_set", _("change notifications to another system set up")
        WEBHOOK_STOPPED = "webhook_stopped", _("change notifications to another system stopped")

    # The person whose credentials changed, and who changed them; None if it was the installation itself or a
    # stranger.
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    school_id = models.BigIntegerField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta(ChainedRow.Meta):
        indexes = [
            models.Index(fields=["user", "-at"], name="credential_events_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class AttemptCount(models.Model):
    """How often something was tried in a window of time that is still open (accounts.rate_limits)."""

    what = models.CharField(max_length=30)
    # A keyed digest, so that nobody can read addresses, names or phone numbers from this table.
    key = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["what", "key"], name="one_count_for_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.count}"
