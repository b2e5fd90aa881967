"""A server that begins without keys of its own signs with one that stands in the source.

Before, `SECRET_KEY` had a default: a server whose `.env` was not read began as if nothing were missing, and
anyone who had read the source signed a link or a session as anybody.
"""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from homeschool import keys
from runtime.layout import ROOT

SECRET = "kG8-vQz3TnY0bWq7LxRf5Jc2HsPd9MuE4oAiZ1wXtC6yBgVeNlKhSjDrUmFpQa_7"
NOTES = "R3q0uTz9nW1bXc5vLk8jHg2fDs7aPoIuYtReWqMnBv4"
AUDIT = "Zx8cVb2nMq5wEr7tYu1iOp3aSd6fGh9jKl0LkJhGfDs"
WHOLE = {
    "SECRET_KEY": SECRET,
    "NOTE_KEYS": NOTES,
    "AUDIT_KEYS": AUDIT,
    "PUBLIC_URL": "https://jiaqiao.example.org",
    "ALLOWED_HOSTS": "jiaqiao.example.org",
}
OURS = ("TRIAL_KEYS", "SECRET_KEY_FALLBACKS", "DEBUG", *WHOLE)


def begins(**environment: str) -> str:
    """What the server says as it refuses; empty where it begins."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "-c", "import homeschool.settings"],
        env=kept | {"DATABASE_URL": "postgres://nobody@127.0.0.1/none"} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


def test_a_server_without_keys_does_not_begin():
    """Gained before: a session of any user, signed with the key in settings.py."""
    assert "SECRET_KEY is not set: this server does not begin" in begins()
    assert "SECRET_KEY is not set" in begins(**WHOLE | {"SECRET_KEY": ""})
    assert begins(**WHOLE) == ""


def test_throwaway_keys_are_never_a_servers():
    assert begins(TRIAL_KEYS="1") == ""
    assert "TRIAL_KEYS" in begins(TRIAL_KEYS="1", PUBLIC_URL=WHOLE["PUBLIC_URL"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": "only-for-trying-out-" + "0" * 40}, "known to everybody"),
        ({"SECRET_KEY": "django-insecure-" + SECRET}, "known to everybody"),
        ({"SECRET_KEY": "short"}, "can be guessed"),
        ({"SECRET_KEY": "ab" * 40}, "can be guessed"),
        ({"SECRET_KEY_FALLBACKS": "only-for-trying-out-" + "0" * 40}, "known to everybody"),
        ({"NOTE_KEYS": ""}, "NOTE_KEYS is not set"),
        ({"NOTE_KEYS": "A" * 43}, "can be guessed"),
        ({"NOTE_KEYS": f"{NOTES},{'A' * 43}"}, "can be guessed"),
        ({"NOTE_KEYS": "a password"}, "32 bytes"),
        ({"AUDIT_KEYS": ""}, "AUDIT_KEYS is not set"),
        ({"AUDIT_KEYS": keys.TRIAL_AUDIT_KEY}, "known to everybody"),
        ({"AUDIT_KEYS": NOTES}, "different keys"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    ],
)
def test_weak_keys_and_open_settings_are_refused(changed, said):
    def check(env: dict[str, str]) -> None:
        fallbacks = [one for one in env.get("SECRET_KEY_FALLBACKS", "").split(",") if one]
        keys.secret_keys(env["SECRET_KEY"], fallbacks, trial=False)
        rings = [
            keys.key_ring(name, env[name].split(","), trial=False)
            for name in ("NOTE_KEYS", "AUDIT_KEYS")
        ]
        keys.all_different([env["SECRET_KEY"]], *rings)
        hosts, debug = env["ALLOWED_HOSTS"].split(","), env.get("DEBUG") == "1"
        keys.fit_for(env["PUBLIC_URL"], trial=False, debug=debug, hosts=hosts)

    check(WHOLE)
    with pytest.raises(ImproperlyConfigured, match=said):
        check(WHOLE | changed)
