import time
from typing import Any

import structlog
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator

from accounts import browsers, guessing
from accounts.actions import choose_language, set_password
from accounts.languages import bring_along, forget_the_door_s
from accounts.models import CredentialEvent
from accounts.second_factor import sessions
from core import languages

log = structlog.get_logger(__name__)
BY_PASSWORD = "reauthenticate"  # noqa: S105 - as allauth names this way to show again who one is


class StaffAccountAdapter(DefaultAccountAdapter):
    """The school's administrator invites staff; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def authenticate(self, request, **credentials):
        """Check the password, at sign-in and wherever we ask for it again."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            guessing.was_right(request)
        return user

    def login(self, request, user) -> None:
        """Give somebody who signs in for the first time the language in which they read the sign-in page."""
        read = languages.active()
        if user.last_login is None and languages.is_known(read):
            choose_language(user=user, language=read)
        bring_along(request, user)
        super().login(request, user)

    def post_login(self, request, user, **kwargs):
        """A shared computer may still show the language of the person who used it before."""
        response = super().post_login(request, user, **kwargs)
        ways = [one["method"] for one in get_authentication_records(request, user)]
        log.info("signed_in", user_id=user.pk, ways=ways)
        browsers.remember(request, response, guessing.plain_name(user.get_username()))
        languages.remember(response, user.language)
        forget_the_door_s(request, response)
        return response

    def set_password(self, user, password) -> None:
        """Set the password for its owner, who has just entered the old one."""
        set_password(
            user=user,
            password=password,
            kind=CredentialEvent.Kind.PASSWORD_CHANGED,
            by=user,
            ip=self.request.META.get("REMOTE_ADDR"),
        )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether to ask again; never within minutes of signing in."""
        request, seconds = self.request, app_settings.REAUTHENTICATION_TIMEOUT
        if Authenticator.objects.filter(user=request.user.pk).exists():
            return not sessions.used_within(request, seconds)
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[0]["at"] >= seconds

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """Ask people who have a second step for that step: a password alone must not be enough to change it.

        A passkey comes before codes if no app provides any.
        """
        methods = super().get_reauthentication_methods(user)
        steps = [one for one in methods if one["id"] != BY_PASSWORD]
        has_app = Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).exists()
        return (steps if has_app else steps[::-1]) or methods
