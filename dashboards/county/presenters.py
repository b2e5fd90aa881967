"""The county's figures as words; what is too small to be seen is left out here, and nowhere else."""

from datetime import timedelta
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dashboards.county import rules
from dashboards.county.queries import CountyFigures, SchoolRow, Taken

HOUR = 3600  # seconds
HOURS_TOLD_UNTIL = 48


def page(figures: CountyFigures) -> dict[str, Any]:
    schools = figures.schools
    shown = rules.rows_shown([row.ages for row in schools])
    return {
        "at": figures.at,
        "shown_from": rules.SHOWN_FROM,
        "waiting": rules.total_shown(sum(figures.waiting)),
        "waits": _rows(
            (_("Under a day"), _("One to three days"), _("Longer")),
            rules.parts_shown(figures.waiting),
        ),
        **_taken(figures.taken),
        "schools": [_school(row, *one) for row, one in zip(schools, shown, strict=True)],
        "without": [row for row in schools if not row.has_counsellor],
        "pupils_without": sum(row.pupils for row in schools if not row.has_counsellor),
        "ages": _ages(schools),
    }


def _rows(labels: tuple[str, ...], counts: rules.Parts) -> list[dict[str, Any]]:
    return [{"label": label, "count": count} for label, count in zip(labels, counts, strict=True)]


def _taken(taken: Taken) -> dict[str, Any]:
    """How long it took stands there only where enough children are behind it."""
    count = rules.total_shown(sum(taken.parts))
    labels = (
        _("A counsellor of another school looks after them"),
        pgettext("cases of the shared queue", "Closed"),
        _("Given back to the school"),
        _("Taken back by the school, or goes on with its own counsellor"),
    )
    return {
        "since": formats.date_format(taken.since, "DATE_FORMAT") if taken.since else "",
        "taken": count,
        "became": _rows(labels, rules.parts_shown(taken.parts)),
        "middle_wait": span(taken.middle_wait) if count and taken.middle_wait else "",
    }


def span(waited: timedelta) -> str:
    hours = int(waited.total_seconds() // HOUR)
    if hours < 1:
        return _("under an hour")
    if hours < HOURS_TOLD_UNTIL:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


def _school(row: SchoolRow, open_now: int | None, ages: rules.Parts) -> dict[str, Any]:
    return {"row": row, "open": open_now, "ages": ages}


def _ages(schools) -> dict[str, Any]:
    """Of the whole county."""
    sums = [sum(column) for column in zip(*(row.ages for row in schools), strict=True)]
    return {"open": rules.total_shown(sum(sums)), "ages": rules.parts_shown(sums)}
