"""Checks the keys with which a server may start. The settings call this before Django is set up.

A server that started without its own keys would sign links with a key that everybody can read in the source,
and nobody would notice. Throwaway keys exist only if TRIAL_KEYS says so: in tests, builds, checks of code.
"""

import base64
import binascii
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

TRIAL_SECRET_KEY = "only-for-trying-out-" + "0" * 40
TRIAL_AUDIT_KEY = base64.urlsafe_b64encode(b"only for trying out, none to keep"[:32]).decode()
KNOWN_BEGINNINGS = ("only-for-trying-out-", "django-insecure-", "change", "secret", "example")
SECRET_KEY_LEAST = 50  # characters, as in Django's own check (security.W009)
SECRET_KEY_DISTINCT = 12  # different characters; 50 random ones have more than 30
KEY_BYTES = 32  # AES-256, HMAC-SHA-256
KEY_DISTINCT = 12  # different bytes; 32 random ones have more than 24 (1 in 10^9 has fewer)


def secret_keys(first: str, fallbacks: Sequence[str], *, trial: bool) -> tuple[str, list[str]]:
    """Return SECRET_KEY and its fallbacks. Raises ImproperlyConfigured."""
    if trial:
        return first or TRIAL_SECRET_KEY, list(fallbacks)
    if not first:
        raise ImproperlyConfigured(_missing("SECRET_KEY", "token_urlsafe(64)"))
    for name, key in [("SECRET_KEY", first), *(("SECRET_KEY_FALLBACKS", one) for one in fallbacks)]:
        if key.lower().startswith(KNOWN_BEGINNINGS):
            raise ImproperlyConfigured(f"{name} is known to everybody. {_how('token_urlsafe(64)')}")
        if len(key) < SECRET_KEY_LEAST or len(set(key)) < SECRET_KEY_DISTINCT:
            raise ImproperlyConfigured(f"{name} can be guessed. {_how('token_urlsafe(64)')}")
    return first, list(fallbacks)


def key_ring(name: str, written: Sequence[str], *, trial: bool) -> list[str]:
    """Return keys of 32 bytes in URL-safe base64, the one in use first. Raises ImproperlyConfigured."""
    keys = [one.strip() for one in written if one.strip()]
    if trial:
        return keys
    if not keys:
        raise ImproperlyConfigured(_missing(name, "token_urlsafe(32)"))
    if TRIAL_AUDIT_KEY in keys:
        raise ImproperlyConfigured(
            f"A key of {name} is known to everybody. {_how('token_urlsafe(32)')}"
        )
    for key in keys:
        try:
            data = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        except (binascii.Error, ValueError) as error:
            raise ImproperlyConfigured(_shape(name)) from error
        if len(data) != KEY_BYTES:
            raise ImproperlyConfigured(_shape(name))
        if len(set(data)) < KEY_DISTINCT:
            raise ImproperlyConfigured(
                f"A key of {name} can be guessed. {_how('token_urlsafe(32)')}"
            )
    return keys


def all_different(*rings: Sequence[str]) -> None:
    """Refuse one key for two purposes, because both would be lost at once. Raises ImproperlyConfigured."""
    keys = [key for ring in rings for key in set(ring)]
    if len(keys) != len(set(keys)):
        raise ImproperlyConfigured("SECRET_KEY, NOTE_KEYS and AUDIT_KEYS must be different keys.")


def fit_for(public_url: str, *, trial: bool, debug: bool, hosts: Sequence[str]) -> None:
    """Refuse settings that nobody intends on a server reached by https. Raises ImproperlyConfigured."""
    if not public_url.startswith("https://"):
        return
    if trial:
        raise ImproperlyConfigured(
            "TRIAL_KEYS is for tests and builds, not for a server (PUBLIC_URL)."
        )
    if debug:
        raise ImproperlyConfigured("DEBUG shows settings and data to every reader: leave it unset.")
    if "*" in hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS names the hosts of this server; * lets a stranger choose."
        )


def _shape(name: str) -> str:
    return f"Each key of {name} is 32 bytes in URL-safe base64. {_how('token_urlsafe(32)')}"


def _missing(name: str, call: str) -> str:
    return f"{name} is not set: this server does not begin without it. {_how(call)}"


def _how(call: str) -> str:
    return f"Make one: python3 -c 'import secrets; print(secrets.{call})' (see .env.example)"
