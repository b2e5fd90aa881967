"""Secrets as files: NAME_FILE names a file whose content is NAME. A file is seen by this service alone, a
variable by whoever may look at the container or the process.

Read by the settings and, without Django, by homeschool.health.
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
    """Why a secret cannot be had, in words for whoever runs the server."""


def value(name: str, variables: Mapping[str, str] = os.environ) -> str | None:
    """The content of NAME_FILE, else NAME; an empty variable counts as none."""
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
    """Secrets that stand in files, for the settings."""
    named = (name for name in NAMES if variables.get(f"{name}_FILE"))
    return {name: content for name in named if (content := value(name, variables))}
