"""What a session knows about the second step: allauth writes each use into it, with its time."""

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

METHOD = "mfa"  # as allauth names it in its records


def used_at(request: HttpRequest) -> float | None:
    """Return Unix seconds of the last use in this session; None where a password alone opened it."""
    records = get_authentication_records(request, request.user)
    return max((one["at"] for one in records if one["method"] == METHOD), default=None)


def used_within(request: HttpRequest, seconds: float) -> bool:
    at = used_at(request)
    return at is not None and time.time() - at < seconds


def note_added(request: HttpRequest, factor: Authenticator) -> None:
    """Setting it up counts as showing it. Other sessions have ended; this one goes on."""
    record_authentication(
        request, factor.user, METHOD, id=factor.pk, type=factor.type, reauthenticated=True
    )
    update_session_auth_hash(request, factor.user)


def forget_removed(request: HttpRequest, user: User, factor_id: int) -> None:
    """What it showed no longer counts, in this session either."""
    records = get_authentication_records(request, user)
    kept = [one for one in records if one.get("id") != factor_id or one["method"] != METHOD]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = kept
    update_session_auth_hash(request, user)
