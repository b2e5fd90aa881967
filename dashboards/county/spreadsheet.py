"""What a county has published as XLSX: the same spans as on the page, with meanings and what is missing."""

import io
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboards.county.presenters import LEDGER, PARTS, TABLE, told
from dashboards.spreadsheet import write_definitions, write_sheet
from figures.definitions import DEFINITIONS, county_definitions
from figures.models import PublishedFigure
from figures.published import Published
from schools.models import County


def workbook(county: County, board: Published) -> bytes:
    """Return five sheets: the last week by school, every week, the shared queue, left out, definitions."""
    # Loaded when a table is asked for: openpyxl brings NumPy along.
    from openpyxl import Workbook

    book = Workbook()
    _last_week(book.active, county, board)
    _weeks(book.create_sheet(), board)
    _queue(book.create_sheet(), board)
    _missing(book.create_sheet(), board)
    write_definitions(book.create_sheet(), county_definitions())
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _last_week(sheet: Any, county: County, board: Published) -> None:
    keys = (*LEDGER, *TABLE)
    head = (
        _("School"),
        *(DEFINITIONS[key].name for key in keys),
        DEFINITIONS["counsellor"].name,
        _("In the shared queue"),
        DEFINITIONS["sending"].name,
        DEFINITIONS["used"].name,
    )
    rows = [
        (
            one.school.name,
            *(told(one.last.figures.get(key)).words for key in keys),
            _yes_no(one.last.row.has_counsellor),
            _yes_no(one.last.row.takes_part),
            one.last.row.get_sending_display(),
            _yes_no(one.last.row.is_used),
        )
        for one in board.schools
        if one.last
    ]
    about = [
        (_("County"), county.name),
        (_("As of"), board.days[-1].isoformat() if board.days else _("nothing published yet")),
        (_("How to read it"), _("The true figure lies within each span; no count is published.")),
    ]
    write_sheet(sheet, _("Last week"), head, rows, about)


def _weeks(sheet: Any, board: Published) -> None:
    """One figure a row, so that other programs can read it."""
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


def _queue(sheet: Any, board: Published) -> None:
    figures = board.queue.figures if board.queue else {}
    rows = [(DEFINITIONS[key].name, told(figures.get(key)).words) for key in PARTS["queue"]]
    write_sheet(sheet, _("Shared queue"), (_("Figure"), _("Children")), rows)


def _missing(sheet: Any, board: Published) -> None:
    """Of how many schools each figure of the last week is left out, and why."""
    few, unknown = PublishedFigure.Gap.FEW, PublishedFigure.Gap.UNKNOWN
    rows = []
    for key in (*LEDGER, *TABLE):
        gaps = [
            one.last.figures[key].gap
            for one in board.schools
            if one.last and key in one.last.figures
        ]
        left_out = gaps.count(few) + gaps.count(unknown)
        share = left_out / len(gaps) if gaps else None
        rows.append((DEFINITIONS[key].name, len(gaps), gaps.count(few), gaps.count(unknown), share))
    head = (
        _("Figure"),
        _("Schools"),
        _("Too few to be shown"),
        _("Not known"),
        _("Share left out"),
    )
    write_sheet(sheet, _("What is missing"), head, rows, percent="E")


def _yes_no(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")
