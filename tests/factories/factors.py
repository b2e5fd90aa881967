"""Second steps of the cast, and sessions that were opened with them."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows import login
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils.crypto import get_random_string

from accounts.idle import SEEN_AT
from accounts.models import User
from accounts.session_store import SessionStore
from schools.roles import BEHIND_SECOND_FACTOR, ROLE_PERMISSIONS, Role

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of everybody's app
HALF_MINUTE = 30  # seconds (RFC 6238)
OWNER = login._AUTHENTICATION_METHODS_USER_SESSION_KEY
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def needs_factor(role: str) -> bool:
    return bool(ROLE_PERMISSIONS[Role(role)] & BEHIND_SECOND_FACTOR)


def give_factor(user: User) -> Authenticator:
    """An app and printed recovery codes, as they are after the guided page."""
    mine = Authenticator.objects.filter(user=user)
    found = mine.filter(type=Authenticator.Type.TOTP).first()
    if found is None:
        found = TOTP.activate(user, SECRET).instance
        codes = RecoveryCodes.activate(user).instance
        codes.data["confirmed_at"] = "2026-09-01T08:00:00+00:00"
        codes.save(update_fields=["data"])
    return found


def app_code(half_minutes: int = 0) -> str:
    """What everybody's app shows, so many half-minutes from now."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // HALF_MINUTE + half_minutes))


def recovery_code(user: User) -> str:
    """The next one on paper."""
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return kept.wrap().get_unused_codes()[0]


def sign_in(
    client: Client, user: User, backend: str | None = None, *, with_second_step: bool = True
) -> None:
    """Give the client the session that signing in leaves, in one row: thousands of tests begin so.

    What the session of nobody, or their own, held already stays in it.
    """
    session = SessionStore()
    if settings.SESSION_COOKIE_NAME in client.cookies:
        before = client.session
        if before.get(SESSION_KEY, user_id_to_str(user)) == user_id_to_str(user):
            session.update(dict(before.items()))
        before.delete()
    session[SESSION_KEY] = user_id_to_str(user)
    session[BACKEND_SESSION_KEY] = backend or MODEL_BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    at = time.time()
    factor = Authenticator.objects.filter(user=user).order_by("-type").first()
    if factor is not None:
        records = [{"method": "password", "at": at}]
        if with_second_step:
            records += [{"method": "mfa", "at": at, "id": factor.pk, "type": factor.type}]
        session[AUTHENTICATION_METHODS_SESSION_KEY] = records
        session[OWNER], session[SEEN_AT] = user_id_to_str(user), at
    session._session_key = get_random_string(32)
    session.save(must_create=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def password_alone(client: Client, user: User) -> None:
    """A session of the password alone, as if somebody had got round the page that asks for more."""
    sign_in(client, user, with_second_step=False)
