"""Responses for files that somebody saves, and workbooks as the bytes of a file."""

import io
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
