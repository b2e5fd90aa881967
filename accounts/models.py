from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """A user without a password cannot sign in with one (family accounts)."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


@pghistory.track(exclude=["password", "last_login"])
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

    @property
    def surname(self) -> str:
        """First character of the name: what an avatar shows."""
        return self.name[:1]


class AccessRecord(models.Model):
    """Somebody opened a child's file (triggers do not see SELECT, so the view says it).

    Append-only. Holds keys instead of relations: accounts stands below schools and students,
    and the record must outlive what it points at.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    school_id = models.BigIntegerField()
    student_id = models.BigIntegerField()
    what = models.CharField(max_length=40)
    ip_address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["student_id", "-at"])]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what} {self.student_id}"
