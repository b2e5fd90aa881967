"""The places of everything: the project, its virtual environment, one data folder for each running copy."""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from runtime.words import Trouble

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "jiaqiao"

FIRST_START_MB = 1500  # measured: .venv 620, node_modules 90, database 130, caches of pip and npm
LATER_START_MB = 200  # logs, and PostgreSQL's own log of changes


class DataFolder:
    """`.local/` or the folder given with `--data`.

    It holds the only copy of a school's data: nothing here deletes it.
    """

    def __init__(self, path: Path) -> None:
        # The scripts first change into the project; a relative path is relative to where the user is.
        self.path = (Path(os.environ.get("JIAQIAO_STARTED_IN", ".")) / path.expanduser()).resolve()
        self.postgres = self.path / "postgres"
        self.redis = self.path / "redis"
        self.logs = self.path / "logs"
        self.run = self.path / "run"

    def prepare(self) -> None:
        """Create the folders.

        If we are root, others may pass through them, as PostgreSQL's system user has to.
        """
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.path.mkdir(mode=mode, parents=True, exist_ok=True)
            self.run.mkdir(mode=mode, exist_ok=True)
            for folder in (self.logs, self.path / "media"):
                folder.mkdir(mode=0o700, exist_ok=True)
            (self.run / "writable").write_text("")
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise Trouble("not_writable", folder=self.path, cause=error.strerror) from error

    def lock(self, holder: str) -> IO[str]:
        """Allow one start at a time, until the returned handle is closed.

        The system releases the lock of a dead process.
        """
        handle = (self.run / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with handle:
                handle.seek(0)
                found = handle.read().strip()
            raise Trouble("already_running", data=self.path, holder=found) from None
        handle.truncate(0)
        handle.write(holder)
        handle.flush()
        return handle

    def secret_key(self) -> str:
        """Return the key, created once: signed links in messages already sent stay valid after restarts."""
        path = self.path / "secret_key"
        if not path.exists() or not path.read_text().strip():
            _write_private(path, secrets.token_urlsafe(64))
        return path.read_text().strip()

    def note_key(self) -> str:
        """Return the key, created once: without it the counselling notes in the database cannot be opened."""
        return self._key("note_key")

    def audit_key(self) -> str:
        """Return the key, created once: without it nobody can tell whether the logs are complete."""
        return self._key("audit_key")

    def _key(self, name: str) -> str:
        path = self.path / name
        if not path.exists() or not path.read_text().strip():
            _write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    def keep_environment(self, values: Mapping[str, str]) -> None:
        """Store the settings for `manage.py` typed in another window.

        Only the owner may read them: they hold keys.
        """
        lines = "".join(f"{name}='{value}'\n" for name, value in values.items())
        _write_private(self.path / "environment", lines)


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def check_disk(folder: Path) -> None:
    needed, free = needed_mb(), free_mb(folder)
    if free < needed:
        raise Trouble("disk_full", folder=folder, free=free, needed=needed)


def needed_mb() -> int:
    return LATER_START_MB if (STAMPS / "packages").exists() else FIRST_START_MB


def free_mb(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // 2**20


def stamp_is(name: str, value: str) -> bool:
    path = STAMPS / name
    return path.exists() and path.read_text() == value


def set_stamp(name: str, value: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)
