"""Read marks by day from an attendance sheet, or report problems by cell. Saves nothing.

A sheet either has names down and days across, or is a list with the columns name, day, what (and why). A
formula counts as its value.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.rules import PRESENT, Mark
from uploads import tables
from uploads.rules import BadUpload, Trouble
from uploads.tables import Cell

MAX_BYTES = 5 * 1024 * 1024  # bytes; one class and term is about 30 kB
MAX_ROWS = 5000  # rows; a class of 60 over a school year with one row for each mark
MAX_COLUMNS = 400  # columns; the days of a school year, with some to spare
PROBLEMS_SHOWN = 50
HEADER_WITHIN_ROWS = 10

NAME_HEADS = {"姓名", "名字", "学生", "学生姓名", "name", "child", "pupil"}
DAY_HEADS = {"日期", "日子", "day", "date"}
KIND_HEADS = {"情况", "出勤", "考勤", "出勤情况", "what", "kind", "attendance"}
REASON_HEADS = {"原因", "为什么", "why", "reason"}

ABSENT, LATE, LEFT_EARLY = "absent", "late", "left_early"
WORDS: dict[str, Mark] = {
    **dict.fromkeys(["", "到", "在", "出勤", "√", "✓", "y", "there", "present"], PRESENT),
    **dict.fromkeys(["缺", "缺勤", "缺课", "旷课", "未到", "×", "x", "absent"], Mark(ABSENT)),
    **dict.fromkeys(["病假", "病", "生病", "ill", "sick"], Mark(ABSENT, "ill")),
    **dict.fromkeys(["事假", "家里有事", "family"], Mark(ABSENT, "family")),
    **dict.fromkeys(["跟父母走了", "去父母那里", "with the parents"], Mark(ABSENT, "with_parents")),
    **dict.fromkeys(["迟到", "迟", "晚到", "late"], Mark(LATE)),
    **dict.fromkeys(["早退", "早走", "提前走", "left early"], Mark(LEFT_EARLY)),
}
REASONS = {
    "": "",
    **dict.fromkeys(["病", "病假", "生病", "ill", "sick"], "ill"),
    **dict.fromkeys(["事假", "家里有事", "家事", "family"], "family"),
    **dict.fromkeys(["跟父母走了", "去父母那里", "with the parents"], "with_parents"),
    **dict.fromkeys(["路上", "天气", "路或天气", "下雪", "way", "weather"], "way"),
}

Rows = list[list[Cell]]


class UnreadableFile(Exception):
    """The file cannot be read. The message tells the user why in one sentence."""

    def __init__(self, sentence: str | Promise):
        super().__init__(str(sentence))


@dataclass(frozen=True)
class Problem:
    cell: str
    text: str


@dataclass
class Sheet:
    """The result of reading: day → child → mark, and every cell that could not be understood."""

    days: dict[date, dict[int, Mark]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, on: date, child: int, mark: Mark) -> None:
        self.days.setdefault(on, {})[child] = mark


def read_sheet(
    content: bytes,
    names: Mapping[str, Sequence[int]],
    today: date,
    refuse: Callable[[date], str],
) -> Sheet:
    """Read a sheet.

    `names` gives the ids of the class's children by name; `refuse(day)` says why a day is not allowed.
    """
    rows = _rows(content)
    # The header is the row in which a column is called "name"; a title and a note may come above
    # it.
    tops = [[_text(c).replace(" ", "").lower() for c in row] for row in rows[:HEADER_WITHIN_ROWS]]
    index = next((at for at, heads in enumerate(tops) if NAME_HEADS.intersection(heads)), None)
    if index is None:
        raise UnreadableFile(_("No column is called “name”. See the template for the format."))
    heads = tops[index]
    reader = _Reader(names, today, refuse, first_row=index + 2)
    body = rows[index + 1 :]
    if _column(heads, DAY_HEADS) is not None and _column(heads, KIND_HEADS) is not None:
        reader.read_list(heads, body)
    else:
        reader.read_grid(rows[index], heads, body)
    return reader.sheet


class _Reader:
    def __init__(self, names, today, refuse, first_row: int):
        self.names, self.today, self.refuse, self.first_row = names, today, refuse, first_row
        self.sheet = Sheet()

    def read_list(self, heads: list[str], body: Rows) -> None:
        name_at = _column(heads, NAME_HEADS) or 0
        day_at, kind_at = _column(heads, DAY_HEADS) or 0, _column(heads, KIND_HEADS) or 0
        reason_at = _column(heads, REASON_HEADS)
        for number, row in enumerate(body, self.first_row):
            if not any(map(_text, row)):
                continue
            child = self._child(_at(row, name_at), number, name_at)
            on = self._day(_at(row, day_at), number, day_at)
            mark = self._mark(_at(row, kind_at), number, kind_at)
            if mark and reason_at is not None and mark != PRESENT:
                mark = self._with_reason(mark, _at(row, reason_at), number, reason_at)
            if child and on and mark:
                self.sheet.put(on, child, mark)

    def read_grid(self, head_row: list[Cell], heads: list[str], body: Rows) -> None:
        name_at = _column(heads, NAME_HEADS) or 0
        days: dict[int, date] = {}
        for column, cell in enumerate(head_row):
            if column > name_at and _text(cell):
                on = self._day(cell, self.first_row - 1, column)
                if on in days.values():
                    self._say(self.first_row - 1, column, _("This day appears twice."))
                elif on:
                    days[column] = on
        for number, row in enumerate(body, self.first_row):
            if not any(map(_text, row)):
                continue
            child = self._child(_at(row, name_at), number, name_at)
            for column, on in days.items():
                mark = self._mark(_at(row, column), number, column)
                if child and mark:
                    self.sheet.put(on, child, mark)

    def _say(self, row: int, column: int, text: str) -> None:
        self.sheet.problems.append(Problem(f"{_letters(column)}{row}", text))

    def _child(self, cell: Cell, row: int, column: int) -> int | None:
        name = _text(cell).replace(" ", "")
        found = self.names.get(name, ())
        if len(found) == 1:
            return found[0]
        if not name:
            self._say(row, column, _("The name is empty."))
        elif found:
            self._say(
                row, column, _("Two children of this class are called %(name)s.") % {"name": name}
            )
        else:
            self._say(row, column, _("No child in this class is called %(name)s.") % {"name": name})
        return None

    def _day(self, cell: Cell, row: int, column: int) -> date | None:
        on = _date(cell, self.today)
        if on is None:
            words = _("“%(text)s” is not a date. Write it as 2026-11-24.")
            self._say(row, column, words % {"text": _text(cell)[:40]})
            return None
        if why := self.refuse(on):
            self._say(row, column, why)
            return None
        return on

    def _mark(self, cell: Cell, row: int, column: int) -> Mark | None:
        mark = WORDS.get(_text(cell).lower())
        if mark is None:
            words = _(
                "“%(text)s” is not a known value. Use: absent, ill, family, late, left early."
            )
            self._say(row, column, words % {"text": _text(cell)[:40]})
        return mark

    def _with_reason(self, mark: Mark, cell: Cell, row: int, column: int) -> Mark:
        written = _text(cell).lower()
        return Mark(mark.kind, REASONS.get(written, "other")) if written else mark


def _rows(content: bytes) -> Rows:
    if not content.strip():
        raise UnreadableFile(_EMPTY)
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_TOO_LARGE)
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                is_workbook = any(name.startswith("xl/") for name in archive.namelist())
        except zipfile.BadZipFile:
            raise UnreadableFile(_DAMAGED) from None
        if not is_workbook:
            raise UnreadableFile(_NO_TABLE)
        rows = _workbook(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        rows = _workbook(content)
    else:
        rows = _csv(content)
    if not any(any(map(_text, row)) for row in rows):
        raise UnreadableFile(_EMPTY)
    if max(map(len, rows)) > MAX_COLUMNS:
        raise UnreadableFile(_TOO_MANY)
    return rows


_EMPTY = gettext_lazy("This file has no rows.")
_TOO_LARGE = gettext_lazy("The file is larger than 5 MB. One class and one term are enough.")
_TOO_MANY = gettext_lazy(
    "The file has more than 5,000 rows or 400 days. Please import one class and one term at a time."
)
_NO_TABLE = gettext_lazy("This is not a table. Please choose an Excel or CSV file.")
_DAMAGED = gettext_lazy(
    "The file is damaged. Please open it in Excel, save it again and choose the new file."
)


def _workbook(content: bytes) -> Rows:
    """Return the rows of the first sheet that is not empty."""
    try:
        sheets = tables.sheets(content)
    except BadUpload as bad:
        too_many = bad.trouble == Trouble.TABLE_UNFOLDS
        raise UnreadableFile(_TOO_MANY if too_many else str(bad)) from None
    filled = (sheet.rows for sheet in sheets if any(any(map(_text, row)) for row in sheet.rows))
    rows = next(filled, [])
    if len(rows) > MAX_ROWS:
        raise UnreadableFile(_TOO_MANY)
    return rows


def _csv(content: bytes) -> Rows:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        rows: Rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        if len(rows) > MAX_ROWS:
            raise UnreadableFile(_TOO_MANY)
        if max(map(len, rows), default=0) >= 2:
            return rows
        break
    raise UnreadableFile(_NO_TABLE)


def _column(heads: list[str], known: set[str]) -> int | None:
    return next((index for index, head in enumerate(heads) if head in known), None)


def _at(row: list[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else None


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_FULL = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_SHORT = re.compile(r"(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")


def _date(cell: Cell, today: date) -> date | None:
    """Read a date such as 2026-11-24 or 2026年11月24日.

    Without a year (11月24日), take the latest one not in the future.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    try:
        if found := _FULL.match(text):
            year, month, day = map(int, found.groups())
            return date(year, month, day)
        if found := _SHORT.fullmatch(text):
            month, day = map(int, found.groups())
            on = date(today.year, month, day)
            return on if on <= today else date(today.year - 1, month, day)
    except ValueError:
        return None
    return None
