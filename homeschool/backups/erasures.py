"""The list of files deleted by right. It is kept apart from the backups, which still contain those files."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

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
    if path.exists():
        _end_last_line(path)
    known = dict(erased(path)) if path.exists() else {}
    rows = Erasure.objects.order_by("erased_at", "pk").values_list("student_key", "erased_at")
    fresh = [(key, at) for key, at in rows if key not in known]
    lines = [json.dumps({"student": key, "at": at.isoformat()}) + "\n" for key, at in fresh]
    with path.open("a") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
    return path, len(fresh)


def _end_last_line(path: Path) -> None:
    """Remove a last line that a full disk or a kill has cut: the database still has it.

    If only its end is missing, as after an edit by hand, it stays.
    """
    content = path.read_bytes()
    last = content[content.rfind(b"\n") + 1 :]
    if not last:
        return
    try:
        json.loads(last)
    except ValueError:
        os.truncate(path, len(content) - len(last))
    else:
        with path.open("ab") as file:
            file.write(b"\n")


def erased(path: Path) -> Iterator[tuple[int, datetime]]:
    try:
        for line in path.read_text().splitlines():
            told = json.loads(line)
            yield int(told["student"]), datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupTrouble(_("%(file)s is not a list of deletions.") % {"file": path}) from error
