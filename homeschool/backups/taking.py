"""Makes a backup: one archive of the database's contents at one moment, and of the files beside it."""

import hashlib
import json
import stat
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.verifying import ends
from homeschool.backups import archive, contents, postgres
from homeschool.backups.archive import MANIFEST
from homeschool.backups.trouble import BackupTrouble
from homeschool.schema import migrations_digest

FORMAT = 1  # the version of the archive's format
NAME = "jiaqiao-{:%Y%m%dT%H%M%SZ}.tar.age"


def take(target: Path, keys: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Write a backup to `target`, a file or a folder, and return the file and its manifest."""
    if not keys:
        words = _(
            "Nobody could open it: name the public key of age in BACKUP_KEYS or by --to age1…"
        )
        raise BackupTrouble(words)
    public = archive.recipients(keys)
    if target.suffix != ".age" and not target.is_dir():
        raise BackupTrouble(_("%(folder)s is not a folder.") % {"folder": target})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot(), now()")
        snapshot, taken_at = cursor.fetchone()
        path = target / NAME.format(taken_at.astimezone(UTC)) if target.is_dir() else target
        parts = _Parts(snapshot, taken_at)
        archive.write(path, parts.members(), public)
    return path, parts.manifest


class _Parts:
    def __init__(self, snapshot: str, taken_at: datetime) -> None:
        self._snapshot, self._taken_at = snapshot, taken_at
        self.manifest: dict[str, Any] = {}

    def members(self) -> Iterator[tuple[str, bytes]]:
        digest, size = hashlib.sha256(), 0
        for number, piece in enumerate(postgres.dump(self._snapshot)):
            digest.update(piece)
            size += len(piece)
            yield f"database/{number:06d}", piece
        # Photos and voices are stored in the database; here are the few files beside it, such as the logs'
        # anchors.
        files, missing, root = {}, [], Path(settings.MEDIA_ROOT)
        for path, content in _beside(root) if root.is_dir() else ():
            name = str(path.relative_to(root))
            if content is None:
                missing.append(name)
            else:
                files[name] = hashlib.sha256(content).hexdigest()
                yield f"media/{name}", content
        self.manifest = {
            "format": FORMAT,
            "version": version(),
            "taken_at": self._taken_at.isoformat(),
            "migrations": contents.migrations(),
            "migrations_digest": migrations_digest(),
            "database": {"sha256": digest.hexdigest(), "bytes": size},
            "tables": contents.as_json(contents.tables()),
            # How far the sealed logs reach, to compare with the anchors kept elsewhere.
            "ends": {name: asdict(end) for name, end in ends().items()},
            "media": files,
            "missing": missing,
        }
        yield MANIFEST, json.dumps(self.manifest, indent=1).encode()


def _beside(folder: Path) -> Iterator[tuple[Path, bytes | None]]:
    """Yield each file of the folder with its content; None for what is not backed up.

    That is what cannot be read, and what is no file, such as a link: it may lead anywhere.
    """
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        yield folder, None
        return
    for path in inside:
        try:
            mode = path.lstat().st_mode
            content = path.read_bytes() if stat.S_ISREG(mode) else None
        except OSError:
            mode, content = 0, None
        if stat.S_ISDIR(mode):
            yield from _beside(path)
        else:
            yield path, content


def missing_files(manifest: dict[str, Any]) -> str:
    """Return a sentence about the files beside the database that the backup lacks; empty if it has all."""
    missing = manifest.get("missing")  # a backup of an older version does not say
    if not missing:
        return ""
    words = _(
        "The backup has the whole database, but not these files beside it, which are links or could not be"
        " read: %(files)s"
    )
    return words % {"files": ", ".join(f"media/{name}" for name in missing)}


def version() -> str:
    about = (settings.BASE_DIR / "pyproject.toml").read_text()
    return tomllib.loads(about)["project"]["version"]
