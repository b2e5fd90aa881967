"""Counts what a database contains: a restored one must give the same counts."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from homeschool.backups.trouble import BackupTrouble

# Executes a statement and returns its rows.
Execute = Callable[[str], Sequence[Sequence[Any]]]
# A value's text must not depend on a session's settings.
SAME_WORDS = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; \
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL search_path = public"
)
NAMES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Independent of the order of rows: 60 bits of each row's MD5, added up.
OF_TABLE = """
SELECT count(*), coalesce(sum(('x' || left(md5(one::text), 15))::bit(60)::bigint), 0)::text
FROM ONLY public.{table} one
"""


@dataclass(frozen=True)
class Table:
    rows: int
    digest: str


def tables(execute: Execute | None = None) -> dict[str, Table]:
    """Return count and digest of each table, as the caller's transaction sees it.

    `execute` returns the rows of a statement; without it Django's connection is asked.
    """
    execute = execute or _by_connection
    execute(SAME_WORDS)
    quote = connection.ops.quote_name
    found = {}
    for (name,) in execute(NAMES):
        [(rows, digest)] = execute(OF_TABLE.format(table=quote(name)))
        found[name] = Table(int(rows), digest)
    return found


def _by_connection(statement: str) -> Sequence[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def as_json(found: dict[str, Table]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in found.items()}


def compare(told: dict[str, Any], execute: Execute) -> None:
    """Raise BackupTrouble if the transaction of `execute` does not hold what was recorded."""
    known = as_json(tables(execute))
    differing = [
        name for name in sorted(told.keys() | known.keys()) if told.get(name) != known.get(name)
    ]
    if differing:
        words = _("What was loaded is not what was saved: %(tables)s.")
        raise BackupTrouble(words % {"tables": ", ".join(differing)})
