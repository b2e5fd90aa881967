"""Tries a restore in a separate database beside the real one. Nothing there is ever sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2 import sql

from homeschool.backups import archive, contents, postgres
from homeschool.backups.restoring import read
from homeschool.backups.taking import missing_files
from homeschool.backups.trouble import BackupTrouble

SCRATCH = "{}_drill"
OLD_HOURS = 36  # hours; if the newest backup is older, a nightly one was not made


def newest(folder: Path) -> Path:
    found = sorted(folder.glob("*.age"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BackupTrouble(_("%(folder)s holds no backup.") % {"folder": folder})
    return found[-1]


def drill(path: Path, identity: Path) -> int:
    """Restore, compare every table, drop. Return how many tables there are."""
    keys = archive.identities(identity)
    manifest = read(path, keys)
    taken_at = datetime.fromisoformat(manifest["taken_at"])
    if datetime.now(UTC) - taken_at > timedelta(hours=OLD_HOURS):
        words = _("The newest backup is of %(when)s.")
        raise BackupTrouble(words % {"when": f"{taken_at:%Y-%m-%d %H:%M} UTC"})
    with _scratch(), archive.reading(path, keys) as members:
        pieces = (content for name, content in members if name.startswith("database/"))
        postgres.load(pieces, then=lambda execute: contents.compare(manifest["tables"], execute))
    if missing := missing_files(manifest):
        raise BackupTrouble(missing)
    return len(manifest["tables"])


@contextmanager
def _scratch() -> Iterator[None]:
    """Use an empty database in place of the real one and drop it afterwards. The database's user may create
    some.
    """
    ours, name = connection.settings_dict["NAME"], SCRATCH.format(connection.settings_dict["NAME"])
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    make = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(make)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = ours
        with connection.cursor() as cursor:
            cursor.execute(drop)
