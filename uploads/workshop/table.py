"""A workbook (XLSX, ODS, XLS) as its visible sheets; a cell that is neither text nor number gets a tag."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from uploads import zips
from uploads.rules import TABLE_CELLS, TABLE_CHARS, TABLE_UNPACKED_BYTES, Trouble
from uploads.workshop.outcome import Bad, Made

# The reader's native code raises it for some damaged files; it is not an Exception.
PANIC = "PanicException"
MERGED_MOST = 50_000  # ranges of one sheet; a roster of the largest school has a few hundred
BAD_ZIPS = {"locked": Trouble.TABLE_LOCKED, "unfolds": Trouble.TABLE_UNFOLDS}


def make(data: bytes) -> Made:
    # An encrypted XLSX is an OLE container, like an old XLS.
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Bad(Trouble.TABLE_LOCKED)
    try:
        if data.startswith(b"PK\x03\x04"):
            data = zips.repacked(data, TABLE_UNPACKED_BYTES)
        sheets = list(_sheets(data))
    except zips.BadZip as bad:
        raise Bad(BAD_ZIPS.get(bad.why, Trouble.TABLE_BROKEN)) from None
    except python_calamine.PasswordError:
        raise Bad(Trouble.TABLE_LOCKED) from None
    except (python_calamine.CalamineError, ValueError, OSError, MemoryError):
        raise Bad(Trouble.TABLE_BROKEN) from None
    except BaseException as error:
        if type(error).__name__ == PANIC:
            raise Bad(Trouble.TABLE_BROKEN) from None
        raise
    told = json.dumps(sheets, default=_tagged, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Made({}, [("application/json", told)])


def _sheets(data: bytes) -> Iterator[tuple[str, list[list[Any]], list[list[int]]]]:
    """Yield name, rows and merged cells (uploads.tables.Merged) of each sheet."""
    book = python_calamine.load_workbook(io.BytesIO(data))
    left, chars = TABLE_CELLS, TABLE_CHARS
    for about in book.sheets_metadata:
        is_shown = about.visible == python_calamine.SheetVisibleEnum.Visible
        if not is_shown or about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        left -= sheet.total_height * sheet.total_width
        if left < 0:
            raise Bad(Trouble.TABLE_UNFOLDS)
        rows = sheet.to_python(skip_empty_area=False)
        # A hundred thousand cells may all contain one long text.
        chars -= sum(len(cell) for row in rows for cell in row if isinstance(cell, str))
        if chars < 0:
            raise Bad(Trouble.TABLE_UNFOLDS)
        merged = sheet.merged_cell_ranges or []  # None means that the format does not say
        yield about.name, rows, [[*first, *last] for first, last in merged[:MERGED_MOST]]


def _tagged(cell: Any) -> dict[str, Any]:
    match cell:
        case datetime():
            return {"datetime": cell.isoformat()}
        case date():
            return {"date": cell.isoformat()}
        case time():
            return {"time": cell.isoformat()}
        case timedelta():
            return {"seconds": cell.total_seconds()}
    raise TypeError(type(cell).__name__)
