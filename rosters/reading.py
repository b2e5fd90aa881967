"""Read the bytes of an uploaded file into the rows of its roster sheet. Pure; the file name is ignored."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from rosters.columns import are_side_by_side, header_texts, names_children, recognised
from rosters.oneroster import flatten, package
from uploads.sheets import DAMAGED, MAX_BYTES, UnreadableFile, filled_sheets, has_text, text_of
from uploads.tables import Cell, Merged, Sheet

MAX_ROWS = (
    # rows; the largest rural schools have about 3,000 children, schools with several campuses more
    20_000
)
HEADER_WITHIN_ROWS = 25  # rows; only a title, notes and merged cells come before the header
WORTH_BEING_HEADER = 2  # recognised column headings


@dataclass(frozen=True)
class Table:
    """One sheet. `rows` starts at the sheet's first row; `header_row` is an index into it."""

    sheet: str
    rows: list[list[Cell]]
    header_row: int
    other_sheets: tuple[str, ...] = ()  # other sheets that look like a roster and are not read
    merged: tuple[Merged, ...] = ()

    @property
    def headers(self) -> list[str]:
        return header_texts(self.rows, self.header_row)


def read_table(content: bytes) -> Table:
    """Return the sheet that looks most like a roster, and its header. Raises UnreadableFile."""
    sheets = _of_package(content) or filled_sheets(content)
    found = [(sheet, _header_row(sheet.rows)) for sheet in sheets]
    (name, rows, merged), header = max(found, key=lambda one: _score(one[0].rows, one[1]))
    if sum(map(has_text, rows)) > MAX_ROWS:
        words = _("The file has more than %(count)s rows. Please divide it.")
        raise UnreadableFile(words % {"count": f"{MAX_ROWS:,}"})
    if are_side_by_side(header_texts(rows, header)):
        raise UnreadableFile(
            _(
                "This sheet has two lists side by side. Please put the second one under the "
                "first, or into a separate file."
            )
        )
    others = (
        one.name
        for one, at in found
        if one.name != name and names_children(header_texts(one.rows, at))
    )
    return Table(name[:60], rows, header, tuple(others), tuple(merged))


def _of_package(content: bytes) -> list[Sheet]:
    """Return the rows of a OneRoster package; empty for any other file."""
    if not content.startswith(b"PK\x03\x04") or len(content) > MAX_BYTES:
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not package.is_package(archive.namelist()):
                return []
        found = package.read(content)
        rows, school = flatten.rows_of(found), flatten.school_of(found)
    except package.BadPackage as bad:
        raise UnreadableFile(str(bad.sentence), bad.places) from bad
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UnreadableFile(DAMAGED) from None
    # The sheet's name, shown from the first page on, tells whose package it is.
    sheet = f"{flatten.SHEET} · {school['name']}" if school else flatten.SHEET
    return [Sheet(sheet, [list(row) for row in rows], [])]


def school_code(content: bytes) -> str:
    """Return the school's code in a readable OneRoster package; empty for any other file."""
    if not content.startswith(b"PK\x03\x04"):
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not package.is_package(archive.namelist()):
            return ""
    school = flatten.school_of(package.read(content))
    return school["identifier"] if school else ""


def _header_row(rows: Sequence[Sequence[Cell]]) -> int:
    """Return the row with the most known column headings, otherwise the first with three filled cells."""
    candidates = range(min(len(rows), HEADER_WITHIN_ROWS))
    best = max(candidates, key=lambda index: (_score(rows, index), -index))
    if _score(rows, best) >= WORTH_BEING_HEADER:
        return best
    return next((i for i in candidates if sum(map(bool, map(text_of, rows[i]))) >= 3), 0)


def _score(rows: Sequence[Sequence[Cell]], index: int) -> int:
    return recognised(header_texts(rows, index))
