"""The principal's figures as XLSX: everything on the page, with what it means and what is not recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.downloads import put_row, saved
from dashboards.drawing import Shown
from dashboards.presenters import life_rows, reach_parts
from figures.definitions import DEFINITIONS, Definition
from figures.school import Dashboard
from visits.queries import Progress

WIDTHS = {"A": 34, "B": 16, "C": 16, "D": 16, "E": 30, "F": 44, "G": 44}  # characters
PERCENT = "0%"
A4 = 9  # a paper's number in such files


@dataclass(frozen=True)
class Sheets:
    """What the page shows, for the children and the weeks that were chosen there.

    `progress`: visits and calls, for a reader who may open their page.
    """

    shown: Shown
    chosen: Sequence[str]
    progress: Progress | None
    definitions: Sequence[Definition]


@dataclass(frozen=True)
class Line:
    """One figure. `unknown`: of the children whom it is about, those of whom nobody knows it, and how many
    they are in all. `note`: the longest wait, or the day.
    """

    name: object
    number: object
    out_of: int | None = None
    unknown: tuple[int, int] | None = None
    note: str = ""

    @property
    def cells(self) -> tuple:
        share = None
        if isinstance(self.number, int) and self.out_of:
            share = self.number / self.out_of
        missing = self.unknown[0] / self.unknown[1] if self.unknown and self.unknown[1] else None
        return self.name, self.number, self.out_of, share, missing, self.note or None


def workbook(sheets: Sheets) -> bytes:
    """Return four sheets: figures, by class, week by week, definitions."""
    # Imported only when a table is asked for: openpyxl loads NumPy.
    from openpyxl import Workbook

    book = Workbook()
    _figures(book.active, sheets)
    _by_class(book.create_sheet(), sheets.shown)
    _weeks(book.create_sheet(), sheets.shown.board)
    write_definitions(book.create_sheet(), sheets.definitions)
    return saved(book)


def _figures(sheet: Any, sheets: Sheets) -> None:
    shown, done = sheets.shown, sheets.progress
    lines = [*_of_talks(shown.board), *_of_life(shown)]
    if not shown.is_over:
        lines += _of_now(shown)
    if done and not shown.is_over:
        lines += [
            Line(_("Home visits this term"), done.total("visited"), done.total("to_visit")),
            Line(_("Calls to parents this month"), done.total("called"), done.total("to_call")),
            Line(_("Carers' meetings this term"), done.meetings_held, done.meetings),
        ]
    number = pgettext("how many", "Number")
    head = (_("Figure"), number, _("Of"), _("Share"), _("Share not known"), _("Note"))
    about = [
        (_("As of"), shown.board.on.isoformat()),
        (_("Chosen"), _("; ").join(sheets.chosen) or _("all")),
    ]
    rows = [line.cells for line in lines]
    write_sheet(sheet, _("Figures"), head, rows, about, percent="DE")


def _of_talks(board: Dashboard) -> list[Line]:
    away, changes = board.with_parent_away, board.changes
    # Children of whom nobody knows whether a parent is away, or whether both are.
    unplaced = board.without_parents + board.whereabouts_unknown, board.children
    return [
        Line(DEFINITIONS["connected"].name, board.connected, away, unplaced),
        Line(DEFINITIONS["confirmed"].name, board.confirmed, board.connected),
        Line(_("Talked in the week before"), changes.connected_before, away),
        Line(_("Talked then, not since"), changes.fell_silent, changes.connected_before),
        Line(_("Talk again"), changes.talk_again, board.connected),
    ]


def _of_now(shown: Shown) -> list[Line]:
    """Return what is only known as of now: what waits, who can be reached, what nobody recorded."""
    board = shown.board
    away, apart = board.with_parent_away, board.apart
    without_number = (board.reach.unknown, away)
    last_talk = ""
    if board.last_contact_at:
        at = timezone.localtime(board.last_contact_at)
        last_talk = _("Last talk recorded: %(at)s") % {"at": f"{at:%Y-%m-%d %H:%M}"}
    lines = [
        Line(_("Families that lost their last way"), board.changes.newly_unreachable, away),
        *(Line(one.label, one.count, note=one.longest) for one in shown.waits),
        *(
            Line(part["label"], part["count"], away, without_number)
            for part in reach_parts(board.reach)
        ),
        Line(DEFINITIONS["reachable_parents"].name, apart.parents, away, without_number),
        Line(
            DEFINITIONS["reachable_carers"].name,
            apart.carers,
            apart.with_carer,
            (away - apart.with_carer, away),
        ),
        Line(_("Children in a class"), board.children, note=last_talk),
        Line(DEFINITIONS["no_parent"].name, board.without_parents, board.children),
        Line(DEFINITIONS["whereabouts"].name, board.whereabouts_unknown, board.children),
    ]
    if shown.care:
        lines.append(Line(_("Special care"), shown.care))
    if shown.voice:
        voice = shown.voice
        lines.append(Line(DEFINITIONS["balance"].name, voice.begun_by_family, voice.all))
    if shown.is_everybody:
        lines += [
            Line(DEFINITIONS[one.key].name, _or_few(one.count), one.out_of)
            for one in shown.learning
        ]
    return lines


def _of_life(shown: Shown) -> list[Line]:
    rows, attendance = life_rows(shown.life), shown.life.attendance
    unseen = {}
    if attendance:
        unseen[DEFINITIONS["absent"].name] = (
            shown.life.children - attendance.children,
            shown.life.children,
        )
    return [
        Line(
            one["name"],
            one["words"] or _or_few(one["count"]),
            one["out_of"],
            unseen.get(one["name"]),
            one.get("note", ""),
        )
        for one in rows
    ]


def _or_few(count: int | None) -> object:
    return _("too few to show") if count is None else count


def _by_class(sheet: Any, shown: Shown) -> None:
    head = [
        _("Class"),
        _("With a parent away"),
        _("Talked within 7 days"),
        _("Not talked in these days"),
        _("Share"),
    ]
    rows: list[tuple] = [
        (
            row.name,
            row.with_parent_away,
            row.connected,
            row.missing,
            row.connected / row.with_parent_away if row.with_parent_away else None,
        )
        for row in shown.board.classes
    ]
    if not shown.is_over:
        head.append(_("Family not reachable"))
        rows = [(*row, one.unreachable) for row, one in zip(rows, shown.board.classes, strict=True)]
    write_sheet(sheet, _("By class"), head, rows, percent="E")


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
    write_sheet(sheet, _("Week by week"), head, rows)


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
    """Write one sheet, printed on sheets of A4 with their heads; `percent` are the columns of shares."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.title = title
    for number, values in enumerate((*about, head, *rows), 1):
        put_row(sheet, number, values)
    top = len(about) + 1
    for cell in sheet[top]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{top + 1}"
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for column in percent:
        for cell in sheet[column]:
            cell.number_format = PERCENT
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for line in sheet.iter_rows(min_row=top):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
