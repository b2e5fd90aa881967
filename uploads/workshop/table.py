"""A workbook (XLSX, XLS, ODS) as its visible sheets, in JSON: the cells' values, nothing else of it.

A file of two kilobytes may name a cell at the far end of the sheet, or show one long text in a hundred
thousand cells; the reader's native code then asks for all the memory there is and ends its process.
"""

import io
import json
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from uploads import rules
from uploads.rules import Trouble
from uploads.workshop.outcome import Bad, Made


def make(data: bytes) -> Made:
    # An encrypted XLSX is an OLE container, like an old XLS.
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Bad(Trouble.TABLE_LOCKED)
    try:
        sheets = _sheets(python_calamine.load_workbook(io.BytesIO(data)))
    except python_calamine.PasswordError:
        raise Bad(Trouble.TABLE_LOCKED) from None
    except (python_calamine.CalamineError, ValueError, OSError, MemoryError):
        raise Bad(Trouble.TABLE_BROKEN) from None
    return Made({}, [("application/json", json.dumps(sheets, default=_written).encode())])


def _sheets(book: python_calamine.CalamineWorkbook) -> list[tuple[str, list[list[Any]]]]:
    left = rules.TABLE_CHARS
    sheets = []
    for sheet in book.sheets_metadata:
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            continue
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        rows = []
        for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False):
            left -= sum(len(cell) if isinstance(cell, str) else 8 for cell in row)
            if left < 0:
                raise Bad(Trouble.TABLE_TOO_LARGE)
            rows.append(row)
        sheets.append((sheet.name, rows))
    return sheets


def _written(cell: object) -> dict[str, Any]:
    """Days and times, which JSON does not know."""
    if isinstance(cell, timedelta):
        return {"seconds": cell.total_seconds()}
    for kind in (datetime, date, time):
        if isinstance(cell, kind):
            return {kind.__name__: cell.isoformat()}
    raise TypeError(type(cell).__name__)
