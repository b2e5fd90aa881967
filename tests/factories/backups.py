"""A key pair, and an empty database in place of this test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pyrage
from django.db import connection

from homeschool import schema
from tests import walls


def make_keys(folder: Path) -> tuple[str, Path]:
    """Return the public key, and the file with the private one as age-keygen writes it."""
    pair = pyrage.x25519.Identity.generate()
    path = folder / "key.txt"
    path.write_text(f"# public key: {pair.to_public()}\n{pair}\n")
    return str(pair.to_public()), path


@contextmanager
def empty_database() -> Iterator[str]:
    """Everything inside happens there; it is gone afterwards. Yields its name."""
    before = dict(connection.settings_dict)
    name = f"{before['NAME']}_restored"
    connection.close()
    _on_server(before, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _on_server(before, f'CREATE DATABASE "{name}"')
    connection.settings_dict["NAME"] = name
    wall, walls.is_up = walls.is_up, False  # no roles are made there
    try:
        assert schema.is_empty(connection)
        yield name
    finally:
        walls.is_up = wall
        connection.close()
        connection.settings_dict.update(before)
        _on_server(before, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(database: dict, statement: str) -> None:
    words = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    words |= {"password": database["PASSWORD"], "dbname": "postgres"}
    link = psycopg2.connect(**{name: value for name, value in words.items() if value})
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute(statement)
    finally:
        link.close()
