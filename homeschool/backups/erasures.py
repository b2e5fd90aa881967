"""The list of files deleted by right. It is kept apart from the backups, which still contain those files."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from homeschool.backups.trouble import BackupTrouble
from privacy.models import Erasure

NAME = "erasures.jsonl"


def export(folder: Path) -> tuple[Path, int]:
    """Add what is missing from the list in `folder`. Nothing is ever removed from it. It contains keys, no
    names.
    """
    if not folder.is_dir():
        raise BackupTrouble(_("%(folder)s is not a folder.") % {"folder": folder})
    path = folder / NAME
    try:
        with path.open("a+b", buffering=0) as file:
            # Another run may be in the middle of a line. The system releases the lock of a dead process.
            fcntl.flock(file, fcntl.LOCK_EX)
            _end_last_line(file)
            return path, _add_missing(path, file)
    except OSError as error:
        words = _("The list of deletions could not be written: %(reason)s")
        raise BackupTrouble(words % {"reason": error.strerror or error}) from error


def _end_last_line(file: BinaryIO) -> None:
    """Remove a last line that a full disk or a kill has cut: the database still has it.

    If only its end is missing, as after an edit by hand, it stays.
    """
    content = _content(file)
    last = content[content.rfind(b"\n") + 1 :]
    if not last:
        return
    try:
        json.loads(last)
    except ValueError:
        file.truncate(len(content) - len(last))
    else:
        _write(file, b"\n")


def _add_missing(path: Path, file: BinaryIO) -> int:
    known = dict(erased(path, file))
    rows = Erasure.objects.order_by("erased_at", "pk").values_list("student_key", "erased_at")
    fresh = [(key, at) for key, at in rows if key not in known]
    lines = [json.dumps({"student": key, "at": at.isoformat()}) + "\n" for key, at in fresh]
    _write(file, "".join(lines).encode())
    return len(fresh)


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _write(file: BinaryIO, content: bytes) -> None:
    """Append all of it, or nothing."""
    size, left = file.seek(0, os.SEEK_END), memoryview(content)
    try:
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


def erased(path: Path, file: BinaryIO | None = None) -> Iterator[tuple[int, datetime]]:
    """Yield the entries. `file`: the same list, open and locked."""
    try:
        for line in (_content(file) if file else path.read_bytes()).splitlines():
            told = json.loads(line)
            yield int(told["student"]), datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupTrouble(_("%(file)s is not a list of deletions.") % {"file": path}) from error
