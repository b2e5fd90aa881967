"""Logs that nobody can rewrite unseen: rows in chains, each sealed with a key that is not in the database.

A row's seal is an HMAC-SHA-256 over the row and the previous seal (FIPS 198-1). Somebody with the database's
password can write rows, but cannot make a matching seal. The key ring is the environment variable AUDIT_KEYS:
the first key seals, any of them verifies. accounts.anchors detects from outside if the end of a log was cut
off.
"""

import hmac
import ipaddress
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A row is added to the end of its chain or not at all. If two are added at once, the second waits in
# chain._end.
FOLLOWS_SQL = """
    UPDATE accounts_chainhead SET number = NEW.number, seal = NEW.seal
        WHERE chain = NEW.chain AND number = NEW.number - 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Row % does not follow the end of chain %', NEW.number, NEW.chain;
    END IF;
    RETURN NEW;
"""


class ChainHead(models.Model):
    """The end of one chain; adding a row moves it."""

    chain = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField()
    seal = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


class ChainedRow(models.Model):
    """A row that is never changed or removed. Only `append` can write one with a matching seal."""

    CHAIN: ClassVar[str]  # its chains have this name, or "<CHAIN>:<school>"
    SEALED: ClassVar[tuple[str, ...]]  # names of the columns whose values the seal covers
    # Columns added later: they are covered only if they hold something, so that older rows still match.
    SEALED_LATER: ClassVar[tuple[str, ...]] = ()

    chain = models.CharField(max_length=40, editable=False)
    number = models.BigIntegerField(editable=False)
    seal = models.BinaryField(editable=False)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "number"], name="%(app_label)s_%(class)s_number"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'This log is never emptied';",
            ),
            pgtrigger.Trigger(
                name="follows",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=FOLLOWS_SQL,
            ),
        ]


class NoAuditKey(Exception):
    """Raised if the server has no key to seal its logs; then nothing that has to be logged can be done."""


def kinds() -> dict[str, type[ChainedRow]]:
    """Return all logs by the first part of their chains' names."""
    models_ = (one for one in apps.get_models() if issubclass(one, ChainedRow))
    return {one.CHAIN: one for one in models_}


def kind_of(chain: str) -> type[ChainedRow] | None:
    return kinds().get(chain.partition(":")[0])


def append(rows: Sequence[ChainedRow], *, chain: str) -> None:
    """Add rows of one kind to the end of their chain, with two statements for any number of rows.

    The end stays locked until the transaction ends, so that no two rows get the same number. A row without
    `at` gets the time of the transaction. Raises NoAuditKey.
    """
    if not rows:
        return
    with transaction.atomic():
        number, seal, now = _end(chain)
        for row in rows:
            number += 1
            row.chain, row.number = chain, number
            row.at = row.at or now
            row.seal = seal = seal_of(row, seal, _keys()[0])
        type(rows[0])._default_manager.bulk_create(rows)


def _end(chain: str) -> tuple[int, bytes, datetime]:
    with connection.cursor() as cursor:
        held = "SELECT number, seal, now() FROM accounts_chainhead WHERE chain = %s FOR UPDATE"
        cursor.execute(held, [chain])
        found = cursor.fetchone()
        if found is None:
            begun = "INSERT INTO accounts_chainhead (chain, number, seal) VALUES (%s, 0, '')"
            cursor.execute(f"{begun} ON CONFLICT DO NOTHING", [chain])
            cursor.execute(held, [chain])
            found = cursor.fetchone()
    number, seal, now = found
    return number, bytes(seal), now


def seal_of(row: ChainedRow, before: bytes, key: bytes) -> bytes:
    """Return a seal of 32 bytes. `before` is the previous row's seal, or empty for the first row."""
    values = [_plain(getattr(row, name)) for name in row.SEALED]
    later = {name: _plain(held) for name in row.SEALED_LATER if (held := getattr(row, name))}
    values += [later] if later else []
    told = json.dumps([row._meta.label_lower, row.chain, row.number, *values])
    return hmac.digest(key, before + told.encode(), "sha256")


def fits(row: ChainedRow, before: bytes) -> bool:
    """Return whether a key of the ring made this row's seal, following that one."""
    seal = bytes(row.seal)
    return any(hmac.compare_digest(seal, seal_of(row, before, key)) for key in _keys())


def sign(text: str) -> str:
    """Return a seal in hexadecimal for text that we keep outside the database. Raises NoAuditKey."""
    return _seal_of_text(_keys()[0], text).hex()


def is_signed(text: str, seal: str) -> bool:
    return any(hmac.compare_digest(_seal_of_text(key, text).hex(), seal) for key in _keys())


def _seal_of_text(key: bytes, text: str) -> bytes:
    return hmac.digest(key, b"outside\0" + text.encode(), "sha256")


def _plain(value: Any) -> Any:
    """Return the same value before a row is written and after it is read, because the database formats values
    in its own way.
    """
    match value:
        case datetime():
            return (value - EPOCH) // timedelta(microseconds=1)
        case None | bool() | int():
            return value
    return str(value)


def plain_ip(ip: str | None) -> str | None:
    """Return the address as PostgreSQL writes it; an IPv4 address inside IPv6 becomes the IPv4 address."""
    if not ip:
        return None
    found = ipaddress.ip_address(ip.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)


def _keys() -> list[bytes]:
    keys = [key.strip().encode() for key in settings.AUDIT_KEYS if key.strip()]
    if not keys:
        raise NoAuditKey
    return keys
