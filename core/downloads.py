"""Responses for files that somebody saves, and workbooks as the bytes of a file."""

import io
import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Signs that a cell cannot hold or show. Somebody who pastes a name from Word brings a vertical tab along.
_NOT_IN_A_WORKBOOK = re.compile("[\x00-\x09\x0b-\x1f\ufffe\uffff]")
_NOT_IN_A_TITLE = re.compile(r"[\x00-\x1f\ufffe\uffff\\*?:/\[\]]")
TITLE_AT_MOST = 31  # characters of a sheet's name


def download(content: bytes | str, kind: str, name: str) -> HttpResponse:
    """Return a response with a file that no proxy or browser cache keeps.

    `kind` is the media type, `name` includes the extension.
    """
    shown_as = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": shown_as, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


def saved(book: Any) -> bytes:
    """Return the bytes of an openpyxl workbook. openpyxl is imported only where a table is produced."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet_title(text: str, otherwise: str) -> str:
    """Return what somebody typed as the name of a sheet, or the other name if nothing of it can be one.

    openpyxl refuses a slash, a bracket or no name at all, and Excel an apostrophe at either end.
    """
    return _NOT_IN_A_TITLE.sub(" ", text)[:TITLE_AT_MOST].strip(" '") or otherwise


def put_text(cell: Any, text: str) -> None:
    """Write text into a cell of openpyxl, as text: it never runs as a formula, and long numbers stay whole.

    What somebody typed goes into a workbook only in this way.
    """
    cell.value = _NOT_IN_A_WORKBOOK.sub(" ", text).strip()
    cell.data_type, cell.quotePrefix = "s", True


def put_row(sheet: Any, number: int, values: Sequence[object]) -> None:
    """Write a row by its number: openpyxl's own `append` looks at every cell to say which row is the last.

    Numbers stay numbers, None is an empty cell, and everything else is text.
    """
    for place, value in enumerate(values, 1):
        cell = sheet.cell(number, place)
        if value is None or isinstance(value, int | float):
            cell.value = value
        else:
            put_text(cell, str(value))
