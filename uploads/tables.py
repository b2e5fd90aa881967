"""A stranger's workbook, taken apart in the workshop."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from uploads import rules
from uploads.presenters import bad_upload
from uploads.remaking import send_to_workshop
from uploads.rules import Trouble

Cell = str | float | int | bool | datetime | date | time | timedelta | None


def sheets(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
    """Name and rows of each visible sheet, from its first row and column on. Raises BadUpload."""
    if len(content) > rules.RECEIVED_BYTES:
        raise bad_upload(Trouble.TABLE_UNFOLDS)
    made = send_to_workshop("table", content, Trouble.TABLE_BROKEN)
    found = json.loads(made.contents[0][1].decode("utf-8", "surrogatepass"), object_hook=_cell)
    return [(name, rows) for name, rows in found]


def _cell(tagged: dict[str, Any]) -> Cell:
    ((kind, value),) = tagged.items()
    match kind:
        case "datetime":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
    return timedelta(seconds=value)
