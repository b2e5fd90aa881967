"""A questionnaire as an XLSForm workbook: its sheets in JSON, as pyxform reads them."""

import io
import json
from typing import Any

from pyxform.xls2json_backends import xlsx_to_dict

from uploads import rules
from uploads.rules import Trouble
from uploads.workshop.outcome import Bad, Made


def make(data: bytes) -> Made:
    try:
        book = xlsx_to_dict(io.BytesIO(data))
    except Exception:
        # For a damaged workbook the reader raises whatever its parts raise.
        raise Bad(Trouble.TABLE_BROKEN) from None
    if _chars(book) > rules.FORM_CHARS:
        raise Bad(Trouble.TABLE_UNFOLDS)
    return Made({}, [("application/json", json.dumps(book).encode())])


def _chars(value: Any) -> int:
    """Count the characters of all texts in a book, sheet or row."""
    if isinstance(value, dict):
        return sum(map(_chars, value.values()))
    if isinstance(value, list):
        return sum(map(_chars, value))
    return len(value) if isinstance(value, str) else 0
