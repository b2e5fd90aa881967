"""What a county has published as XLSX: the same spans as on its pages, with meanings and what is missing."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.downloads import saved
from dashboards.county import figure_presenters as over
from dashboards.county.presenters import (
    FIGURES,
    LEDGER,
    PARTS,
    SHARES,
    TABLE,
    queue_words,
    sum_of,
    told,
)
from dashboards.spreadsheet import write_definitions, write_sheet
from figures.definitions import DEFINITIONS, county_definitions
from figures.published import Published, SchoolWeeks, Week
from figures.spans import Gap
from figures.terms import OverTerms
from schools.models import County

KEYS = (*LEDGER, *TABLE)
COLUMN_WIDTH = 16  # characters
WIDTHS_SET = 7  # columns that already have a width (dashboards.spreadsheet.WIDTHS)
HEAD_COLOUR = "DDEBE8"


def workbook(county: County, board: Published[SchoolWeeks], terms: OverTerms) -> bytes:
    """Return seven sheets of what a county has published.

    They are the last week by school, the county, its terms, every week, the shared queue, what is left out,
    and the definitions.
    """
    # Imported only when a table is asked for: openpyxl loads NumPy.
    from openpyxl import Workbook

    book = Workbook()
    _last_week(book.active, county, board)
    _county(book.create_sheet(), board)
    _terms(book.create_sheet(), terms)
    _weeks(book.create_sheet(), board)
    _queue(book.create_sheet(), board)
    gaps = [counted_gaps(key, [one.last for one in board.schools if one.last]) for key in KEYS]
    write_sheet(book.create_sheet(), _("What is missing"), heads_of_gaps(), gaps, percent="E")
    write_definitions(book.create_sheet(), county_definitions())
    return on_paper(book)


def _last_week(sheet: Any, county: County, board: Published[SchoolWeeks]) -> None:
    keys = KEYS
    head = (
        _("School"),
        *(DEFINITIONS[key].name for key in keys),
        DEFINITIONS["counsellor"].name,
        DEFINITIONS["in_queue"].name,
        DEFINITIONS["sending"].name,
        DEFINITIONS["used"].name,
        _("Weeks without any sign of use"),
        DEFINITIONS["access"].name,
    )
    rows = [
        (
            one.school.name,
            *(told(week.figures.get(key)).words for key in keys),
            _yes_no(week.row.has_counsellor),
            queue_words(one, board.days[-1]) if one.in_queue else _("no"),
            week.row.get_sending_display(),
            _yes_no(week.row.is_used),
            one.unused_weeks,
            _yes_no(week.row.access_confirmed),
        )
        for one in board.schools
        if (week := one.last)
    ]
    about = [
        (_("County"), county.name),
        (_("As of"), board.days[-1].isoformat() if board.days else _("nothing published yet")),
        (_("How to read it"), _("The true figure lies within each span; no count is published.")),
    ]
    write_sheet(sheet, _("Last week"), head, rows, about)


def _county(sheet: Any, board: Published[SchoolWeeks]) -> None:
    """Write sums and shares of all schools in the last week, and for how many schools each is known."""
    last = [one for one in board.schools if one.last]
    rows = []
    for key in KEYS:
        shown = board.shown(key)
        is_share = key in SHARES
        spans = board.county_spans(key) if is_share else []
        span = spans[-1] if spans else None
        words = over.words_of(key, span) if is_share else sum_of(last, key) if shown else ""
        rows.append((DEFINITIONS[key].name, words or _("not known"), shown, len(last) - shown))
    without = [one for one in last if one.last and not one.last.row.has_counsellor]
    rows += [
        (_("Schools without a counsellor"), str(len(without)), len(last), 0),
        (_("Pupils there"), sum_of(without, "pupils") if without else "0", len(without), 0),
    ]
    head = (_("Figure"), _("The county"), _("Schools"), _("Schools left out"))
    write_sheet(sheet, _("The county"), head, rows)


def _terms(sheet: Any, terms: OverTerms) -> None:
    """Write the county's figures week by week of each term, one in each row."""
    rows = [
        (
            DEFINITIONS[key].name,
            over.term_label(term),
            place,
            day.isoformat(),
            *(span or (None, None)),
            _("children") if key in over.IN_CHILDREN else _("per cent"),
            "" if span else _("not known"),
        )
        for key in FIGURES
        for term in terms.terms
        for place, (day, span) in enumerate(
            zip(term.days, over.county_spans(key, terms, term), strict=True), 1
        )
    ]
    head = (
        _("Figure"),
        _("Term"),
        _("Week of term"),
        _("Week until"),
        pgettext("the lower end of a span", "From"),
        _("To"),
        _("Unit"),
        _("Left out"),
    )
    write_sheet(sheet, _("Term by term"), head, rows)


def _weeks(sheet: Any, board: Published[SchoolWeeks]) -> None:
    """Write one figure in each row, so that other programs can read it."""
    head = (
        _("School"),
        _("Week until"),
        _("Figure"),
        pgettext("the lower end of a span", "From"),
        _("To"),
        _("Unit"),
        _("Left out"),
        _("Corrected because"),
    )
    rows = [
        (
            one.school.name,
            day.isoformat(),
            definition.name,
            figure.low,
            figure.high,
            figure.get_unit_display(),
            figure.get_gap_display(),
            week.row.why,
        )
        for one in board.schools
        for day, week in zip(board.days, one.weeks, strict=True)
        if week
        for definition in county_definitions()
        if (figure := week.figures.get(definition.key))
    ]
    write_sheet(sheet, _("All weeks"), head, rows)


def _queue(sheet: Any, board: Published[SchoolWeeks]) -> None:
    figures = board.queue.figures if board.queue else {}
    keys = [key for key in PARTS["queue"] if key != "in_queue"]
    rows = [(DEFINITIONS[key].name, told(figures.get(key)).words) for key in keys]
    rows += [
        (one.school.name, queue_words(one, board.days[-1])) for one in board.schools if one.in_queue
    ]
    if board.queue and board.queue.row.why:
        rows.append((_("Corrected because"), board.queue.row.why))
    write_sheet(
        sheet, _("Shared queue"), (_("Figure or school"), _("Children, or member since")), rows
    )


def heads_of_gaps() -> tuple[str, ...]:
    return (
        _("Figure"),
        _("Schools"),
        _("Too few to be shown"),
        _("Not known"),
        _("Share left out"),
    )


def counted_gaps(key: str, weeks: Sequence[Week]) -> tuple:
    """Return the values for `heads_of_gaps`; `weeks` has one week for each school."""
    gaps = [week.figures[key].gap for week in weeks if key in week.figures]
    few, unknown = gaps.count(Gap.FEW), gaps.count(Gap.UNKNOWN)
    share = (few + unknown) / len(gaps) if gaps else None
    return DEFINITIONS[key].name, len(gaps), few, unknown, share


def on_paper(book: Any) -> bytes:
    """Lay out the sheets for reading and printing, and return the file.

    Columns become as wide as a span, the heading stays visible when scrolling and on each printed page, and
    each sheet gets a filter.
    """
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    for sheet in book:
        top = int(sheet.freeze_panes[1:]) - 1
        sheet.freeze_panes = f"B{top + 1}"
        for number in range(2, sheet.max_column + 1):
            column = sheet.column_dimensions[get_column_letter(number)]
            column.width = max(column.width, COLUMN_WIDTH) if number > WIDTHS_SET else column.width
        for cell in sheet[top]:
            cell.fill = PatternFill("solid", fgColor=HEAD_COLOUR)
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(sheet.max_column)}{sheet.max_row}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = f"{top}:{top}"
    return saved(book)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")
