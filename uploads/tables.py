"""Read a workbook from outside with the workshop."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from uploads import rules
from uploads.presenters import bad_upload
from uploads.remaking import send_to_workshop
from uploads.rules import Trouble

Cell = str | float | int | bool | datetime | date | time | timedelta | None
# Converters for cells, by the tag that the workshop gave them.
FROM_TAG: dict[str, Callable[[Any], Cell]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda value: timedelta(seconds=value),
}


class Merged(NamedTuple):
    """Cells that the sheet shows as one: the first row and column, and the last ones, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


class Sheet(NamedTuple):
    """A sheet; `rows` begin at its first row and column. Only the first of `merged` cells has a value."""

    name: str
    rows: list[list[Cell]]
    merged: list[Merged]


def sheets(content: bytes) -> list[Sheet]:
    """Return the visible sheets. Raises BadUpload."""
    if len(content) > rules.RECEIVED_BYTES:
        raise bad_upload(Trouble.TABLE_UNFOLDS)
    made = send_to_workshop("table", content, Trouble.TABLE_BROKEN)
    found = json.loads(
        made.contents[0][1].decode("utf-8", "surrogatepass"),
        object_hook=lambda tagged: next(FROM_TAG[kind](value) for kind, value in tagged.items()),
    )
    return [Sheet(name, rows, [Merged(*one) for one in merged]) for name, rows, merged in found]


def form_of(content: bytes) -> dict[str, Any]:
    """Return an XLSForm's sheets by name, as pyxform's `xlsx_to_dict` does. Raises BadUpload."""
    return json.loads(send_to_workshop("form", content, Trouble.TABLE_BROKEN).contents[0][1])
