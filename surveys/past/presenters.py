"""What the pages of past results show: the sheet row by row, and counts for the county."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys import wording
from surveys.instruments import LEVELS
from surveys.models import PastImport
from surveys.past import queries, rules
from surveys.past.forms import RESPONDENTS, ColumnsForm
from surveys.rules import shown

ROWS_SHOWN = 200  # those with a problem first; nobody reads all rows of a whole school

PROBLEM_WORDS: Mapping[str, Promise] = {
    "no_name": gettext_lazy("There is no name in this row."),
    "nobody": gettext_lazy("No child of this name is at the school today."),
    "several": gettext_lazy(
        "Several children have this name. Add the class or the student number to the sheet."
    ),
    "other_name": gettext_lazy("This student number belongs to %(name)s."),
    "refused": gettext_lazy("The family has said no to questions about feelings."),
    "no_consent": gettext_lazy("The family has not agreed here yet."),
    "has_result": gettext_lazy("We already have a result of this day for the child."),
    "twice": gettext_lazy("The child is in two rows."),
    "no_value": gettext_lazy("There is no sum in this row."),
    "no_number": gettext_lazy("This is not a number."),
    "out_of_range": gettext_lazy("This sum must be between 0 and %(most)s."),
    "void": gettext_lazy(
        "At %(limit)s or more in the validity check the answers are not reliable."
    ),
    "total_differs": gettext_lazy("The parts come to %(sum)s."),
}


def _words(problem: rules.Problem | None) -> str:
    return str(PROBLEM_WORDS[problem.code]) % dict(problem.facts) if problem else ""


def list_row(past: PastImport) -> dict[str, Any]:
    return {
        "past": past,
        "name": wording.name_of(queries.instrument_of(past)),
        "who": str(dict(RESPONDENTS)[past.respondent]),
    }


def preview(past: PastImport, rows: Sequence[rules.Row], form: ColumnsForm) -> dict[str, Any]:
    """Show every used column with what is wrong in its cells; rows that are left out come first."""
    instrument = queries.instrument_of(past)
    place = {meaning: int(column) for column, meaning in past.mapping.items()}
    first = place.get(rules.NAME, -1)
    columns = sorted(place.values(), key=lambda column: (column != first, column))
    ordered = sorted(rows, key=lambda row: (not row.problems, not row.notes, row.line))
    return list_row(past) | {
        "form": form,
        "instrument": instrument,
        "headers": [past.headers[column] for column in columns],
        "rows": [
            {
                "line": row.line,
                "whole": _words(row.problems.get(-1)),
                "cells": [
                    {
                        "text": row.cells[column] if column < len(row.cells) else "",
                        "bad": _words(row.problems.get(column)),
                        "note": _words(row.notes.get(column)),
                    }
                    for column in columns
                ],
            }
            for row in ordered[:ROWS_SHOWN]
        ],
        "more": max(0, len(rows) - ROWS_SHOWN),
        "total": len(rows),
        "goes_in": sum(row.goes_in for row in rows),
        "blocked": sum(not row.goes_in for row in rows),
    }


def kept_page(past: PastImport, at: datetime) -> dict[str, Any]:
    is_kept = past.state == PastImport.State.KEPT
    return list_row(past) | {
        "counts": counts_of(past) if is_kept else [],
        "levels": [wording.level_words(one) for one in LEVELS],
        "may_take_back": queries.may_be_taken_back(past, at),
    }


def counts_of(past: PastImport) -> list[tuple[str, list[str]]]:
    """Count children by band of each sum; small numbers are left out. Sums without bands have no row."""
    instrument, found = queries.instrument_of(past), queries.levels_in(past)
    rows = []
    for scale in instrument.scales:
        if scale.bands and scale.id in found:
            known = shown([found[scale.id].get(level, 0) for level in LEVELS])
            rows.append(
                (
                    wording.words(scale.names),
                    [_("not shown") if one is None else str(one) for one in known],
                )
            )
    return rows


def counts_file(past: PastImport) -> bytes:
    """Return a CSV for the county: no name, no class. Excel needs the byte order mark to read UTF-8."""
    made = io.StringIO()
    writer = csv.writer(made)
    row = list_row(past)
    writer.writerow([past.school.name, row["name"], row["who"], past.taken_on.isoformat()])
    writer.writerow(["", *(wording.level_words(level) for level in LEVELS)])
    writer.writerows([name, *values] for name, values in counts_of(past))
    return ("\ufeff" + made.getvalue()).encode()
