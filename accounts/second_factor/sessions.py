"""The second step in a session: allauth stores each use in it, with its time."""

import time

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from accounts.models import User

METHOD = "mfa"  # the name that allauth uses in its records


def used_at(request: HttpRequest) -> float | None:
    """Return the time of the last use in this session in Unix seconds; None if it was opened by password
    alone.
    """
    records = get_authentication_records(request, request.user)
    return max((one["at"] for one in records if one["method"] == METHOD), default=None)


def used_within(request: HttpRequest, seconds: float) -> bool:
    at = used_at(request)
    return at is not None and time.time() - at < seconds


def note_added(request: HttpRequest, factor: Authenticator) -> None:
    """Count setting it up as passing it. Other sessions have ended; this one continues."""
    record_authentication(
        request, factor.user, METHOD, id=factor.pk, type=factor.type, reauthenticated=True
    )
    update_session_auth_hash(request, factor.user)


def forget_removed(request: HttpRequest, user: User, factor_id: int) -> None:
    """Make previous uses of a removed factor no longer count, in this session either."""
    records = get_authentication_records(request, user)
    kept = [one for one in records if one.get("id") != factor_id or one["method"] != METHOD]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = kept
    update_session_auth_hash(request, user)
