"""Workbooks of strangers, read in the workshop: a process of its own, with little memory and time."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from uploads.remaking import remake_form, remake_table

Cell = str | float | int | bool | datetime | date | time | timedelta | None
_DAYS_AND_TIMES = {"datetime": datetime, "date": date, "time": time}


def sheets_of(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
    """Name and rows of each visible sheet, from the first row on. Raises BadUpload: TABLE_LOCKED,
    TABLE_TOO_LARGE, or TABLE_BROKEN, where the reader ended in whatever way.
    """
    told = json.loads(remake_table(content).contents[0][1], object_hook=_cell)
    return [(name, rows) for name, rows in told]


def form_of(content: bytes) -> dict[str, Any]:
    """An XLSForm's sheets by name, as pyxform's `xlsx_to_dict` tells them. Raises BadUpload."""
    return json.loads(remake_form(content).contents[0][1])


def _cell(told: Mapping[str, Any]) -> Cell:
    if "seconds" in told:
        return timedelta(seconds=told["seconds"])
    ((kind, written),) = told.items()
    return _DAYS_AND_TIMES[kind].fromisoformat(written)  # type: ignore[attr-defined]
