"""The whole schema as one file, for empty databases.

Migrating an empty database takes a quarter of a minute, through every step that ever existed. Loading
`schema.sql` takes a second or two and gives the same result: `python -m homeschool.schema check` migrates an
empty database from the first migration on and compares. Databases that contain anything are migrated as
usual.

python -m homeschool.schema write    after adding a migration: writes schema.sql (15 s)
python -m homeschool.schema check    exits with status 1 if schema.sql and the migrations differ
"""

import difflib
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SNAPSHOT = Path(__file__).with_suffix(".sql")
ROOT = Path(__file__).resolve().parent.parent
SCRATCH = f"from_the_first_migration_{os.getpid()}"  # two runs at once each have their own
# The time at which a migration ran differs each time, and nothing reads it.
WITHOUT_TIMES = "UPDATE django_migrations SET applied = '2026-01-01 00:00:00+00'"
# What pg_dump sets for a psql session. `load` sets what its own transaction needs.
OF_PSQL = ("SET ", "\\", "SELECT pg_catalog.set_config", "-- Dumped ")


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    return not connection.introspection.table_names()


def load(connection: BaseDatabaseWrapper, text: str = "") -> None:
    """Build an empty database from the snapshot, or from `text` (a `dump`), whole or not at all."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # As pg_dump expects: names are complete, and a function may use a table that comes later.
        cursor.execute("SET LOCAL check_function_bodies = off; SET LOCAL search_path = ''")
        cursor.execute(
            as_understood(text or SNAPSHOT.read_text(), cursor.connection.server_version)
        )


def as_understood(text: str, server_version: int) -> str:
    """Return the schema in a form that this server understands.

    PostgreSQL 18 states for a child table which columns hold no NULL. Older versions, which Debian and Ubuntu
    ship, know it from the parent and do not understand the line.
    """
    if server_version >= 180_000:
        return text
    return "".join(line for line in text.splitlines(True) if not line.startswith("    NOT NULL "))


def migrations_digest() -> str:
    """Return a digest of the names and contents of our migrations. schema.sql records the one it was made
    from.
    """
    found = hashlib.sha256()
    folders = (Path(app.path) / "migrations" for app in apps.get_app_configs())
    for path in sorted(
        path
        for folder in folders
        if ROOT in folder.parents and ".venv" not in folder.parts
        for path in folder.glob("0*.py")
    ):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def follows_migrations() -> bool:
    """Return whether schema.sql says that it was made from the current migrations."""
    return SNAPSHOT.exists() and migrations_digest() in SNAPSHOT.read_text()[:200]


def from_migrations() -> str:
    """Return the text that schema.sql should have: migrate a scratch database from nothing and dump it."""
    server = os.environ["DATABASE_URL"]
    scratch = _named(server, SCRATCH)
    _on_server(server, f'DROP DATABASE IF EXISTS "{SCRATCH}" WITH (FORCE)')
    _on_server(server, f'CREATE DATABASE "{SCRATCH}"')
    subprocess.run(
        [sys.executable, "-m", "homeschool.schema", "migrate"],
        env=os.environ | {"DATABASE_URL": scratch},
        check=True,
    )
    _execute(scratch, WITHOUT_TIMES)
    text = dump(scratch)
    _on_server(server, f'DROP DATABASE "{SCRATCH}"')
    return f"-- Made by homeschool/schema.py from migrations {migrations_digest()}\n\n{text}"


def dump(url: str) -> str:
    """Return schema and rows of a database as SQL without the client's own commands."""
    from runtime.postgres import find_programs

    program = str(find_programs() / "pg_dump")
    how = ["--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=1000"]
    argv = [program, *how, _of_libpq(url)]
    dumped = subprocess.run(argv, check=True, capture_output=True, text=True)
    lines = [line for line in dumped.stdout.splitlines() if not line.startswith(OF_PSQL)]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip() + "\n"


def _on_server(url: str, sql: str) -> None:
    _execute(_named(url, "postgres"), sql)


def _execute(url: str, sql: str) -> None:
    connection = psycopg2.connect(_of_libpq(url))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _of_libpq(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def _main(command: str) -> int:
    import django
    from django.core.management import call_command
    from django.core.management.commands.migrate import Command as DjangosMigrate

    django.setup()
    if command == "migrate":
        call_command(DjangosMigrate(), verbosity=0)
    elif command == "write":
        SNAPSHOT.write_text(from_migrations())
    elif command == "check":
        expected, found = from_migrations().splitlines(), SNAPSHOT.read_text().splitlines()
        names = ("schema.sql", "migrations", "", "")
        differences = list(difflib.unified_diff(found, expected, *names, n=2))
        told = "\n".join(differences[:200]) or "schema.sql is what the migrations make."
        sys.stdout.write(f"{told}\n")
        return 1 if differences else 0
    else:
        raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:2] or [""]))
