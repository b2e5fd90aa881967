"""Read a ZIP of CSV files into tables, and check names, sizes, encoding, columns and links. Pure.

An error names file, line and column. If a package does not fit together, we use nothing of it.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosters.oneroster import shape
from uploads import zips

MAX_FILE_BYTES = 20 * 1024 * 1024  # bytes unpacked; 50,000 lines of users.csv are about 10 MB
MAX_PACKAGE_BYTES = 60 * 1024 * 1024  # bytes unpacked, for all files together
MAX_ENTRIES = 60  # entries; the standard has 22 files
MAX_LINES = 50_000
PLACES_SHOWN = 20
YEARS = range(2000, 2100)  # years in which somebody may be at school
ISO_LENGTH = len("2026-09-01")
ENCRYPTED = 0x1  # general purpose bit of a ZIP entry (APPNOTE 4.4.4)


class BadPackage(Exception):
    """The package cannot be used: what is wrong, in one sentence, and where (file, line, column)."""

    def __init__(self, sentence: object, places: list[str] | None = None):
        super().__init__(str(sentence))
        self.sentence = sentence
        self.places = places or []


@dataclass(frozen=True)
class Line:
    """One line of a file. `number` is as an editor shows it (the header is line 1)."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def ids(self, column: str) -> list[str]:
        return [one.strip() for one in self[column].split(",") if one.strip()]


@dataclass(frozen=True)
class Package:
    tables: dict[str, list[Line]]
    by_id: dict[str, dict[str, Line]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> list[Line]:
        return self.tables.get(name, [])


def is_package(names: list[str]) -> bool:
    """Return whether a ZIP with these names looks like OneRoster: it has the manifest or the tables."""
    plain = {name.rpartition("/")[2].lower() for name in names}
    return "manifest.csv" in plain or {"users.csv", "enrollments.csv"} <= plain


def read(content: bytes) -> Package:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = dict(_texts(archive))
    _check_manifest(texts.pop("manifest", None), texts)
    missing = [f"{name}.csv" for name in shape.NEEDED if name not in texts]
    if missing:
        raise BadPackage(_("Files are missing from the package."), missing)
    tables = {name: list(_lines(name, texts[name])) for name in shape.READ if name in texts}
    by_id = {}
    for name, rows in tables.items():
        found: dict[str, Line] = {}
        places = []
        for line in rows:
            key = line["sourcedId"]
            if name != "roles" and (not key or key in found):
                places.append(_place(name, line, "sourcedId", key or "—"))
            found.setdefault(key, line)
        if places:
            raise BadPackage(_("Each line needs its own sourcedId."), _shown(places))
        by_id[name] = found
    package = Package(tables, by_id)
    broken = [
        _place(name, line, column, one)
        for (name, column), target in shape.REFERENCES.items()
        if target in package.by_id
        for line in package[name]
        for one in line.ids(column)
        if one not in package.by_id[target]
    ]
    if broken:
        text = _("Some lines refer to lines that are not in the package.")
        raise BadPackage(text, _shown(broken))
    _check_days(package)
    return package


def _texts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    entries, left = archive.infolist(), MAX_PACKAGE_BYTES
    if len(entries) > MAX_ENTRIES:
        raise BadPackage(_("There are too many files in this package."))
    for entry in entries:
        path = entry.filename
        # A path could lead outside the package.
        if path.startswith((".", "~")) or any(mark in path for mark in "/\\:"):
            raise BadPackage(
                _("A OneRoster package must not contain folders."),
                [path[:80]],
            )
        if entry.flag_bits & ENCRYPTED:
            raise BadPackage(_PASSWORD)
        name, _dot, end = path.rpartition(".")
        if end.lower() == "csv" and (name in shape.READ or name == "manifest"):
            text = _text(archive, entry, min(left, MAX_FILE_BYTES))
            left -= len(text)  # characters, never more than bytes
            yield name, text


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> str:
    """Return the text of a file. Reads at most `most` bytes, whatever size the ZIP claims."""
    if entry.compress_type not in zips.METHODS:
        raise BadPackage(_("A file in the package is damaged."), [entry.filename])
    try:
        with archive.open(entry) as file:
            content = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError) as error:
        raise BadPackage(_("A file in the package is damaged."), [entry.filename]) from error
    if len(content) > most:
        raise BadPackage(
            _("A file in the package is larger than 20 MB when unpacked."), [entry.filename]
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        place = _("%(file)s, line %(line)d") % {"file": entry.filename, "line": line}
        raise BadPackage(_("The files must be in UTF-8."), [place]) from None


_PASSWORD = gettext_lazy("The package has a password. Please create it without one.")


def _check_manifest(text: str | None, texts: Mapping[str, str]) -> None:
    if text is None:
        raise BadPackage(_("Files are missing from the package."), ["manifest.csv"])
    said = {row[0].strip(): row[1].strip() for row in _rows("manifest", text) if len(row) > 1}
    version = said.get("oneroster.version", "")
    if version != shape.VERSION:
        raise BadPackage(
            _("This package uses OneRoster %(version)s. We can read version 1.2 only.")
            % {"version": version[:10] or "?"},
            ["manifest.csv, oneroster.version"],
        )
    promised = [name for name in shape.READ if said.get(f"file.{name}", "absent") != "absent"]
    missing = [f"{name}.csv" for name in promised if name not in texts]
    if missing:
        raise BadPackage(_("The manifest names files that are not in the package."), missing)


def _rows(name: str, text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(row)
            if len(rows) > MAX_LINES + 1:
                raise BadPackage(
                    _("A file in the package has more than 50,000 lines."), [f"{name}.csv"]
                )
    except csv.Error as error:
        raise BadPackage(_("A file in the package is damaged."), [f"{name}.csv: {error}"]) from None
    return rows


def _lines(name: str, text: str) -> Iterator[Line]:
    rows = _rows(name, text)
    header = [cell.strip() for cell in rows[0]] if rows else []
    missing = [column for column in shape.NEEDED_COLUMNS[name] if column not in header]
    if missing:
        places = [
            _("%(file)s, column %(column)s") % {"file": f"{name}.csv", "column": column}
            for column in missing
        ]
        raise BadPackage(_("Columns are missing."), places)
    for number, row in enumerate(rows[1:], 2):
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=False)}
        # Skip what the sender marks as deleted; a package never deletes anybody here.
        if any(cells.values()) and cells.get("status", "").lower() != "tobedeleted":
            yield Line(number, cells)


def _check_days(package: Package) -> None:
    """Check the dates that decide which class counts: ISO format, within YEARS, first before last.

    The preview checks a child's birthday together with its row.
    """

    def is_day(text: str) -> bool:
        try:
            return date.fromisoformat(text).year in YEARS and len(text) == ISO_LENGTH
        except ValueError:
            return False

    places = []
    for name, first, last in shape.SPANS:
        for line in package[name]:
            wrong = [one for one in (first, last) if line[one] and not is_day(line[one])]
            if not wrong and line[first] and line[last] and line[last] < line[first]:
                wrong = [last]
            places += [_place(name, line, column, line[column]) for column in wrong]
    if places:
        raise BadPackage(_("These dates cannot be right."), _shown(places))


def _place(name: str, line: Line, column: str, value: str) -> str:
    facts = {"file": f"{name}.csv", "line": line.number, "column": column, "value": value[:40]}
    return _("%(file)s, line %(line)d, column %(column)s: %(value)s") % facts


def _shown(places: list[str]) -> list[str]:
    more = len(places) - PLACES_SHOWN
    if more <= 0:
        return places
    return [*places[:PLACES_SHOWN], _("… and %(n)d more") % {"n": more}]
