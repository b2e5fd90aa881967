"""Read the sheets of a workbook or CSV file that a school made. Pure; the file name is not used."""

import contextlib
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from uploads import tables, zips
from uploads.rules import BadUpload
from uploads.tables import Cell, Sheet

MAX_BYTES = 10 * 1024 * 1024  # bytes; 3,000 rows of a full roster are about 1 MB
# Bytes; an XLSX is a ZIP and may unpack without end. 6,000 rows of a full roster are about 10 MB.
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
CELLS_SHOWN = 10

Sheets = list[Sheet]


class UnreadableFile(Exception):
    """A file that cannot be read: one sentence for the person who chose it, and the cells concerned."""

    def __init__(self, sentence: str | Promise, places: Sequence[str] = ()):
        super().__init__(str(sentence))
        self.sentence = sentence
        self.places = list(places)


TOO_LARGE = _("The file is larger than 10 MB. Please remove pictures and other sheets.")
_WEB_PAGE = _(
    "This is a web page saved with an Excel name. Please open it in Excel, save it as .xlsx"
    " and choose that file."
)
_NOT_A_TABLE = _("This is not a table. Please choose an Excel or CSV file.")
DAMAGED = _("The file is damaged. Please open it in Excel, save it again and choose the new file.")
_BAD_ZIP = {
    "damaged": DAMAGED,
    "locked": _("The file has a password. Please save it without one and choose it again."),
    "unfolds": _("The file is larger than 60 MB when unpacked, so we did not open it."),
}
_NOT_CALCULATED = _(
    "This file has formulas without their results. Please open it in Excel, save it and"
    " choose it again."
)
# A formula without a result: a program wrote the file, and nobody has opened it in Excel since. No part of
# the pattern matches across another "<" and none backtracks: linear in the file's size.
_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^<>]*>\s*+<f[^<>]*>[^<]*</f>\s*+(?:<v\s*+/>\s*+|<v></v>\s*+)?</c>'
)


def filled_sheets(content: bytes) -> Sheets:
    """Return the sheets that have any content, from their first row on. Raises UnreadableFile."""
    if not content.strip():
        raise UnreadableFile(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_LARGE)
    start = content[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if content.startswith(b"PK\x03\x04"):
        sheets = _read_zip(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        sheets = _read_workbook(content)
    elif start.startswith((b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta", b"<style")):
        raise UnreadableFile(_WEB_PAGE)
    elif content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc")):
        raise UnreadableFile(_NOT_A_TABLE)
    else:
        sheets = _read_text(content)
    found = [sheet for sheet in sheets if any(map(has_text, sheet.rows))]
    if not found:
        raise UnreadableFile(_("This file has no rows."))
    return found


def _read_zip(content: bytes) -> Sheets:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        if not any(name.startswith("xl/") or name == "content.xml" for name in names):
            raise UnreadableFile(_NOT_A_TABLE)
        unknown = _not_calculated(zips.repacked(content, MAX_UNPACKED_BYTES))
    except zips.BadZip as bad:
        raise UnreadableFile(_BAD_ZIP[bad.why]) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UnreadableFile(DAMAGED) from None
    if unknown:
        raise UnreadableFile(_NOT_CALCULATED, unknown[:CELLS_SHOWN])
    return _read_workbook(content)


def _not_calculated(content: bytes) -> list[str]:
    """Return the cells with a formula and no result; `zips.repacked` has checked the sizes."""
    cells: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                found = islice(_FORMULA.finditer(archive.read(name)), CELLS_SHOWN)
                cells += [one[1].decode() for one in found]
    return cells


def _read_workbook(content: bytes) -> Sheets:
    try:
        return tables.sheets(content)
    except BadUpload as bad:
        raise UnreadableFile(str(bad)) from None


def _read_text(content: bytes) -> Sheets:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "gb18030"]:
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\x00" not in text:
                break
    else:
        raise UnreadableFile(_NOT_A_TABLE)
    delimiter = max(",;\t", key=text[:4000].count)
    try:
        rows: list[list[Cell]] = [
            list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error:
        raise UnreadableFile(DAMAGED) from None
    if max(map(len, rows), default=0) < 2:
        raise UnreadableFile(_NOT_A_TABLE)
    return [Sheet("CSV", rows, [])]


def text_of(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


def has_text(row: Sequence[Cell]) -> bool:
    return any(map(text_of, row))
