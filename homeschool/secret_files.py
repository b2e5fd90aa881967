"""Secrets as files: NAME_FILE names a file whose content is NAME.

Only this service can read a file, while anybody who may inspect the container or the process can read a
variable. The settings use this module, and so does homeschool.health without Django.
"""

import os
from collections.abc import Mapping
from pathlib import Path

NAMES = (
    "SECRET_KEY", "SECRET_KEY_FALLBACKS", "NOTE_KEYS", "AUDIT_KEYS", "DATABASE_URL", "DATABASE_REPLICA_URL",
    "DATABASE_WINDOW_URL", "REDIS_URL", "EMAIL_URL", "ANCHOR_TOKEN", "TRANSLATION_KEY", "TRANSCRIBE_KEY",
    "SPEECH_KEY", "STAFF_SMS", "WEIXIN_SECRET", "METRICS_TOKEN", "SENTRY_DSN",
)  # fmt: skip


class SecretFileTrouble(Exception):
    """Says why a secret is not available, in words for the person who runs the server."""


def value(name: str, variables: Mapping[str, str] = os.environ) -> str | None:
    """Return the content of NAME_FILE, else NAME. An empty variable counts as unset."""
    given, path = variables.get(name, ""), variables.get(f"{name}_FILE", "")
    if not path:
        return given or None
    if given:
        raise SecretFileTrouble(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        return Path(path).read_text().strip() or None
    except OSError as error:
        raise SecretFileTrouble(f"{name}_FILE={path}: {error.strerror}") from error


def found(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the secrets that are in files, for the settings."""
    named = (name for name in NAMES if variables.get(f"{name}_FILE"))
    return {name: content for name in named if (content := value(name, variables))}
