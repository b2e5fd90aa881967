"""Files that somebody saves: how each is answered, and workbooks as the bytes of a file."""

import io
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes | str, kind: str, name: str) -> HttpResponse:
    """`kind`: its media type; `name`: with its ending. Nothing on the way keeps a copy."""
    shown_as = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": shown_as, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


def saved(book: Any) -> bytes:
    """`book`: of openpyxl, which is loaded only where a table is asked for."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
