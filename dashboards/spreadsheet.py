"""The principal's figures as XLSX: everything on the page, with what it means and what is not recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.downloads import saved
from dashboards.presenters import Wait
from figures.choice import Field
from figures.definitions import DEFINITIONS, Definition
from figures.learning import LearningRow
from figures.school import Dashboard
from threads.queries import VoiceBalance

WIDTHS = {"A": 34, "B": 16, "C": 16, "D": 16, "E": 30, "F": 44, "G": 44}  # characters
PERCENT = "0%"


@dataclass(frozen=True)
class Sheets:
    """What the page shows, for the children who were chosen there."""

    board: Dashboard
    chosen: Sequence[Field]
    waits: Sequence[Wait]
    reach: Sequence[dict]
    apart: Sequence[dict]
    life: Sequence[dict]
    voice: VoiceBalance
    learning: Sequence[LearningRow]
    definitions: Sequence[Definition]


def workbook(sheets: Sheets) -> bytes:
    """Return four sheets: figures, by class, the last twelve weeks, definitions."""
    # Imported only when a table is asked for: openpyxl loads NumPy.
    from openpyxl import Workbook

    book = Workbook()
    _figures(book.active, sheets)
    _by_class(book.create_sheet(), sheets.board)
    _weeks(book.create_sheet(), sheets.board)
    write_definitions(book.create_sheet(), sheets.definitions)
    return saved(book)


def _figures(sheet: Any, sheets: Sheets) -> None:
    board, voice = sheets.board, sheets.voice
    away = board.with_parent_away
    # Name, number, out of how many, longest wait.
    rows: list[tuple] = [
        (DEFINITIONS["connected"].name, board.connected, away, None),
        (DEFINITIONS["confirmed"].name, board.confirmed, board.connected, None),
        *((one.label, one.count, None, one.longest) for one in sheets.waits),
        *((part["label"], part["count"], away, None) for part in sheets.reach),
        *((one["name"], one["count"], one["out_of"], None) for one in sheets.apart),
        *((one["name"], one["words"] or one["count"], one["out_of"], None) for one in sheets.life),
        (DEFINITIONS["no_parent"].name, board.without_parents, board.children, None),
        (DEFINITIONS["whereabouts"].name, board.whereabouts_unknown, board.children, None),
    ]
    chosen = [f"{one.label}: {one.chosen_words}" for one in sheets.chosen if one.chosen]
    if not chosen:
        rows.append((DEFINITIONS["balance"].name, voice.begun_by_family, voice.all, None))
        rows += [
            (DEFINITIONS[one.key].name, one.count, one.out_of, None) for one in sheets.learning
        ]
    write_sheet(
        sheet,
        _("Figures"),
        (_("Figure"), _("Number"), _("Of"), _("Share"), _("Longest wait")),
        [
            (name, count, total, count / total if total and count is not None else None, longest)
            for name, count, total, longest in rows
        ],
        [
            (_("As of"), board.on.isoformat()),
            (_("Children"), _("; ").join(chosen) or _("all")),
        ],
        percent="D",
    )


def _by_class(sheet: Any, board: Dashboard) -> None:
    head = (
        _("Class"),
        _("With a parent away"),
        _("Talked within 7 days"),
        _("No talk this week"),
        _("Family not reachable"),
    )
    rows = [
        (row.name, row.with_parent_away, row.connected, row.missing, row.unreachable)
        for row in board.classes
    ]
    write_sheet(sheet, _("By class"), head, rows)


def _weeks(sheet: Any, board: Dashboard) -> None:
    head = (
        _("Week until"),
        _("With a parent away"),
        _("Talked within 7 days"),
        _("Per cent"),
        _("Per cent at first"),  # if the week was corrected after it was over
    )
    rows = [
        (
            week.ends_on.isoformat(),
            week.with_parent_away,
            week.connected,
            _("not known") if week.percent is None else week.percent,
            week.percent_before,
        )
        for week in board.trend
    ]
    write_sheet(sheet, _("Twelve weeks"), head, rows)


def write_definitions(sheet: Any, definitions: Sequence[Definition]) -> None:
    head = (
        _("Figure"),
        _("What is counted"),
        _("Of"),
        _("In which time"),
        _("From what"),
        _("What nobody recorded"),
    )
    rows = [
        tuple(map(str, (one.name, one.counts, one.out_of, one.window, one.source, one.missing)))
        for one in definitions
    ]
    write_sheet(sheet, _("What the figures mean"), head, rows)
    for column in "BCDEF":
        sheet.column_dimensions[column].width = WIDTHS["F"]


def write_sheet(
    sheet: Any,
    title: str,
    head: Sequence[object],
    rows: Sequence[tuple],
    about: Sequence[tuple] = (),
    percent: str = "",
) -> None:
    """Write one sheet; `percent` is the column of shares.

    What somebody typed never runs as a formula, in any cell.
    """
    from openpyxl.styles import Alignment, Font

    sheet.title = title
    for row in (*about, head, *rows):
        sheet.append([cell if isinstance(cell, int | float | None) else str(cell) for cell in row])
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type, cell.quotePrefix = "s", True
    top = len(about) + 1
    for cell in sheet[top]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{top + 1}"
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for cell in sheet[percent] if percent else ():
        cell.number_format = PERCENT
    for line in sheet.iter_rows(min_row=top):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
