"""Fast writing: rows as text into COPY, with keys assigned here.

A row names only what differs from the model's defaults, so that a new field with a default needs no change
here.
"""

import io
import json
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED
from psycopg2 import sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value).translate(_ESCAPES)
    if isinstance(value, list):
        # Our arrays hold keys and numbers, which need no quotes.
        return ("{" + ",".join(map(str, value)) + "}").translate(_ESCAPES)
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return str(value).translate(_ESCAPES)


class Table:
    """Collects rows of one model and writes them with COPY.

    Our own triggers are off meanwhile, since made-up children need no history of who entered them.
    """

    def __init__(self, model: type[models.Model]):
        self.model = model
        self.name = model._meta.db_table
        self.fields = list(model._meta.concrete_fields)
        self.columns = [field.column for field in self.fields]
        self._defaults = [(field.attname, *self._default(field)) for field in self.fields]
        self._names = {name for name, *_ in self._defaults}
        self._buffer = io.StringIO()
        self.count = 0
        self._next = self._first_key()

    @staticmethod
    def _default(field: models.Field) -> tuple[str | None, Callable | None]:
        if isinstance(field, models.JSONField):
            return "{}", None
        if callable(field.default) and field.default is not NOT_PROVIDED:
            return None, field.default
        if field.has_default():
            return _text(field.get_default()), None
        return ("\\N", None) if field.null else ("", None)

    def _first_key(self) -> int:
        """Return a key above every one assigned so far, used or not: the sequence never goes back."""
        with connection.cursor() as cursor:
            table = sql.Identifier(self.name)
            query = sql.SQL(
                "SELECT greatest(max(id), pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')), 0) + 1"
                " FROM {}"
            )
            cursor.execute(query.format(table), [self.name])
            return cursor.fetchone()[0]

    def reserve(self) -> int:
        """Return a key for a row that others refer to before it is written."""
        self._next += 1
        return self._next - 1

    def add(self, **values: Any) -> int:
        """Add one row, by attribute name (`school_id`), and return its key."""
        if unknown := values.keys() - self._names:
            raise TypeError(f"{self.name} has no {sorted(unknown)}")
        key = values.get("id") or self.reserve()
        values["id"] = key
        parts = []
        for name, fixed, make in self._defaults:
            if name in values:
                parts.append(_text(values[name]))
            else:
                parts.append(_text(make()) if make else str(fixed))
        self._buffer.write("\t".join(parts) + "\n")
        self.count += 1
        return key

    def flush(self) -> None:
        """Write the collected rows, in the caller's transaction."""
        if not self._buffer.tell():
            return
        self._buffer.seek(0)
        columns = ", ".join(f'"{column}"' for column in self.columns)
        with connection.cursor() as cursor:
            # Pending deferred checks would prevent re-enabling the table's triggers.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{self.name}" DISABLE TRIGGER USER')
            cursor.copy_expert(f'COPY "{self.name}" ({columns}) FROM STDIN', self._buffer)
            cursor.execute(f'ALTER TABLE "{self.name}" ENABLE TRIGGER USER')
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.name, self._next - 1]
            )
        self._buffer = io.StringIO()
