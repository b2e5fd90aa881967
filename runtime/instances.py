"""Finds the running copies of the project, for `manage.py` typed in another window."""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from runtime.layout import ROOT, DataFolder

# One small file for each data folder that was ever used here, containing its path. The folder's own lock says
# whether a copy is running on it; the system releases the lock when the process ends.
NOTED = ROOT / ".local" / "data-folders"
DEFAULT = ROOT / ".local"


class SeveralRun(Exception):
    def __init__(self, folders: list[Path]):
        named = ", ".join(str(folder) for folder in folders)
        super().__init__(
            f"Several copies are running: {named}. Say which one you mean: JIAQIAO_DATA={folders[0]}"
        )


def note(data: DataFolder) -> None:
    """Remember the folder. If the project's own folder is not writable, JIAQIAO_DATA has to name it."""
    with suppress(OSError):
        NOTED.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(str(data.path).encode()).hexdigest()[:16]
        (NOTED / name).write_text(str(data.path))


def environment_file() -> Path | None:
    """Return the settings file of the right copy. Raises SeveralRun.

    It is in the folder that JIAQIAO_DATA names, else in that of the only running copy, else in the usual one.
    None if that folder has no such file.
    """
    named = os.environ.get("JIAQIAO_DATA")
    folders = [Path(named)] if named else running() or [DEFAULT]
    if len(folders) > 1:
        raise SeveralRun(folders)
    kept = folders[0] / "environment"
    return kept if kept.is_file() else None


def running() -> list[Path]:
    known = {DEFAULT}
    with suppress(OSError):
        known |= {Path(one.read_text()) for one in NOTED.iterdir()}
    return sorted(folder for folder in known if _runs(folder))


def _runs(folder: Path) -> bool:
    try:
        with (folder / "run" / "lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
