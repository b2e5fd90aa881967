import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.second_factor import sessions

BY_PASSWORD = "reauthenticate"  # noqa: S105 - as allauth names this way to show again who one is


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff are invited by their school's administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within minutes of signing in: nobody is asked twice for what they have just shown."""
        return not _has_just_signed_in(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """Whoever has a second step shows that: a password alone changes nothing of it.

        A passkey comes before codes where no app shows any.
        """
        methods = super().get_reauthentication_methods(user)
        steps = [one for one in methods if one["id"] != BY_PASSWORD]
        has_app = Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).exists()
        return (steps if has_app else steps[::-1]) or methods


def _has_just_signed_in(request: HttpRequest) -> bool:
    seconds = app_settings.REAUTHENTICATION_TIMEOUT
    if Authenticator.objects.filter(user=request.user.pk).exists():
        return sessions.used_within(request, seconds)
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[0]["at"] < seconds
