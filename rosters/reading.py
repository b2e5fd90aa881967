"""Read the bytes of an uploaded file into the rows of its roster sheet. Pure; the file name tells nothing."""

import contextlib
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosters.columns import header_texts, recognised
from rosters.oneroster import flatten, package
from uploads import tables, zips
from uploads.rules import BadUpload
from uploads.tables import Cell

MAX_BYTES = 10 * 1024 * 1024  # bytes; 3,000 rows of a full roster are about 1 MB
# bytes; an XLSX is a ZIP and may unpack without end. 6,000 rows of a full roster are some 10 MB.
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
CELLS_SHOWN = 10
MAX_ROWS = 6000  # rows; the largest rural schools have some 3,000 children
HEADER_WITHIN_ROWS = 25  # title, notes and merged cells stand above the header, never more
WORTH_BEING_HEADER = 2  # recognised column names


@dataclass(frozen=True)
class Table:
    """One sheet. `rows` begin at the sheet's first row; `header_row` is an index into them."""

    sheet: str
    rows: list[list[Cell]]
    header_row: int

    @property
    def headers(self) -> list[str]:
        return header_texts(self.rows, self.header_row)


class UnreadableFile(Exception):
    """What is wrong, in one sentence for the person who chose the file, and in which places."""

    def __init__(self, sentence: str | Promise, places: Sequence[str] = ()):
        super().__init__(str(sentence))
        self.sentence = sentence
        self.places = list(places)


def read_table(content: bytes) -> Table:
    """Return the sheet that looks most like a roster, and its header; raise UnreadableFile."""
    if not content.strip():
        raise UnreadableFile(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise UnreadableFile(
            _("The file is larger than 10 MB. Please remove pictures and other sheets.")
        )
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
    filled = [(name, rows) for name, rows in sheets if any(map(_has_text, rows))]
    if not filled:
        raise UnreadableFile(_("This file has no rows."))
    name, rows, header = max(
        ((name, rows, _header_row(rows)) for name, rows in filled),
        key=lambda sheet: _score(sheet[1], sheet[2]),
    )
    if sum(map(_has_text, rows)) > MAX_ROWS:
        raise UnreadableFile(_("The file has more than 6,000 rows. Please split it."))
    return Table(name[:60], rows, header)


_WEB_PAGE = _(
    "This is a web page saved with an Excel name. Please open it in Excel, save it as .xlsx"
    " and choose that file."
)
_NOT_A_TABLE = _("This is not a table. Please choose the Excel or CSV file of the roster.")
_DAMAGED = _("The file is damaged. Please open it in Excel, save it again and choose the new file.")
_BAD_ZIP = {
    "damaged": _DAMAGED,
    "locked": _("The file has a password. Please save it without one and choose it again."),
    "unfolds": _("The file is larger than 60 MB when unpacked, so we did not open it."),
}


def _read_zip(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        if package.is_package(names):
            found = package.read(content)
            rows, school = flatten.rows_of(found), flatten.school_of(found)
            # The sheet's name, shown from the first page on, tells whose package it is.
            sheet = f"{flatten.SHEET} · {school['name']}" if school else flatten.SHEET
            return [(sheet, [list(row) for row in rows])]
        if not any(name.startswith("xl/") or name == "content.xml" for name in names):
            raise UnreadableFile(_NOT_A_TABLE)
        unknown = _not_calculated(zips.repacked(content, MAX_UNPACKED_BYTES))
    except package.BadPackage as bad:
        raise UnreadableFile(str(bad.sentence), bad.places) from bad
    except zips.BadZip as bad:
        raise UnreadableFile(_BAD_ZIP[bad.why]) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UnreadableFile(_DAMAGED) from None
    if unknown:
        raise UnreadableFile(_NOT_CALCULATED, unknown[:CELLS_SHOWN])
    return _read_workbook(content)


_NOT_CALCULATED = _(
    "This file has formulas without their results. Please open it in Excel, save it and"
    " choose it again."
)
# A formula without its result: a program wrote the file, and nobody has opened it in Excel since.
# No part of the pattern crosses another "<" and none backtracks: linear in the file's size.
_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^<>]*>\s*+<f[^<>]*>[^<]*</f>\s*+(?:<v\s*+/>\s*+|<v></v>\s*+)?</c>'
)


def _not_calculated(content: bytes) -> list[str]:
    """Return the cells that have a formula and no result; `zips.repacked` has checked the sizes."""
    cells: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                found = islice(_FORMULA.finditer(archive.read(name)), CELLS_SHOWN)
                cells += [one[1].decode() for one in found]
    return cells


def school_code(content: bytes) -> str:
    """Return the school's code in a readable OneRoster package; empty for any other file."""
    if not content.startswith(b"PK\x03\x04"):
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not package.is_package(archive.namelist()):
            return ""
    school = flatten.school_of(package.read(content))
    return school["identifier"] if school else ""


def _read_workbook(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
    try:
        return tables.sheets(content)
    except BadUpload as bad:
        raise UnreadableFile(str(bad)) from None


def _read_text(content: bytes) -> list[tuple[str, list[list[Cell]]]]:
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
        raise UnreadableFile(_DAMAGED) from None
    if max(map(len, rows), default=0) < 2:
        raise UnreadableFile(_NOT_A_TABLE)
    return [("CSV", rows)]


def _header_row(rows: Sequence[Sequence[Cell]]) -> int:
    """Return the row with most known column names; else the first with three filled cells."""
    candidates = range(min(len(rows), HEADER_WITHIN_ROWS))
    best = max(candidates, key=lambda index: (_score(rows, index), -index))
    if _score(rows, best) >= WORTH_BEING_HEADER:
        return best
    return next((i for i in candidates if sum(map(bool, map(_text, rows[i]))) >= 3), 0)


def _score(rows: Sequence[Sequence[Cell]], index: int) -> int:
    return recognised(header_texts(rows, index))


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


def _has_text(row: Sequence[Cell]) -> bool:
    return any(map(_text, row))
