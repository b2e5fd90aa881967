"""Counts what a database contains: a restored one must give the same counts."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from psycopg2 import sql

# A value's text must not depend on a session's settings.
SAME_WORDS = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; \
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'"
)
# Independent of the order of rows: 60 bits of each row's MD5, added up.
OF_TABLE = """
SELECT count(*), coalesce(sum(('x' || left(md5(one::text), 15))::bit(60)::bigint), 0)::text
FROM ONLY {table} one
"""


@dataclass(frozen=True)
class Table:
    rows: int
    digest: str


def tables() -> dict[str, Table]:
    """Return count and digest of each table. Runs inside the caller's transaction."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(SAME_WORDS)
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL(OF_TABLE).format(table=sql.Identifier(name)))
            found[name] = Table(*cursor.fetchone())
    return found


def migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def as_json(found: dict[str, Table]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in found.items()}


def differences(told: dict[str, Any], found: dict[str, Table], *, changed: set[str]) -> list[str]:
    """Return the tables that differ from what was recorded, except those in `changed`, which the restore
    itself alters.
    """
    known = as_json(found)
    names = sorted((told.keys() | known.keys()) - changed)
    return [name for name in names if told.get(name) != known.get(name)]
