"""What counties have published, as XLSX: spans of all schools together, meanings, and what is missing."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboards.county import figure_presenters as over
from dashboards.county.presenters import SHARES, sum_of_weeks
from dashboards.county.spreadsheet import KEYS, counted_gaps, heads_of_gaps, on_paper
from dashboards.spreadsheet import write_definitions, write_sheet
from figures.definitions import DEFINITIONS, county_definitions
from figures.province.reading import CountyLast, CountyWeeks, Province
from figures.published import together
from schools.models import County


def workbook(province: County, found: Province, last: Sequence[CountyLast]) -> bytes:
    """Return four sheets: the last week by county, the weeks before, what is left out, definitions."""
    # Imported only when a table is asked for: openpyxl loads NumPy.
    from openpyxl import Workbook

    book = Workbook()
    _last_week(book.active, province, found, last)
    _weeks(book.create_sheet(), found)
    write_sheet(
        book.create_sheet(),
        _("What is missing"),
        (pgettext("of a province", "County"), *heads_of_gaps()),
        [(one.name, *counted_gaps(key, one.weeks)) for one in last for key in KEYS],
        percent="F",
    )
    write_definitions(book.create_sheet(), county_definitions())
    return on_paper(book)


def _last_week(sheet: Any, province: County, found: Province, last: Sequence[CountyLast]) -> None:
    head = (
        pgettext("of a province", "County"),
        _("Week until"),
        _("Schools"),
        *(DEFINITIONS[key].name for key in KEYS),
        _("Schools without a counsellor"),
        _("Schools that have stopped, or do not send"),
    )
    told = {one.code: one for one in found.counties}
    rows = [_county_row(one, told[one.code]) for one in last]
    about = [
        (_("Province"), province.name),
        (_("As of"), found.days[-1].isoformat() if found.days else _("nothing published yet")),
        (_("How to read it"), _("The true figure lies within each span; no count is published.")),
    ]
    write_sheet(sheet, _("Last week"), head, rows, about)


def _county_row(one: CountyLast, told: CountyWeeks) -> tuple:
    if one.until is None:
        return one.name, _("Nothing received yet"), 0
    return (
        one.name,
        one.until.isoformat(),
        len(one.weeks),
        # A share of all schools together, or the sum of their numbers, as on the county's own page.
        *(
            over.words_of(key, together(one.weeks, key)) or _("not known")
            if key in SHARES
            else sum_of_weeks(one.weeks, key)
            for key in KEYS
        ),
        # Both are about the weeks that the province shows: for a county silent for longer, they are unknown.
        *((told.without_counsellor, told.helped) if told.until == one.until else (None, None)),
    )


def _weeks(sheet: Any, found: Province) -> None:
    """Write one week of a county in each row, so that other programs can read it."""
    head = (
        pgettext("of a province", "County"),
        _("Week until"),
        _("Figure"),
        pgettext("the lower end of a span", "From"),
        _("To"),
        _("Unit"),
        _("Left out"),
    )
    name = DEFINITIONS["connected"].name
    rows = [
        (
            one.name,
            day.isoformat(),
            name,
            *(span or (None, None)),
            _("per cent"),
            "" if span else _("not known"),
        )
        for one in found.counties
        for day, span in zip(found.days, one.spans, strict=False)
    ]
    write_sheet(sheet, _("All weeks"), head, rows)
