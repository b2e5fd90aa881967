"""The principal's figures as XLSX."""

import io

from django.utils.translation import gettext as _

from dashboards.queries import Dashboard


def workbook(board: Dashboard) -> bytes:
    """Return two sheets: by class, and the last twelve weeks."""
    # Loaded when a table is asked for: openpyxl brings NumPy along.
    from openpyxl import Workbook

    book = Workbook()
    by_class = book.active
    by_class.title = _("By class")
    by_class.append([_("As of"), board.on.isoformat()])
    by_class.append(
        [
            _("Class"),
            _("With a parent away"),
            _("Talked within 7 days"),
            _("No talk this week"),
            _("Family not reachable"),
        ]
    )
    for row in board.classes:
        figures = [row.with_parent_away, row.connected, row.missing, row.unreachable]
        by_class.append([row.name, *figures])
        name = by_class.cell(by_class.max_row, 1)
        name.data_type, name.quotePrefix = "s", True  # a name never runs as a formula
    sheet = book.create_sheet(_("Twelve weeks"))
    sheet.append(
        [_("Week until"), _("With a parent away"), _("Talked within 7 days"), _("Per cent")]
    )
    for week in board.trend:
        percent = _("not known") if week.percent is None else week.percent
        sheet.append([week.ends_on.isoformat(), week.with_parent_away, week.connected, percent])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
